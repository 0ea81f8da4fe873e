"""Getting attachments onto the disk: whose turn it is, at what pace for each host, and each attempt at a file."""

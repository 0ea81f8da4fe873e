"""Board software: a page URL in, a list of attachments out. One module per software."""

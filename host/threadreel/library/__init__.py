"""What is kept: names, folders, reports, and the ledger."""

"""A job while it lives: its row, its state and those of its attachments, its transfers, its counts. Starts nothing by itself."""

"""The demo: an embedded sample board, a browser that is ready for it, and nothing left behind."""

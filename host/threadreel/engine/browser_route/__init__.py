"""The way through the browser: asking it for what a site refuses to programs, and taking in what it brings."""

"""What a browser can ask of the host: one function for each request, from its fields to its result."""

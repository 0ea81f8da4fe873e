"""Reading watched threads again and again, and going on from a thread that ended to the next of its kind."""

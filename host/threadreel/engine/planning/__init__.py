"""What is wanted of a thread: the language of filters, and the plan that says of each attachment what is done about it."""

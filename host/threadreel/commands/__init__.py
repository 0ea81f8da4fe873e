"""What people can ask for on the command line, one module per group of commands."""

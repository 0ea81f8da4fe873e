"""Several processes on one library: what they show, ask and leave to each other."""

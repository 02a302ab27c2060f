"""What models of source code are kept to."""

"""A table of names against the sanctions lists, row by row."""

"""Trains the reader: a small cross-encoder that says whether a sentence answers a question. See README.md."""

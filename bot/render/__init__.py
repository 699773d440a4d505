"""Answers for readers: plain text for terminals, JSON for programs. Nothing here reads or writes."""

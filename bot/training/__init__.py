"""Trains the reader, which is the reranker that ships with Legation: here on pairs of one's own, in training/ from the
beginning.

What needs torch runs in a process of its own (``python -m bot.training``), whose memory and chatter end with it.
"""

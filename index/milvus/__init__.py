"""Generations kept in Milvus, an engine of many machines, instead of files.

All generations of a library share two tables of the engine. Every row says from which generation on
it holds and from which on no longer, so a sync writes only what changed, the library's pointer alone
publishes, and an older generation answers on as it did. What a generation is besides its rows, its
manifest, lists and words, lies in a third table in pieces, by checksum. docs/scale.md says why.
"""

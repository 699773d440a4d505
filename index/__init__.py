"""From source documents to ranked passages: readers, splitting, encoding, the library and search."""

"""Documents are read in a process apart, with limits: ``supervisor`` watches, ``child`` reads.

Nothing is imported here, as the child would import it too, and start later by it.
"""

"""The manifest of sources, ``sources.toml``: a file that people write, comment and share."""

from index.manifest.catalogue import load_catalogue
from index.manifest.edit import delete_unused, put_entry, remove_entries
from index.manifest.entry import FIELDS, KINDS, Kind, SourceEntry
from index.manifest.read import read_manifest

__all__ = [
    "FIELDS", "KINDS", "Kind", "SourceEntry", "delete_unused", "load_catalogue", "put_entry", "read_manifest",
    "remove_entries",
]  # fmt: skip

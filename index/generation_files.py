"""The files of a generation: their names, their format, and how one is read.

FAISS files carry no checksum, and a damaged one can load and answer wrongly. So every file is compared with the SHA-256
in the library's record.
"""

import hashlib
from pathlib import Path

import numpy as np

from index.errors import GenerationError
from index.library_rows import GenerationRecord

FORMAT = b"4\n"
"""Of everything in a generation: to be raised when what a file holds or means is changed. It is then built anew."""

_WITHOUT_CELLS = b"3\n"
FORMAT_FILE = "format.txt"
ROWS = "rows.bin"
COLLECTIONS = "collections.json"
VOCABULARY = "vocabulary.txt"
LISTS = "lists.json"
NAMES = "names.bin"
NOTHING = b"{}"
"""In the files of lists and names, where no sanctions list is held."""

ROW = np.dtype([("id", "<i8"), ("collection", "<i4"), ("first", "<i4"), ("last", "<i4")])
"""Of ``ROWS``, in ascending order of the ids."""

DAMAGED = "The index files are missing or damaged; run: legation sync"
_UNREADABLE = "The index files may not be read by the user that Legation runs as; run: legation sync"


def verified(folder: Path, record: GenerationRecord, name: str) -> bytes:
    """A file of a generation as it was recorded. Raises GenerationError."""
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise not_opened(error) from error
    if hashlib.sha256(content).hexdigest() != record.files.get(name):
        raise GenerationError(DAMAGED)
    return content


def not_opened(error: Exception) -> GenerationError:
    """What it means that files of a generation could not be opened, read or understood."""
    return GenerationError(_UNREADABLE if isinstance(error, PermissionError) else DAMAGED)


def is_of_todays_format(record: GenerationRecord) -> bool:
    """One of an earlier format still answers, until a sync builds it again."""
    return record.files.get(FORMAT_FILE) == hashlib.sha256(FORMAT).hexdigest()


def has_todays_files(record: GenerationRecord) -> bool:
    """Whether its files mean what today's do. Those of the format before do, and there are no cells among them."""
    formats = {hashlib.sha256(each).hexdigest() for each in (FORMAT, _WITHOUT_CELLS)}
    return record.files.get(FORMAT_FILE) in formats

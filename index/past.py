"""What the library held, or the lists said, on an earlier day: a generation that is made when somebody asks for it.

It is built from the library as every generation is, and kept in the folder ``past`` until the next sync changes
something. Nothing points to it, and it holds nothing that the library does not.
"""

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from index.building import build_generation
from index.editions import EditionRecord, newest
from index.errors import GenerationError, StorageError
from index.generation import Generation
from index.home import Home
from index.library import Library
from index.library_rows import GenerationRecord
from index.local_store import LocalStore
from index.prepare import is_prepared, passage_tokens, prepare
from index.types import Encoder

MOST_KEPT = 8
"""Days whose generations are kept on disk."""

_RECORD = "record.json"


@dataclass(frozen=True, slots=True)
class Past:
    """A generation of an earlier day, and the keys of its documents."""

    generation: Generation
    keys: tuple[int, ...]


def open_past(home: Home, library: Library, encoder: Encoder, splitting: str, day: date) -> Past:
    """What answered at the end of ``day`` in UTC; of sanctions lists, the newest edition of that day or before, unless
    the list had been taken away by then.

    Sources that were taken out of the library are not in it, and what a source holds is in the collection that the
    source is in now. ``splitting`` is that of the current generation. Raises StorageError, GenerationError and
    LibraryError; BusyError if documents of that day must be encoded first and a sync is under way.
    """
    said = tuple(each for each in library.editions.all() if each.date <= day.isoformat())
    editions = library.history.without_withdrawn(said, day)
    current = newest(editions)
    keys = tuple(sorted(library.history.held_at(day).union(*(each.document_keys for each in current))))
    collections = {source.name: source.collection for source in library.sources()}
    folder = home.past / _name(keys, editions, current, collections, encoder.fingerprint, splitting)
    try:
        return Past(_open(folder), keys)
    except (GenerationError, OSError, ValueError, TypeError):  # not made yet, or damaged: it is made anew
        shutil.rmtree(folder, ignore_errors=True)
    if not is_prepared(library, encoder, splitting, keys):
        with library.alone(home.lock):
            prepare(library, encoder, passage_tokens(splitting), keys, lambda progress: None)
    work = folder.with_name(f".building-{folder.name}-{secrets.token_hex(8)}")
    try:
        work.mkdir(parents=True)
        store = LocalStore(work)
        record = build_generation(store, library, encoder, splitting, keys, editions, current, lambda step: None, None)
        (work / _RECORD).write_text(json.dumps(asdict(record)))
        if not folder.exists():  # another process may have been faster
            work.rename(folder)
        return Past(_open(folder), keys)
    except (FileNotFoundError, ValueError, TypeError) as error:  # a sync may have taken it away
        raise GenerationError("The index of that day cannot be stored or read; try again.") from error
    except OSError as error:
        raise StorageError(f"The index of that day cannot be stored: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        _keep_newest(home.past)


def read_record(folder: Path) -> GenerationRecord:
    """What is known of the generation in a folder of the past. Raises OSError, ValueError or TypeError."""
    return GenerationRecord(**json.loads((folder / _RECORD).read_text()))


def _open(folder: Path) -> Generation:
    return Generation(folder, read_record(folder))


def _name(
    keys: Sequence[int],
    editions: Iterable[EditionRecord],
    current: Iterable[EditionRecord],
    collections: dict[str, str],
    fingerprint: str,
    splitting: str,
) -> str:
    """Tells apart whatever the generation is made from."""
    lists = [(each.id, each.date, each.edition.dated, each.collection) for each in editions]
    parts = (keys, lists, [each.id for each in current], sorted(collections.items()), fingerprint, splitting)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _keep_newest(root: Path) -> None:
    made: list[tuple[float, Path]] = []
    with suppress(OSError):  # a sync may take them all away; a leftover costs space, never an answer
        for folder in root.iterdir():
            with suppress(OSError):
                if not folder.name.startswith("."):
                    made.append((folder.stat().st_mtime, folder))
    for _, folder in sorted(made, reverse=True)[MOST_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)

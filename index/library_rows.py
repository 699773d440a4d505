"""Rows of the library's file as values, and back."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from index.editions import find_edition
from index.errors import LibraryError
from index.row_checksums import DAMAGED_ROW, parsed, row_checksum
from index.transactions import Statements, batches
from index.types import Document, Edition, Entry, Heading, ListedName, Pinpoint, Span

_DOCUMENT_COLUMNS = tuple(field.name for field in fields(Document) if field.name != "edition")
_LATER_COLUMNS = ("pinpoints", "entry")


@dataclass(frozen=True, slots=True)
class GenerationRecord:
    """What the library knows of a generation's files, to compare with before they are opened.

    ``files`` maps paths within the generation's folder to SHA-256.
    """

    id: int
    name: str
    created_at: str
    model: str
    fingerprint: str
    dimension: int
    count: int
    splitting: str
    files: dict[str, str]


def insert_document(connection: Statements, document: Document) -> int:
    """Stores a document version, unless it is there already. Returns its key."""
    values = {name: getattr(document, name) for name in _DOCUMENT_COLUMNS}
    values["headings"] = json.dumps([(h.start, h.end, h.level, h.title) for h in document.headings], ensure_ascii=False)
    values["blocks"] = json.dumps([(block.start, block.end) for block in document.blocks])
    values["pinpoints"] = json.dumps([astuple(each) for each in document.pinpoints], ensure_ascii=False)
    values["entry"] = json.dumps(asdict(document.entry), ensure_ascii=False) if document.entry else None
    values["version"] = document.version
    digest = _digest(values)
    row = connection.execute("SELECT key FROM documents WHERE id = ? AND digest = ?", (document.id, digest)).fetchone()
    if row is not None:
        return int(row[0])
    values |= {"digest": digest, "stored_at": now()}
    marks = ", ".join("?" * len(values))
    insert = f"INSERT INTO documents ({', '.join(values)}) VALUES ({marks}) RETURNING key"
    return int(connection.execute(insert, tuple(values.values())).fetchone()[0])


def read_document(connection: Statements, key: int) -> Document:
    """The document of a key, as ``read_documents`` gives it."""
    return read_documents(connection, [key])[key]


def read_documents(connection: Statements, keys: Iterable[int]) -> dict[int, Document]:
    """Documents by key, in the order asked, each in the collection that its source is in now. Raises LibraryError if
    there is none, or if one is no longer as it was stored.
    """
    columns = ", ".join(f"d.{name}" for name in ("key", *_DOCUMENT_COLUMNS, "edition", "version", "digest"))
    query = f"SELECT {columns}, s.collection FROM documents d LEFT JOIN sources s ON s.name = d.source"
    found: dict[int, Document] = {}
    editions: dict[int | None, Edition | None] = {None: None}
    for marks, batch in batches(dict.fromkeys(keys)):
        rows = {key: row for key, *row in connection.execute(f"{query} WHERE d.key IN ({marks})", batch)}
        for key in batch:
            if key not in rows:
                raise LibraryError(f"The library does not hold document number {key}.")
            *values, number, version, digest, collection = rows[key]
            if number not in editions:
                editions[number] = find_edition(connection, number)
            found[key] = _document((*values, version), digest, collection, editions[number])
    return found


def _document(values: Sequence[Any], digest: str, collection: str | None, edition: Edition | None) -> Document:
    named = dict(zip((*_DOCUMENT_COLUMNS, "version"), values, strict=True))
    if _digest(named) != digest:
        raise LibraryError(f"The stored {values[0]} no longer matches its checksum; it is not quoted.")
    del named["version"]
    named["collection"] = collection or named["collection"]
    named["pinpoints"] = tuple(Pinpoint(*item) for item in json.loads(named["pinpoints"]))
    named["entry"] = _entry(named["entry"])
    named["edition"] = edition
    named["headings"] = tuple(Heading(*item) for item in json.loads(named["headings"]))
    named["blocks"] = tuple(Span(*item) for item in json.loads(named["blocks"]))
    return Document(**named)


def _entry(stored: str | None) -> Entry | None:
    if stored is None:
        return None
    values = json.loads(stored)
    names = tuple(ListedName(**name) for name in values.pop("names"))
    others: dict[str, Any] = {key: frozen(value) for key, value in values.items()}
    return Entry(**others, names=names)


def frozen(value: Any) -> Any:
    """Lists of JSON as tuples."""
    return tuple(value) if isinstance(value, list) else value


def _digest(values: dict[str, Any]) -> str:
    """SHA-256 over every column of a document as it is stored: SQLite itself keeps no checksums. Columns that came
    later count only where they hold something, so that what was stored before them keeps its digest.
    """
    first = [value for name, value in values.items() if name not in _LATER_COLUMNS]
    later = [values[name] for name in _LATER_COLUMNS]
    counted = first if later == ["[]", None] else [*first, *later]
    # A damaged one may hold bytes, which JSON has not.
    return hashlib.sha256(json.dumps(counted, default=repr).encode()).hexdigest()


def read_generation(connection: Statements, query: str, arguments: tuple[str, ...] = ()) -> GenerationRecord | None:
    """The generation that a query for whole rows finds first, or None. Raises LibraryError for a damaged row."""
    row = connection.execute(query, arguments).fetchone()
    if row is None:
        return None
    *values, files, checksum = row
    if row_checksum(*values, files) != checksum:
        raise LibraryError(DAMAGED_ROW)
    names = (field.name for field in fields(GenerationRecord))
    return GenerationRecord(**dict(zip(names, (*values, parsed(files)), strict=True)))


def now() -> str:
    """This moment, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")

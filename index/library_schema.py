"""The tables of the library in its SQLite file, and how those of earlier versions become today's."""

from index.row_checksums import CHECKED, CHECKED_MEMBERSHIP, CHECKED_VECTORS
from index.sqlite_schema import Schema

SCHEMA_VERSION = 5
APPLICATION_ID = 0x4C454741  # "LEGA": tells our file from any other SQLite file

SCHEMA = """
CREATE TABLE sources (
    name TEXT PRIMARY KEY, location TEXT NOT NULL, collection TEXT NOT NULL, added_at TEXT NOT NULL,
    options TEXT NOT NULL DEFAULT '{}', synced_at TEXT
) STRICT;
CREATE TABLE documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, source TEXT NOT NULL,
    collection TEXT NOT NULL, path TEXT NOT NULL, media_type TEXT NOT NULL, title TEXT NOT NULL,
    publisher TEXT, published TEXT, url TEXT, language TEXT, text TEXT NOT NULL,
    version TEXT NOT NULL, digest TEXT NOT NULL, headings TEXT NOT NULL, blocks TEXT NOT NULL,
    stored_at TEXT NOT NULL, pinpoints TEXT NOT NULL DEFAULT '[]', entry TEXT,
    edition INTEGER REFERENCES editions (id), UNIQUE (id, digest)
) STRICT;
CREATE INDEX documents_by_version ON documents (id, version);
CREATE TABLE files (
    source TEXT NOT NULL, path TEXT NOT NULL, content_digest TEXT NOT NULL, reading TEXT NOT NULL,
    document_keys TEXT NOT NULL, edition INTEGER REFERENCES editions (id), validators TEXT NOT NULL DEFAULT '{}',
    missing_since TEXT, PRIMARY KEY (source, path)
) STRICT;
CREATE TABLE editions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, path TEXT NOT NULL, content_digest TEXT NOT NULL,
    collection TEXT NOT NULL, list TEXT NOT NULL, name TEXT NOT NULL, publisher TEXT NOT NULL,
    date TEXT NOT NULL, dated INTEGER NOT NULL, document_keys TEXT NOT NULL, stored_at TEXT NOT NULL,
    UNIQUE (source, path, content_digest)
) STRICT;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document_key INTEGER NOT NULL REFERENCES documents (key),
    splitting TEXT NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    headings TEXT NOT NULL, sentences TEXT NOT NULL, encoded_digest BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_document ON passages (document_key, splitting);
CREATE TABLE vectors (
    fingerprint TEXT NOT NULL, encoded_digest BLOB NOT NULL, vector BLOB NOT NULL, sentences BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX vectors_by_digest ON vectors (encoded_digest, fingerprint);
CREATE TABLE generations (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL, model TEXT NOT NULL,
    fingerprint TEXT NOT NULL, dimension INTEGER NOT NULL, count INTEGER NOT NULL,
    splitting TEXT NOT NULL, files TEXT NOT NULL
) STRICT;
CREATE TABLE memberships (
    document_key INTEGER NOT NULL REFERENCES documents (key),
    first_generation INTEGER NOT NULL, end_generation INTEGER
) STRICT;
CREATE INDEX memberships_open ON memberships (end_generation, document_key);
CREATE TABLE pointer (
    one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL REFERENCES generations (id)
) STRICT;
"""

_CHECKSUMS = (
    *((table, "checksum", of) for table, of in CHECKED.items()),
    *(("vectors", column, of) for column, of in CHECKED_VECTORS.items()),
)
_CHECKSUM_COLUMNS = ";".join(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER" for table, column, _ in _CHECKSUMS)
_CHECKSUM_VALUES = ";".join(f"UPDATE {table} SET {column} = checksum({of})" for table, column, of in _CHECKSUMS)
_ALL_CHECKSUMS = (*_CHECKSUMS, ("memberships", "checksum", CHECKED_MEMBERSHIP))
_MEMBERSHIP_COLUMN = "ALTER TABLE memberships ADD COLUMN checksum INTEGER"


def _statement(name: str) -> str:
    """The statements of the library's schema that speak of ``name``."""
    speaking = (f" TABLE {name} ", f" ON {name} ")
    return ";".join(statement for statement in SCHEMA.split(";") if any(words in statement for words in speaking))


def _with_checksums(*tables: str) -> dict[str, str]:
    """Queries that add to each row of a table the checksums of what it holds."""
    found: dict[str, str] = {}
    for table in tables:
        added = [f"checksum({of}) AS {column}" for name, column, of in _ALL_CHECKSUMS if name == table]
        found[table] = f"SELECT {', '.join(('*', *added))} FROM main.{table}"
    return found


def _empty(*columns: str) -> str:
    return f"SELECT {', '.join(f'NULL AS {column}' for column in columns)} WHERE FALSE"


_VIEWS_4 = _with_checksums("memberships")
_VIEWS_3 = _VIEWS_4 | _with_checksums("passages", "editions", "generations", "vectors")
_VIEWS_2 = _VIEWS_3 | {
    "sources": "SELECT *, '{}' AS options, NULL AS synced_at FROM main.sources",
    "documents": "SELECT *, '[]' AS pinpoints, NULL AS entry, NULL AS edition FROM main.documents",
    "files": "SELECT source, path, content_digest, reading, '[' || document_key || ']' AS document_keys, "
    "NULL AS edition, '{}' AS validators, NULL AS missing_since FROM main.files",
    "editions": _empty(
        *"id source path content_digest collection list name publisher date dated document_keys stored_at".split(),
        "checksum",
    ),
}
_VIEWS_1 = _VIEWS_2 | {
    "vectors": _empty("fingerprint", "encoded_digest", "vector", "sentences", *CHECKED_VECTORS),
}

LIBRARY = Schema(
    name="library",
    application_id=APPLICATION_ID,
    version=SCHEMA_VERSION,
    statements=f"{SCHEMA};{_CHECKSUM_COLUMNS};{_MEMBERSHIP_COLUMN}",
    mend="restore it from a backup, or move it away and add the sources again",
    upgrades={
        # Version 1 had no vectors of sentences: the next sync encodes again.
        1: f"DROP TABLE vectors;{_statement('vectors')}",
        # Version 2 knew one document a file, no pinpoints and no sanctions lists.
        2: f"""ALTER TABLE sources ADD COLUMN options TEXT NOT NULL DEFAULT '{{}}';
        ALTER TABLE sources ADD COLUMN synced_at TEXT;
        ALTER TABLE documents ADD COLUMN pinpoints TEXT NOT NULL DEFAULT '[]';
        ALTER TABLE documents ADD COLUMN entry TEXT;
        ALTER TABLE documents ADD COLUMN edition INTEGER REFERENCES editions (id);
        ALTER TABLE files RENAME TO files_2;{_statement("files")};{_statement("editions")};
        INSERT INTO files (source, path, content_digest, reading, document_keys)
        SELECT source, path, content_digest, reading, '[' || document_key || ']' FROM files_2;
        DROP TABLE files_2""",
        # Version 3 had no checksums but those of documents.
        3: f"{_CHECKSUM_COLUMNS};{_CHECKSUM_VALUES}",
        # Version 4 had none of memberships.
        4: f"{_MEMBERSHIP_COLUMN};UPDATE memberships SET checksum = checksum({CHECKED_MEMBERSHIP})",
    },
    views={1: _VIEWS_1, 2: _VIEWS_2, 3: _VIEWS_3, 4: _VIEWS_4},
    upgraded_by="legation sync",
    kept="the index is as it was",
)

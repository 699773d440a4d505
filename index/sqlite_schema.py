"""What a SQLite file of ours holds: made when it is empty, brought up to date when it is written to, and read as it is
until then, so that an earlier version of Legation, which may still run, can go on using it.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from index.errors import LibraryError
from index.row_checksums import row_checksum


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file holds. ``name`` is what a person calls it, ``mend`` what to do if it is damaged.

    ``statements`` make an empty file; ``upgrades`` maps an older version to what brings it to the next one, and
    ``views`` to queries by the names of tables, which show what it has as the tables of today. ``upgraded_by`` is what
    a person starts to have it upgraded. ``kept`` says what is not lost if the disk refuses. ``private``: people wrote
    it, so nobody else may read the file, and what is deleted is overwritten. Each connection keeps up to ``cache_kib``
    of the file in memory: as much as a transaction writes, or it spills early.
    """

    name: str
    application_id: int
    version: int
    statements: str
    mend: str
    upgrades: dict[int, str]
    kept: str
    views: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    upgraded_by: str = ""
    private: bool = False
    cache_kib: int = 65_536

    @property
    def damaged(self) -> str:
        return f"The {self.name} file is damaged or is no Legation {self.name}; {self.mend}."


def create_if_empty(connection: sqlite3.Connection, schema: Schema) -> None:
    """Makes the tables, unless there is something."""
    # Asked of SQLite, not of the file system: it first rolls back a creation that was killed.
    if connection.execute("PRAGMA page_count").fetchone()[0] > 0:
        return
    connection.execute("BEGIN EXCLUSIVE")
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:  # nobody was first
        for statement in schema.statements.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.application_id}")
        connection.execute(f"PRAGMA user_version = {schema.version}")
    connection.commit()


def version_of(connection: sqlite3.Connection, schema: Schema) -> int:
    """The version of the file, which is today's or an older one. Raises LibraryError for any other."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != schema.version and version not in schema.upgrades:
        raise LibraryError(f"The {schema.name} has schema {version}; this version of Legation reads {schema.version}.")
    return version


def show_as_todays(connection: sqlite3.Connection, schema: Schema, version: int) -> None:
    """Lets the tables of an older version be read as those of today until the transaction is rolled back. Temporary
    views come before tables of their names, and nothing of them is written into the file.
    """
    _add_checksum(connection)
    for table, query in schema.views[version].items():
        connection.execute(f"CREATE TEMP VIEW {table} AS {query}")


def upgrade(connection: sqlite3.Connection, schema: Schema) -> None:
    """Brings the file to today's version."""
    _add_checksum(connection)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        version = version_of(connection, schema)  # another process may have been first
        for older in range(version, schema.version):
            for statement in schema.upgrades[older].split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {schema.version}")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _add_checksum(connection: sqlite3.Connection) -> None:
    connection.create_function("checksum", -1, row_checksum, deterministic=True)

"""PostgreSQL's errors in our words."""

import re
from typing import TYPE_CHECKING

from index.errors import BusyError, LegationError, LibraryError, StorageError, UsageError
from index.postgres_schema import PostgresSchema

if TYPE_CHECKING:
    import psycopg

_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"})
"""SQLSTATEs with which a server ends a connection, beside class 08 (PostgreSQL, "Error Codes")."""

_BUSY = {
    "55P03": "Another process is writing to the {name}; try again in a moment.",
    "57014": "An operation on the {name} took too long and was given up; try again in a moment.",
    "40001": "Another process is writing to the {name}; try again in a moment.",
    "40P01": "Another process is writing to the {name}; try again in a moment.",
    "53300": "PostgreSQL takes no more connections; try again in a moment.",
}
_REFUSED = {
    "53100": "The disk of the PostgreSQL server is full; {kept}.",
    "25006": "PostgreSQL lets the {name} be read only; {kept}.",
    "42501": "PostgreSQL does not give Legation the right to do that with the {name}; {kept}.",
}


def is_lost(error: "psycopg.Error") -> bool:
    """Whether the connection is gone, so that nothing is known of what it did last."""
    return error.sqlstate is None or error.sqlstate in _LOST or error.sqlstate.startswith("08")


def translated(error: "psycopg.Error", schema: PostgresSchema) -> LegationError:
    """PostgreSQL's own words may repeat a value that somebody wrote, so they are shown only where it has seen none:
    when a connection is opened.
    """
    import psycopg
    from psycopg_pool import PoolTimeout

    name, kept, state = schema.name, schema.kept, error.sqlstate
    if isinstance(error, PoolTimeout):
        return StorageError(f"PostgreSQL, which has the {name}, gives no connection; {kept}.")
    if state in _BUSY:
        return BusyError(_BUSY[state].format(name=name))
    if state in _REFUSED:
        return StorageError(_REFUSED[state].format(name=name, kept=kept))
    if isinstance(error, psycopg.OperationalError) and is_lost(error):
        if error.pgconn is not None and error.pgconn.status == psycopg.pq.ConnStatus.BAD and state is None:
            return StorageError(f"PostgreSQL, which has the {name}, cannot be reached{_reason(error)}; {kept}.")
        return StorageError(f"The connection to PostgreSQL, which has the {name}, was lost; {kept}.")
    if state is not None and state.startswith("53"):
        return StorageError(f"PostgreSQL, which has the {name}, lacks memory or disk ({state}); {kept}.")
    if isinstance(error, psycopg.DataError) and state is None:
        return UsageError("A text holds a character that PostgreSQL does not store.")
    return LibraryError(f"PostgreSQL refused an operation on the {name} ({type(error).__name__}, {state}).")


def _reason(error: "psycopg.Error") -> str:
    """Why no connection came about, as libpq says it, without what could be an address."""
    found = re.search(r"(?:failed|error): (?:FATAL:\s+)?([^\n:]*)\s*$", str(error).strip().splitlines()[0])
    return f" ({found[1].strip()})" if found else ""

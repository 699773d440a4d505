"""A sync of a library in PostgreSQL, in a process of its own: ``python postgres_sync.py HOME FOLDER``.

It says so and waits when all of the publication is written and not committed; killed there, it has committed nothing
of it.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from index.home import Home
from index.library import Library
from index.postgres_library import PostgresLibrary
from index.postgres_statements import PostgresStatements
from index.sync import Limits, sync
from index.types import Source
from tests.fakes.word_encoder import WordEncoder

LIMITS = Limits(most_bytes=10_000, passage_tokens=8)
URI = "TEST_POSTGRES_URI"


class Waiting(PostgresLibrary):
    """Waits before it commits a transaction that has moved the pointer."""

    @contextmanager
    def writing(self) -> Iterator[PostgresStatements]:
        outermost = self._under is None
        with super().writing() as statements:
            before = statements.execute("SELECT generation FROM pointer").fetchone()
            yield statements
            if outermost and before != statements.execute("SELECT generation FROM pointer").fetchone():
                print("moved", flush=True)
                sys.stdin.read()


def main() -> None:
    home, folder = Home(Path(sys.argv[1])), sys.argv[2]
    with closing(Library(Waiting(os.environ[URI]))) as library:
        sync(home, library, WordEncoder(), LIMITS, add=[Source("notes", folder, "c")])


if __name__ == "__main__":
    main()

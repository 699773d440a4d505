"""Where what is checked lies."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from index.database import Database
from index.home import Home
from index.library import Library
from index.library_schema import LIBRARY
from index.transactions import SharedDatabase, Transactions


@dataclass(frozen=True, slots=True)
class Stored:
    """``shared`` opens the database that has the library, if that is not the file in ``home``."""

    home: Home
    shared: Callable[[], SharedDatabase] | None = None

    @property
    def exists(self) -> bool:
        """Whether there is a library, as far as one can see without making one."""
        return self.shared is not None or (self.home.library.exists() and self.home.library.stat().st_size > 0)

    @contextmanager
    def database(self) -> Iterator[Transactions]:
        with closing(Database(self.home.library, LIBRARY) if self.shared is None else self.shared()) as database:
            yield database

    @contextmanager
    def library(self) -> Iterator[Library]:
        with closing(Library(self.home.library if self.shared is None else self.shared())) as library:
            yield library

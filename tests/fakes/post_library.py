"""A small library in which everything is known: posts, a sanctions list, and all that can be asked of them.

What is asked gives a ``State``, which is compared as a whole: two libraries in the same state answer alike.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from index.home import Home
from index.library import Library
from index.parsing.child import parse_files
from index.search import Searcher
from index.sync import Limits, SyncReport, sync
from index.types import FileReading, Filter, Progress, Query, Source
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import editions, un

DIMENSION = 8
LIMITS = Limits(most_bytes=100_000, passage_tokens=8)
MOST = 1000
"""More than there is of anything."""

Files = dict[str, str]


def post(number: int, holds: str) -> str:
    return f"# Post {number}\n\nThe post number{number} closed early.\n\nIt had a {holds}{number}.\n"


OLD: Files = {f"{number}.md": post(number, "garden") for number in range(6)} | {
    "un.xml": un("2018-10-29", KPi_001="Ri Won", KPi_002="Pak Nam")
}


def changed(files: Mapping[str, str], random: Random) -> Files:
    """Files of which some are gone, some say something else and some are new; at least one of them is."""
    new: Files = {}
    for path, text in files.items():
        fate = random.random()
        if path == "un.xml":
            new[path] = text if fate < 0.5 else un("2020-11-30", KPi_001="Ri Won", KPi_003=f"Kim {random.randrange(9)}")
        elif fate < 0.8:
            new[path] = text if fate < 0.5 else post(int(Path(path).stem), f"tower{random.randrange(100)}")
    for number in range(10, 11 + random.randrange(4)):
        new[f"{number}.md"] = post(number, f"gate{random.randrange(100)}")
    return new


class DirectReader:
    """Reads documents in this process: for processes that are killed, and that many times."""

    def parse(self, files: Mapping[str, bytes], name: str, media_type: str | None = None) -> FileReading:
        return parse_files(files, name, media_type)


@dataclass(frozen=True)
class State:
    """What is answered: the current documents, the passages that a search finds, what the lists say, what is counted.

    None of it if there is no index.
    """

    documents: tuple[tuple[str, str], ...]
    passages: tuple[str, ...]
    lists: tuple[object, ...]
    counts: tuple[object, ...]


NOTHING = State((), (), (), ())


@dataclass(frozen=True)
class PostLibrary:
    """A folder with the files and the home that they are synced into, both below ``place``."""

    place: Path

    @property
    def home(self) -> Home:
        return Home(self.place / "home")

    @property
    def folder(self) -> Path:
        return self.place / "posts"

    @property
    def source(self) -> Source:
        return Source("posts", str(self.folder), "c")

    def copy(self, place: Path) -> "PostLibrary":
        """The same at another place; it has only to be synced for the source to be found there."""
        shutil.copytree(self.place, place)
        return PostLibrary(place)

    def fill(self, files: Mapping[str, str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in self.folder.iterdir():
            file.unlink()
        for path, text in files.items():
            (self.folder / path).write_text(text)

    @contextmanager
    def library(self) -> Iterator[Library]:
        library = Library(self.home.library)
        try:
            yield library
        finally:
            library.close()

    def sync(
        self,
        tell: Callable[[Progress], None] = lambda progress: None,
        encoder: WordEncoder | None = None,
        limits: Limits = LIMITS,
    ) -> SyncReport:
        with self.library() as library:
            return sync(
                self.home, library, encoder or WordEncoder(DIMENSION), limits, add=[self.source], tell=tell,
                parser=DirectReader(),
            )  # fmt: skip

    def state(self) -> State:
        """What answers now. Every current document and passage must be found, and be what is stored."""
        with self.library() as library:
            assert library.check() == []
            if library.current() is None:
                return NOTHING
            return state(Searcher(self.home, library, WordEncoder(DIMENSION)), library)

    def stored(self) -> set[tuple[str, str]]:
        """Every version of every document that is committed, whether it answers or not."""
        with self.library() as library, library._database.reading() as connection:
            return set(connection.execute("SELECT id, digest FROM documents").fetchall())


def state(searcher: Searcher, library: Library) -> State:
    opened = searcher.open()
    everything = opened.generation.search(WordEncoder(DIMENSION).encode_query("x"), [], MOST, Filter())
    stored = library.passages([each.passage_id for each in everything])
    found = searcher.search(Query("post number1 closed garden1"), Filter(), MOST, sentences_of=MOST, within=opened)
    assert {hit.stored.id for hit in found.hits} == {passage.id for passage in stored}
    assert all(sentence.dense > -1 for sentence in found.sentences)
    for passage in stored:  # each of them is found first by its own words
        question = Query(f"{passage.document.title} {passage.text}")
        assert searcher.search(question, Filter(), 1, within=opened).hits[0].stored == passage
    register = opened.register
    listed = [
        (listing.list, listing.reference, document.text, str(document.edition), version.editions)
        for listing in register.listings
        for version in listing.versions
        for document in library.documents([version.document_key]).values()
    ]
    return State(
        documents=tuple((each.id, each.text) for each in library.current_documents()),
        passages=tuple(sorted(passage.text for passage in stored)),
        lists=(tuple(editions(opened)), tuple(sorted(listed))),
        counts=(*opened.collections, *library.counts()),
    )


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A new folder in memory, if there is such a place: nothing is proved by a disk that takes its time."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="legation-test-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def filled(place: Path) -> PostLibrary:
    """A library that was synced twice, so that there are two generations; its files are ``OLD``."""
    made = PostLibrary(place)
    made.fill(OLD | {"0.md": post(0, "shed")})
    made.sync()
    made.fill(OLD)
    made.sync()
    return made


def undisturbed(template: PostLibrary, files: Mapping[str, str], place: Path) -> State:
    """The state after a sync of ``files`` to which nothing happens."""
    copy = template.copy(place)
    copy.fill(files)
    copy.sync()
    found = copy.state()
    shutil.rmtree(place)
    return found

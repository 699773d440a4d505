"""One text under many addresses is found once, with where else it stands; what others say comes behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.copies import BEST, NEWEST, gather
from index.home import Home
from index.library import Library
from index.search import Searcher
from index.sync import Limits, sync
from index.types import Document, Entry, Filter, Hit, ListedName, Passage, Query, Source, Span, StoredPassage
from tests.fakes.word_encoder import WordEncoder

pytestmark = pytest.mark.usefixtures("one_parser")

STORY = "The embassy in Strelsau closed in May."
OTHERS = [f"The embassy in Strelsau has {number} rooms." for number in ("two", "three", "four")]


def _hit(number: int, text: str, published: str | None = None, entry: Entry | None = None) -> Hit:
    document = Document(
        id=f"posts/{number}.md", source="posts", collection="posts", path=f"{number}.md", media_type="text/markdown",
        title=f"Paper {number}", publisher=None, published=published, url=None, language=None, text=f"By us. {text}",
        headings=(), blocks=(), entry=entry,
    )  # fmt: skip
    start, end = len("By us. "), len(document.text)
    return Hit(StoredPassage(number, Passage(start, end, (), (Span(start, end),)), document), 0.5, 0.5, 1.0)


def _ids(texts: tuple[tuple[Hit, ...], ...]) -> list[list[int]]:
    return [[hit.stored.id for hit in text] for text in texts]


def test_texts_are_gathered_with_their_copies_and_no_more_is_looked_at_than_it_takes() -> None:
    hits = iter([_hit(1, "A."), _hit(2, "B."), _hit(3, "A."), _hit(4, "C."), _hit(5, "D.")])
    gathered = gather(hits, 3)
    assert _ids(gathered.texts) == [[1, 3], [2], [4]]
    assert (gathered.seen, gathered.has_copies) == (4, True)
    assert [hit.stored.id for hit in gathered.hits] == [1, 3, 2, 4]
    assert [hit.stored.id for hit in hits] == [5]
    assert gather([_hit(1, "A.")], 3).has_copies is False
    assert gather([_hit(1, "A.")], 0).texts == ()


def test_of_many_copies_those_found_first_and_the_newest_others_are_kept() -> None:
    days = [f"2020-01-{day:02}" for day in range(1, 31)]
    (text,) = _ids(gather([_hit(number, "A.", day) for number, day in enumerate(days)], 2).texts)
    assert text == [*range(BEST), *range(29, 29 - NEWEST, -1)]


def test_two_entries_of_a_list_are_two() -> None:
    entry = Entry("un", "A.1", "person", (ListedName(0, 4, "primary"),))
    assert _ids(gather([_hit(1, "A.", entry=entry), _hit(2, "A.", entry=entry)], 3).texts) == [[1], [2]]


@contextmanager
def _searcher(folder: Path, copies: dict[str, int]) -> Iterator[Searcher]:
    """Of the story so many copies in each collection, and in "posts" what else is said."""
    home = Home(folder / "home")
    for collection, count in copies.items():
        (folder / collection).mkdir()
        for number in range(count):
            (folder / collection / f"copy-{number:03}.md").write_text(f"# Strelsau\n\n{STORY}\n")
    for number, text in enumerate(OTHERS):
        (folder / "posts" / f"other-{number}.md").write_text(f"# Strelsau\n\n{text}\n")
    library, encoder = Library(home.library), WordEncoder()
    sync(home, library, encoder, Limits(10_000, 64), add=[Source(name, str(folder / name), name) for name in copies])
    yield Searcher(home, library, encoder)
    library.close()


def _found(searcher: Searcher, limits: Filter, texts: int = 4) -> list[tuple[str, str]]:
    result = searcher.search(Query(STORY), limits, 4, sentences_of=texts)
    documents = [each.hit.stored.document for each in result.sentences]
    said = [
        document.text[each.span.start : each.span.end]
        for document, each in zip(documents, result.sentences, strict=True)
    ]
    return [(document.id, text) for document, text in zip(documents, said, strict=True)]


@pytest.mark.parametrize("count", [40, 500])
def test_many_copies_leave_room_for_what_others_say(tmp_path: Path, count: int) -> None:
    with _searcher(tmp_path, {"posts": count}) as searcher:
        found = _found(searcher, Filter())
    assert {text for _, text in found} == {STORY, *OTHERS}
    assert sum(text == STORY for _, text in found) == BEST + NEWEST


def test_copies_that_may_not_be_seen_are_no_copies(tmp_path: Path) -> None:
    with _searcher(tmp_path, {"posts": 2, "secret": 40}) as searcher:
        everything, open_only = _found(searcher, Filter()), _found(searcher, Filter(("posts",)))
    assert any(name.startswith("secret/") for name, _ in everything)
    assert sorted(name for name, _ in open_only) == [
        "posts/copy-000.md", "posts/copy-001.md", "posts/other-0.md", "posts/other-1.md", "posts/other-2.md",
    ]  # fmt: skip

"""What has changed on a list or in a source: who came and went, which lines, and that every text is a slice."""

import xml.etree.ElementTree as ET
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from list_editions import edition, entry, publish, put_edition

from bot.compared import Changes, Comparison, Stretch
from bot.comparing.changes import find_changes
from bot.comparing.rewording import LONG, rewordings
from index.errors import EmptyLibraryError, LibraryError, NotFoundError
from index.home import Home
from index.library import Library
from index.sync import Limits, sync
from index.types import Document, Heading, Source, Span
from tests.fakes.backdated import backdate
from tests.fakes.word_encoder import WordEncoder

LISTS = Path(__file__).parents[2].parent / "shared" / "lists"
LIMITS = Limits(1_000_000, 64)
NOT_RENDERED = {"VERSIONNUM", "SORT_KEY", "SORT_KEY_LAST_MOD"}
"""What the reader of the UN's list leaves out: it keeps the UN's own records."""

FIRST = edition(
    "2018-10-29",
    entry("KPi.001", "An Il Ho", ("NATIONALITY/VALUE", "North Korea"), ("COMMENTS1", "Sells ships.")),
    entry("KPi.009", "Pak Chol", ("COMMENTS1", "A banker.")),
    entry("KPi.010", "Ri Won", ("COMMENTS1", "A  diplomat.")),
)
SECOND = edition(
    "2020-11-30",
    entry("KPi.001", "An Il Ho", ("NATIONALITY/VALUE", "Iran"), ("COMMENTS1", "Sells ships.")),
    entry("KPi.010", "Ri Won", ("COMMENTS1", "A diplomat.")),
    entry("KPe.002", "Green Pine", kind="ENTITY"),
    entry("KPe.010", "Ocean Maritime", kind="ENTITY"),
)


def _references(stretches: tuple[Stretch, ...]) -> list[str]:
    return [each.document.entry.reference for each in stretches if each.document.entry is not None]


def _reworded(comparison: Comparison) -> list[list[tuple[str | None, str | None]]]:
    return [
        [(pair.old.text if pair.old else None, pair.new.text if pair.new else None) for pair in each.rewordings]
        for each in comparison.amended
    ]


def _only(changes: Changes) -> Comparison:
    (comparison,) = changes.comparisons
    return comparison


@pytest.fixture
def two_editions(library: Library) -> Library:
    """From two sources in one collection; the second one's holds."""
    put_edition(library, "un-2018", FIRST)
    publish(library, put_edition(library, "un-2020", SECOND))
    return library


@pytest.mark.parametrize("name", ["un", "un-2018", "un-2020"])
def test_a_list_is_compared_with_its_edition_before(two_editions: Library, name: str) -> None:
    found = _only(find_changes(two_editions, name, None))
    assert (found.kind, found.collection, found.since, found.nothing) == ("list", "un", "2018-10-29", None)
    assert found.against == "edition of 2018-10-29 against edition of 2020-11-30"
    assert _references(found.added) == ["KPe.002", "KPe.010"]
    assert _references(found.removed) == ["KPi.009"]
    assert [each.after.id for each in found.amended] == ["un-2020/KPi.001"]
    assert [each.before.id for each in found.amended] == ["un-2018/KPi.001"]
    assert _reworded(found) == [[("Nationality: North Korea", "Nationality: Iran")]]
    assert found.added[0].text == found.added[0].document.text


def test_the_same_file_with_a_newer_edition(library: Library) -> None:
    publish(library, put_edition(library, "un", FIRST))
    publish(library, put_edition(library, "un", SECOND))
    found = _only(find_changes(library, "un", None))
    assert [each.before.id for each in found.amended] == [each.after.id for each in found.amended] == ["un/KPi.001"]
    assert [each.document.edition.date for each in (*found.removed, *found.added) if each.document.edition] == [
        "2018-10-29", "2020-11-30", "2020-11-30",
    ]  # fmt: skip


def test_a_list_that_went_back_is_not_compared_with_a_later_edition(library: Library) -> None:
    put_edition(library, "un", SECOND)
    publish(library, put_edition(library, "un", FIRST))
    found = _only(find_changes(library, "un", None))
    assert found.nothing == (
        "No older edition of the United Nations Security Council Consolidated List is held than the current one, "
        "that of 2018-10-29: there is nothing to compare it with."
    )


def test_editions_of_another_collection_are_another_list(library: Library) -> None:
    put_edition(library, "old", FIRST, "archive")
    publish(library, put_edition(library, "new", SECOND, "un"))
    found = find_changes(library, "un", None).comparisons
    assert [each.collection for each in found] == ["archive", "un"]
    assert [each.nothing for each in found] == [
        "Only one edition of the United Nations Security Council Consolidated List is held, that of "
        f"{day}: there is nothing to compare it with."
        for day in ("2018-10-29", "2020-11-30")
    ]
    assert _only(find_changes(library, "old", None)).collection == "archive"


@pytest.mark.parametrize("since", [date(2018, 10, 29), date(2020, 11, 29)])
def test_since_a_day_is_against_the_edition_that_held_then(two_editions: Library, since: date) -> None:
    assert _only(find_changes(two_editions, "un", since)).since == "2018-10-29"


def test_since_a_day_after_the_newest_edition_nothing_is_compared(two_editions: Library) -> None:
    found = _only(find_changes(two_editions, "un", date(2020, 11, 30)))
    assert (found.added, found.amended, found.removed) == ((), (), ())
    assert found.nothing == (
        "No edition of the United Nations Security Council Consolidated List newer than 2020-11-30 is held; "
        "the current one is of 2020-11-30."
    )


def test_since_before_every_edition_is_an_error(two_editions: Library) -> None:
    with pytest.raises(NotFoundError, match=r"as early as 2018-10-28 is held; the oldest is of 2018-10-29\."):
        find_changes(two_editions, "un", date(2018, 10, 28))


def test_an_unknown_name_is_an_error(two_editions: Library, tmp_path: Path) -> None:
    with pytest.raises(
        NotFoundError, match=r"no source called uk, nor a list; the lists held are un; legation sources"
    ):
        find_changes(two_editions, "uk", None)
    empty = Library(tmp_path / "empty.sqlite")
    with pytest.raises(EmptyLibraryError):
        find_changes(empty, "un", None)
    empty.close()


@pytest.fixture
def folder(tmp_path: Path, one_parser: None) -> Path:
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "basel.md").write_text(
        "# Basel\n\nThe consulate closed in 1891. It had opened in 1830.\n\nIt is a house.\n"
    )
    (folder / "bern.md").write_text("# Bern\n\nThe legation is open. So it stays.\n")
    return folder


def _sync(home: Home, library: Library, folder: Path) -> None:
    sync(home, library, WordEncoder(), LIMITS, add=(Source("posts", str(folder), "posts"),))


def _backdate(home: Home, generation: int, day: str) -> None:
    backdate(home.library, f"{day}T12:00:00+00:00", generation)


def test_documents_are_compared_with_those_before_the_last_change(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    (folder / "basel.md").write_text(
        "# Basel\n\nThe consulate closed in 1892. It had opened in 1830.\n\nIt is a house.\n"
    )
    (folder / "bern.md").unlink()
    (folder / "chur.md").write_text("---\ntitle: Chur\n---\n\nAn agency. It is new.\n")
    _sync(home, library, folder)
    found = _only(find_changes(library, "posts", None))
    assert [(each.document.id, each.text) for each in found.added] == [("posts/chur.md", "An agency.")]
    assert [(each.document.id, each.text) for each in found.removed] == [("posts/bern.md", "The legation is open.")]
    assert _reworded(found) == [
        [
            (
                "The consulate closed in 1891. It had opened in 1830.",
                "The consulate closed in 1892. It had opened in 1830.",
            )
        ]
    ]
    assert (found.kind, found.subject) == ("documents", "posts")


def test_documents_are_compared_with_those_of_the_day(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    (folder / "bern.md").unlink()
    _sync(home, library, folder)
    (folder / "basel.md").write_text("---\npublisher: Archive\n---\n\n# Basel\n\nThe consulate closed in 1891. It had "
                                     "opened in 1830.\n\nIt is a house.\n")  # fmt: skip
    _sync(home, library, folder)
    for generation, day in enumerate(("2024-01-01", "2024-02-01", "2024-03-01"), start=1):
        _backdate(home, generation, day)
    found = _only(find_changes(library, "posts", date(2024, 1, 31)))
    assert [each.document.id for each in found.removed] == ["posts/bern.md"]
    assert [(each.rewordings, each.details) for each in found.amended] == [((), ("publisher",))]
    later = _only(find_changes(library, "posts", date(2024, 2, 1)))
    assert (later.removed, len(later.amended)) == ((), 1)
    same = _only(find_changes(library, "posts", date(2024, 3, 1)))
    assert (same.added, same.amended, same.removed, same.nothing) == ((), (), (), None)
    with pytest.raises(NotFoundError, match=r"end of 2023-12-31; the first index is of 2024-01-01\."):
        find_changes(library, "posts", date(2023, 12, 31))


def test_a_source_that_never_changed_has_nothing_to_compare_with(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    _backdate(home, 1, "2024-01-01")
    found = _only(find_changes(library, "posts", None))
    assert found.nothing == "posts held nothing before 2024-01-01: there is nothing to compare it with."


def _document(text: str, *lines: tuple[int, int], headings: tuple[Heading, ...] = ()) -> Document:
    blocks = tuple(Span(*line) for line in lines)
    return Document("s/d", "s", "s", "d", "text/plain", "D", None, None, None, None, text, headings, blocks)


def _lines(*texts: str) -> Document:
    spans, start = [], 0
    for text in texts:
        spans.append((start, start + len(text)))
        start += len(text) + 1
    return _document("\n".join(texts), *spans)


def test_lines_that_became_one_another_stand_side_by_side() -> None:
    before = _lines("Name", "Address: Basra, Iraq", "Title: Dr", "Type: person")
    after = _lines("Name", "Alias: N.", "Address: Basra, Irak", "Type: person", "Note: new")
    assert [(pair.old and pair.old.text, pair.new and pair.new.text) for pair in rewordings(before, after)] == [
        (None, "Alias: N."), ("Address: Basra, Iraq", "Address: Basra, Irak"), ("Title: Dr", None), (None, "Note: new"),
    ]  # fmt: skip


def test_long_lines_are_compared_by_sentences() -> None:
    same = "It said the same as ever before in a very long line of many words. " * (LONG // 60)
    before, after = _lines(f"Comments: {same}It ended in 1891."), _lines(f"Comments: {same}It ended in 1892.")
    (pair,) = rewordings(before, after)
    assert (pair.old and pair.old.text, pair.new and pair.new.text) == ("It ended in 1891.", "It ended in 1892.")


def test_a_heading_is_a_line_and_white_space_is_none() -> None:
    before = _document("# A\n\nOne\ntwo.", (5, 13), headings=(Heading(0, 3, 1, "A"),))
    after = _document("# B\n\nOne two.", (5, 13), headings=(Heading(0, 3, 1, "B"),))
    (pair,) = rewordings(before, after)
    assert (pair.old and pair.old.text, pair.new and pair.new.text) == ("# A", "# B")


def test_a_stretch_outside_its_document_is_not_shown() -> None:
    document = _lines("short")
    for start, end in ((-1, 3), (2, 2), (3, 2), (0, 6)):
        with pytest.raises(LibraryError):
            _ = Stretch(document, start, end).text


LINE = st.text(st.sampled_from("ab :.\u4e2d\U0001f600é"), min_size=1, max_size=12).filter(
    lambda line: line.strip() == line
)


@given(st.lists(LINE, min_size=1, max_size=8), st.lists(LINE, min_size=1, max_size=8))
@example(["a", "b", "a"], ["b", "a", "b"])
def test_without_the_differences_both_texts_have_the_same_lines(was: list[str], now: list[str]) -> None:
    before, after = _lines(*was), _lines(*now)
    found = rewordings(before, after)
    olds = [pair.old for pair in found if pair.old is not None]
    news = [pair.new for pair in found if pair.new is not None]
    assert all(each.document is before for each in olds)
    assert all(each.document is after for each in news)
    for stretches in (olds, news):
        assert all(first.end <= second.start for first, second in pairwise(stretches))
        assert all(each.document.text[each.start : each.end] == each.text for each in stretches)
    assert _left(before, olds) == _left(after, news)


def _left(document: Document, taken: list[Stretch]) -> list[str]:
    gone = {(each.start, each.end) for each in taken}
    return [
        _words(document.text[block.start : block.end])
        for block in document.blocks
        if (block.start, block.end) not in gone
    ]


def _words(text: str) -> str:
    return " ".join(text.split())


def _counted(content: bytes) -> dict[str, list[tuple[str, str]]]:
    """By reference, every field of an entry that has a text, in order, as (path, words): without the readers."""
    found = {}
    for element in ET.fromstring(content).iter():  # noqa: S314 - it is the official list
        if element.tag in {"INDIVIDUAL", "ENTITY"}:
            reference = _words(element.findtext("REFERENCE_NUMBER") or "")
            assert reference not in found
            found[reference] = list(_fields(element, ""))
    return found


def _fields(element: ET.Element, path: str) -> list[tuple[str, str]]:
    return [
        field
        for child in element
        if child.tag not in NOT_RENDERED
        for field in (
            *([(f"{path}/{child.tag}", _words(child.text))] if child.text and child.text.strip() else []),
            *_fields(child, f"{path}/{child.tag}"),
        )
    ]


@pytest.mark.skipif(not LISTS.is_dir(), reason="the lists are not beside this checkout")
def test_the_difference_of_two_real_editions_is_exact(library: Library) -> None:
    """Counted again from the XML alone. Between these editions no entry differs only in white space, in the order of
    its fields or in a field that is not rendered, except where another field differs too: the counts are the same
    with nothing more to explain.
    """
    old, new = ((LISTS / name).read_bytes() for name in ("un-2018-10-29.xml", "un-2020-11-30.xml"))
    with library.batch():
        put_edition(library, "un-2018", old)
        keys = put_edition(library, "un-2020", new)
    publish(library, keys)
    found = _only(find_changes(library, "un", None))
    before, after = _counted(old), _counted(new)
    common = before.keys() & after.keys()
    differing = {reference for reference in common if before[reference] != after[reference]}
    assert set(_references(found.added)) == after.keys() - before.keys()
    assert set(_references(found.removed)) == before.keys() - after.keys()
    assert {each.after.entry.reference for each in found.amended if each.after.entry} == differing
    assert (len(found.added), len(found.removed), len(found.amended)) == (28, 103, 596)
    for amended in found.amended:
        assert amended.rewordings
        assert amended.before.entry is not None
        new_lines = [pair.new.text for pair in amended.rewordings if pair.new is not None]
        old_lines = [pair.old.text for pair in amended.rewordings if pair.old is not None]
        assert all(line in amended.after.text for line in new_lines)
        assert all(line in amended.before.text for line in old_lines)
        raw_old, raw_new = before[amended.before.entry.reference], after[amended.before.entry.reference]
        gone = [text for path, text in raw_old if (path, text) not in raw_new]
        come = [text for path, text in raw_new if (path, text) not in raw_old]
        assert not gone or old_lines
        assert not come or new_lines

"""Old answers against today's library: exact, moved, changed, gone, altered."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from list_editions import edition, entry, publish, put_edition

from bot.comparing.likeness import most_like
from bot.comparing.rewording import lines_of
from bot.render.checks import render_checks
from bot.verify import QuoteCheck, read_answers, verify
from index.errors import UsageError
from index.home import Home
from index.library import Library
from index.sync import Limits, sync
from index.types import Document, Source, Span
from tests.fakes.word_encoder import WordEncoder

LIMITS = Limits(1_000_000, 64)
SENTENCE = "The consulate in Basel closed in 1891."


def _sync(home: Home, library: Library, folder: Path, remove: tuple[str, ...] = ()) -> None:
    add = () if remove else (Source("posts", str(folder), "posts"),)
    sync(home, library, WordEncoder(), LIMITS, add=add, remove=remove)


def _answer(library: Library, text: str = SENTENCE) -> dict[str, object]:
    (document,) = library.find_documents("posts/basel.md")
    start = document.text.index(SENTENCE)
    cited = {"id": document.id, "version": document.version}
    quote = {"number": 1, "text": text, "start": start, "end": start + len(text), "document": cited}
    return {"id": "x", "quotes": [quote], "nearest": []}


@pytest.fixture
def folder(tmp_path: Path, one_parser: None) -> Path:
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "basel.md").write_text(f"# Basel\n\n{SENTENCE} It had opened in 1830.\n")
    (folder / "bern.md").write_text("# Bern\n\nThe legation in Bern is open.\n")
    return folder


def _verdict(check: QuoteCheck) -> tuple[str, int, int, bool | None]:
    return check.verdict, check.start, check.end, check.cited


def test_an_untouched_quote_is_exact(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    (check,) = verify(library, [_answer(library)])
    assert _verdict(check) == ("exact", 9, 47, True)


def test_a_quote_that_stands_elsewhere_has_moved(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    answer = _answer(library)
    (folder / "basel.md").write_text(f"# Basel\n\nA new beginning. {SENTENCE}\n")
    _sync(home, library, folder)
    assert _verdict(verify(library, [answer])[0]) == ("moved", 26, 64, True)


def test_a_quote_that_was_rewritten_has_changed(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    answer = _answer(library)
    (folder / "basel.md").write_text("# Basel\n\nThe consulate in Basel closed in 1892.\n")
    _sync(home, library, folder)
    assert _verdict(verify(library, [answer])[0]) == ("changed", 9, 47, True)


def test_a_removed_document_is_gone(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    answer = _answer(library)
    (folder / "basel.md").unlink()
    _sync(home, library, folder)
    assert _verdict(verify(library, [answer])[0]) == ("gone", 9, 47, True)
    _sync(home, library, folder, remove=("posts",))
    assert _verdict(verify(library, [answer])[0]) == ("gone", 9, 47, True)


def test_an_altered_answer_is_told_from_a_changed_document(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    altered = _answer(library, SENTENCE.replace("1891", "1981"))
    assert _verdict(verify(library, [altered])[0]) == ("changed", 9, 47, False)


def test_a_version_that_was_never_here_is_said_so(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    answer = json.loads(json.dumps(_answer(library)))
    answer["quotes"][0]["document"]["version"] = "0" * 64
    assert _verdict(verify(library, [answer])[0]) == ("exact", 9, 47, None)


def test_lead_ins_are_checked_after_their_quote(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    answer = json.loads(json.dumps(_answer(library)))
    answer["quotes"][0]["lead_ins"] = [
        {"text": "# Basel", "start": 0, "end": 7},
        {"text": "# Bern", "start": 0, "end": 6},
    ]
    checks = verify(library, [answer])
    assert [_verdict(check) for check in checks] == [
        ("exact", 9, 47, True), ("exact", 0, 7, True), ("changed", 0, 6, False),
    ]  # fmt: skip
    assert [check.number for check in checks] == [1, 1, 1]


@pytest.mark.parametrize("lead_ins", [3, [3], [{}], [{"text": "", "start": 0, "end": 0}]])
def test_lead_ins_without_what_a_check_needs_are_refused(
    home: Home, library: Library, folder: Path, lead_ins: object
) -> None:
    _sync(home, library, folder)
    answer = json.loads(json.dumps(_answer(library)))
    answer["quotes"][0]["lead_ins"] = lead_ins
    with pytest.raises(UsageError):
        verify(library, [answer])


def test_answers_come_one_or_one_a_line() -> None:
    one = {"id": "a", "quotes": []}
    assert list(read_answers(json.dumps(one, indent=2))) == [one]
    assert list(read_answers(json.dumps(one) + "\n\n" + json.dumps(one) + "\n")) == [one, one]


@pytest.mark.parametrize("content", ["", "hello", "[]", "{}", "3", '{"quotes": 3}', '{"quotes": []}\nhello'])
def test_what_is_no_answer_is_refused(content: str) -> None:
    with pytest.raises(UsageError):
        list(read_answers(content))


@pytest.mark.parametrize(
    "quote", [{}, 3, {"text": "", "start": 0, "end": 0, "number": 1, "document": {"id": "a", "version": "b"}}]
)
def test_a_quote_without_what_a_check_needs_is_refused(library: Library, quote: object) -> None:
    with pytest.raises(UsageError):
        verify(library, [{"id": "x", "quotes": [quote]}])


def test_of_a_changed_quote_the_sentence_of_today_is_shown(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    answer = _answer(library)
    (folder / "basel.md").write_text("# Basel\n\nIt is a house. The consulate in Basel closed in 1892. Nothing else.\n")
    _sync(home, library, folder)
    (check,) = verify(library, [answer])
    (today,) = library.find_documents("posts/basel.md")
    assert (check.now_text, check.now_start, check.now_end) == ("The consulate in Basel closed in 1892.", 24, 62)
    assert today.text[24:62] == check.now_text
    assert (check.now_version, check.found_in) == (today.version, None)
    assert render_checks([check], 80, colour=False) == (
        "[1] changed: posts/basel.md @ 9:47\n"
        "  was: “The consulate in Basel closed in 1891.”\n"
        "  now: “The consulate in Basel closed in 1892.”\n"
        "       posts/basel.md @ 24:62\n"
    )


def test_where_nothing_is_like_a_changed_quote_nothing_is_shown(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    answer = _answer(library)
    (folder / "basel.md").write_text("# Basel\n\nUhren und Käse.\n")
    _sync(home, library, folder)
    (check,) = verify(library, [answer])
    assert (check.verdict, check.now_text, check.now_start, check.now_end) == ("changed", None, None, None)
    assert render_checks([check], 80, colour=False).splitlines()[-1] == "  now: nothing like it in posts/basel.md"


OLD = edition(
    "2018-10-29",
    entry("KPi.001", "An Il Ho", ("NATIONALITY/VALUE", "North Korea")),
    entry("KPi.002", "Pak Chol", ("NATIONALITY/VALUE", "North Korea")),
    entry("KPi.003", "Ri Won", ("NATIONALITY/VALUE", "North Korea")),
    entry("KPi.004", "Kim Se", ("NATIONALITY/VALUE", "North Korea")),
)
NEW = edition(
    "2020-11-30",
    entry("KPi.001", "An Il Ho", ("NATIONALITY/VALUE", "North Korea")),
    entry("KPi.002", "Pak Chol", ("LISTED_ON", "2016-11-30"), ("NATIONALITY/VALUE", "North Korea")),
    entry("KPi.003", "Ri Won", ("NATIONALITY/VALUE", "Iran")),
)


def _quoted(library: Library, name: str, version_of: str | None = None) -> dict[str, object]:
    """The nationality of an entry, quoted from the current generation."""
    (document,) = library.find_documents(name)
    start = document.text.index("Nationality")
    end = document.text.index("\n", start) if "\n" in document.text[start:] else len(document.text)
    cited = {"id": name, "version": version_of or document.version}
    return {"number": 1, "text": document.text[start:end], "start": start, "end": end, "document": cited}


@pytest.mark.parametrize("newer_source", ["un-2018", "un-2020"])
def test_an_entry_is_compared_with_the_newest_edition(library: Library, newer_source: str) -> None:
    """From the same file, or from another source of the collection."""
    publish(library, put_edition(library, "un-2018", OLD))
    quotes = [_quoted(library, f"un-2018/KPi.00{number}") for number in (1, 2, 3, 4)]
    publish(library, put_edition(library, newer_source, NEW))
    checks = verify(library, [{"id": "x", "quotes": quotes}])
    assert [(check.verdict, check.cited) for check in checks] == [
        ("exact", True), ("moved", True), ("changed", True), ("gone", True),
    ]  # fmt: skip
    followed = [None if newer_source == "un-2018" else f"un-2020/KPi.00{number}" for number in (1, 2, 3)]
    assert [check.found_in for check in checks] == [*followed, None]
    assert checks[2].now_text == "Nationality: Iran"
    name = "United Nations Security Council Consolidated List"
    assert checks[3].note == f"The newest edition of the {name} (2020-11-30) has no entry KPi.004."
    for check in checks[1:3]:
        (today,) = library.find_documents(check.found_in or check.document)
        start, end = (check.now_start, check.now_end) if check.verdict == "changed" else (check.start, check.end)
        assert today.text[start:end] == (check.now_text or check.text)


def test_checks_of_entries_name_what_they_were_compared_with(library: Library) -> None:
    publish(library, put_edition(library, "un-2018", OLD))
    quotes = [_quoted(library, f"un-2018/KPi.00{number}") for number in (1, 3, 4)]
    publish(library, put_edition(library, "un-2020", NEW))
    shown = render_checks(verify(library, [{"id": "x", "quotes": quotes}]), 80, colour=False).splitlines()
    assert shown == [
        "[1] exact: un-2018/KPi.001, now un-2020/KPi.001 @ 61:85",
        "[1] changed: un-2018/KPi.003 @ 59:83",
        "  was: “Nationality: North Korea”",
        "  now: “Nationality: Iran”",
        "       un-2020/KPi.003 @ 59:76",
        "[1] gone: un-2018/KPi.004 @ 59:83",
        "  The newest edition of the United Nations Security Council Consolidated List",
        "  (2020-11-30) has no entry KPi.004.",
    ]


def test_an_entry_of_another_collection_is_no_successor(library: Library) -> None:
    publish(library, put_edition(library, "un-2018", OLD, "archive"))
    quote = _quoted(library, "un-2018/KPi.001")
    publish(library, put_edition(library, "un-2020", NEW, "un"), removed=["un-2018"])
    (check,) = verify(library, [{"id": "x", "quotes": [quote]}])
    assert (check.verdict, check.found_in, check.note) == ("gone", None, None)


def test_candidates_nearest_and_repetitions_are_checked(home: Home, library: Library, folder: Path) -> None:
    _sync(home, library, folder)
    (bern,) = library.find_documents("posts/bern.md")
    cited = {"id": bern.id, "version": bern.version}
    other = {"number": 2, "text": "The legation", "start": 8, "end": 20, "document": cited}
    answer = json.loads(json.dumps(_answer(library)))
    answer["quotes"][0]["repeated"] = [{"text": "in Bern", "start": 21, "end": 28, "document": cited}]
    answer |= {"nearest": [other | {"number": 3}], "candidates": [other]}
    assert [(check.number, check.document, check.verdict) for check in verify(library, [answer])] == [
        (1, "posts/basel.md", "exact"), (1, bern.id, "exact"), (3, bern.id, "exact"), (2, bern.id, "exact"),
    ]  # fmt: skip


@pytest.mark.parametrize("field", [{"candidates": 3}, {"candidates": None}])
def test_an_answer_with_candidates_that_are_no_list_is_refused(field: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        list(read_answers(json.dumps({"id": "a", "quotes": [], **field})))


def test_the_name_of_the_answer_stands_before_checks_of_several() -> None:
    checks = [QuoteCheck(answer, 1, "s/d", "exact", 0, 3, None, "The") for answer in ("a", "b")]
    assert render_checks(checks, 80, colour=False) == (
        "a [1] exact: s/d @ 0:3; the cited version is not held here\n"
        "b [1] exact: s/d @ 0:3; the cited version is not held here\n"
    )
    assert render_checks(checks[:1], 80, colour=False).startswith("[1] exact")
    assert render_checks([], 80, colour=False) == "The answer has no quotes to check.\n"


def test_what_is_shown_can_steer_no_terminal() -> None:
    text = "a\x1b[31mb\nc\u202ed"
    check = QuoteCheck("a\x07", 1, "s/d\x1b", "changed", 0, 3, True, text, now_text=text, now_start=0, now_end=9)
    shown = render_checks([check], 80, colour=False)
    assert not set(shown) & set("\x1b\x07\u202e")
    assert "⟨U+001B⟩[31mb" in shown


WORDS = st.lists(st.sampled_from("the embassy legation closed opened in Basel Bern on and".split()), min_size=1)


@given(st.lists(WORDS, min_size=1, max_size=6), WORDS, st.data())
def test_what_is_most_like_a_quote_is_made_of_whole_sentences(
    lines: list[list[str]], quote: list[str], data: st.DataObject
) -> None:
    texts = [" ".join(words) + "." for words in lines]
    starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
    blocks = tuple(Span(start, start + len(text)) for start, text in zip(starts, texts, strict=True))
    document = Document("s/d", "s", "s", "d", "text/plain", "D", None, None, None, None, "\n".join(texts), (), blocks)
    found = most_like(document, " ".join(quote))
    if found is not None:
        assert found.start in {block.start for block in blocks}
        assert found.end in {block.end for block in blocks}
    first = data.draw(st.sampled_from(lines_of(document)))
    said = most_like(document, document.text[first.start : first.end])
    assert said is not None
    assert document.text[said.start : said.end] == document.text[first.start : first.end]

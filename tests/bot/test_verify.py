"""Old answers against today's library: exact, moved, changed, gone, altered."""

import json
from pathlib import Path

import pytest

from bot.verify import QuoteCheck, read_answers, verify
from index.errors import UsageError
from index.home import Home
from index.library import Library
from index.sync import Limits, sync
from index.types import Source
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
def folder(tmp_path: Path) -> Path:
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

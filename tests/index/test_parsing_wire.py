"""What passes between the two processes: everything arrives, and nothing is believed that cannot be."""

import io
import json
import tracemalloc
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.parsing import wire
from index.parsing.answer import WireError, decode_answer
from index.parsing.wire import LENGTH, Answer, decode_request, encode_answer, encode_request, shortened
from index.types import Edition, Entry, FileReading, Heading, ListedName, Pinpoint, Problem, Reading, Span

TEXT = "# Zenda\n\nRupert of Hentzau, 曾达 🏰."
ENTRY = Entry(
    list="un",
    reference="RUi.001",
    kind="person",
    names=(ListedName(9, 26, "primary"), ListedName(28, 30, "original script", weak=True)),
    births=("1860", "1860-05-01"),
    countries=("Ruritania",),
    programmes=("Ruritania",),
    listed="1893-01-02",
)
READING = Reading(
    text=TEXT,
    blocks=(Span(9, 26), Span(28, 33)),
    headings=(Heading(0, 7, 1, "Zenda"),),
    title="Zenda",
    publisher="The Duke",
    published="1893-01",
    url="https://example.org/zenda",
    language="en",
    pinpoints=(Pinpoint(0, 26, "p. 1"), Pinpoint(26, 33, "p. 2")),
    member="RUi.001",
    entry=ENTRY,
)
FILE = FileReading(
    media_type="application/xml",
    readings=(READING, replace(READING, member="RUi.002", entry=None)),
    edition=Edition("un", "Consolidated list", "United Nations", "1893-02-01"),
    problems=(Problem("alt.csv, line 12", "no number"),),
)


def _payload(answer: Answer) -> bytes:
    return encode_answer(answer)[LENGTH.size :]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(reading=FILE),
        Answer(reading=FileReading("text/plain", (Reading("a", (Span(0, 1),)),))),
        Answer(refusal="The file holds no text."),
        Answer(trouble="memory"),
        Answer(trouble="crash", trace="Traceback\n  KeyError: 'é'\n"),
    ],
)
def test_an_answer_arrives_as_it_was(answer: Answer) -> None:
    frame = encode_answer(answer)
    assert LENGTH.unpack(frame[: LENGTH.size]) == (len(frame) - LENGTH.size,)
    assert decode_answer(frame[LENGTH.size :]) == answer


@pytest.mark.parametrize(
    "texts",
    [[*("Zenda." * 5_000 for _ in range(99)), "🏰" * 30_000], ["🏰" + "Zenda." * 1_000_000]],
    ids=["many documents", "one text"],
)
def test_one_emoji_does_not_make_a_file_take_four_times_the_memory(texts: list[str]) -> None:
    answer = Answer(reading=FileReading("text/plain", tuple(_reading(text, f"{n}") for n, text in enumerate(texts))))
    tracemalloc.start()
    try:
        frame = encode_answer(answer)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 3 * len(frame)
    assert decode_answer(frame[LENGTH.size :]) == answer


@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_a_text_arrives_in_whatever_pieces(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_PIECE", piece)
    answers = [Answer(reading=FILE), Answer(reading=FileReading("text/plain", (_reading('"\\🏰\n\t\u2028é"', "a"),)))]
    for answer in answers:
        assert decode_answer(_payload(answer)) == answer


def test_words_that_look_like_the_frame_of_an_answer_arrive_too() -> None:
    looks = '"readings":[]'
    problem = Problem(looks, f"\\{looks}")
    answer = Answer(reading=FileReading(looks, (_reading(looks, looks), _reading(looks, "2")), problems=(problem,)))
    assert decode_answer(_payload(answer)) == answer


def _reading(text: str, member: str) -> Reading:
    return Reading(text, (Span(0, len(text)),), member=member)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1), st.data())
def test_any_text_arrives_with_its_places(text: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True).map(sorted))
    spans = [Span(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    blocks = tuple(span for span in spans if not text[span.start].isspace() and not text[span.end - 1].isspace())
    answer = Answer(reading=FileReading("text/plain", (Reading(text, blocks),)))
    if blocks:
        assert decode_answer(_payload(answer)) == answer
    else:
        with pytest.raises(WireError, match="nothing to quote"):
            decode_answer(_payload(answer))


def _with_reading(**changes: Any) -> FileReading:
    return FileReading("text/plain", (replace(READING, **changes),))


def _with_entry(**changes: Any) -> FileReading:
    return _with_reading(entry=replace(ENTRY, **changes))


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (replace(FILE, readings=()), "no documents, or two of one name"),
        (replace(FILE, readings=(READING, READING)), "no documents, or two of one name"),
        (replace(FILE, readings=(READING, replace(READING, member=""))), "a document without a name among several"),
        (replace(FILE, media_type=" "), "no media type"),
        (replace(FILE, media_type="text/\0plain"), "characters that no text may hold"),
        (replace(FILE, problems=(Problem("line\r", "no number"),)), "characters that no text may hold"),
        (replace(FILE, edition=Edition("un", "List", "UN", "1893")), "a wrong date of an edition"),
        (replace(FILE, edition=Edition("un", "", "UN", None)), "a list without a name"),
        (_with_reading(text=TEXT[:-1] + "\0"), "characters that no text may hold"),
        (_with_reading(title="Zenda\r"), "characters that no text may hold"),
        (_with_reading(headings=(Heading(0, 7, 1, "Ze\0nda"),)), "characters that no text may hold"),
        (_with_reading(blocks=()), "nothing to quote"),
        (_with_reading(text=""), "a place outside the text"),
        (_with_reading(blocks=(Span(9, 35),)), "a place outside the text"),
        (_with_reading(blocks=(Span(-3, 26),)), "a place outside the text"),
        (_with_reading(blocks=(Span(9, 9),)), "a place outside the text"),
        (_with_reading(blocks=(Span(26, 9),)), "a place outside the text"),
        (_with_reading(blocks=(Span(9, 10**30),)), "a place outside the text"),
        (_with_reading(blocks=(Span(28, 33), Span(9, 26))), "places out of order"),
        (_with_reading(blocks=(Span(9, 30), Span(28, 33))), "places out of order"),
        (_with_reading(blocks=(Span(2, 7), Span(28, 33))), "places out of order"),
        (_with_reading(blocks=(Span(8, 26),)), "space at an end"),
        (_with_reading(headings=(Heading(0, 8, 1, "Zenda"),)), "space at an end"),
        (_with_reading(headings=(Heading(0, 7, 0, "Zenda"),)), "a heading of a level that does not exist"),
        (_with_reading(headings=(Heading(0, 7, 7, "Zenda"),)), "a heading of a level that does not exist"),
        (_with_reading(pinpoints=(Pinpoint(0, 27, "p. 1"), Pinpoint(26, 33, "p. 2"))), "places out of order"),
        (_with_reading(pinpoints=(Pinpoint(0, 35, "p. 1"),)), "a place outside the text"),
        (_with_reading(published="1893-13"), "a wrong date of publication"),
        (_with_reading(published="last year"), "a wrong date of publication"),
        (_with_reading(url="javascript:alert(1)"), "an address that is none"),
        (_with_entry(names=()), "an entry without a number or name"),
        (_with_entry(reference=""), "an entry without a number or name"),
        (_with_entry(names=(ListedName(9, 26, "alias"),)), "an entry whose first name is not its primary one"),
        (_with_entry(names=(ListedName(9, 99, "primary"),)), "a name outside the text"),
        (_with_entry(births=("1860-02-30",)), "a wrong date of an entry"),
        (_with_entry(listed="2 May"), "a wrong date of an entry"),
    ],
)
def test_a_reading_that_breaks_a_promise_is_refused(reading: FileReading, reason: str) -> None:
    with pytest.raises(WireError) as raised:
        decode_answer(_payload(Answer(reading=reading)))
    assert str(raised.value) == reason


def _changed(*path: str | int, value: object) -> bytes:
    """The JSON of an answer with one value changed."""
    answer = json.loads(_payload(Answer(reading=FILE)))
    place = answer
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(answer).encode()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'{"refusal":1}',
        b'{"trouble":"other"}',
        b"\x80\x05K\x01.",
        b'{"refusal":"\\ud800"}',
        b'{"refusal":"\xff"}',
        b'{"reading":' + b"[" * 100_000,
        b'{"reading":' + b'{"readings":[' * 100_000,
        b'{"reading":' + b"9" * 100_000,
        _changed("reading", "media_type", value=None),
        _changed("reading", "readings", value={}),
        _changed("reading", "readings", 0, "text", value=["text"]),
        _changed("reading", "readings", 0, "title", value=1),
        _changed("reading", "readings", 0, "blocks", 0, "start", value=9.0),
        _changed("reading", "readings", 0, "blocks", 0, "start", value="9"),
        _changed("reading", "readings", 0, "blocks", 0, "start", value=True),
        _changed("reading", "readings", 0, "blocks", 0, value=[9, 26]),
        _changed("reading", "readings", 0, "entry", "kind", value="ghost"),
        _changed("reading", "readings", 0, "entry", "names", 0, "weak", value="no"),
    ],
)
def test_what_is_no_answer_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError) as raised:
        decode_answer(payload)
    assert str(raised.value) == "it is not the JSON of an answer"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(), "neither a reading nor a reason, or both"),
        (Answer(reading=FILE, refusal="no"), "neither a reading nor a reason, or both"),
        (Answer(refusal="no" * 501), "long words"),
        (Answer(trouble="crash", trace="x" * 4_001), "long words"),
        (Answer(refusal="no\0"), "characters that no text may hold"),
    ],
)
def test_an_answer_is_a_reading_or_one_reason(answer: Answer, reason: str) -> None:
    with pytest.raises(WireError) as raised:
        decode_answer(_payload(answer))
    assert str(raised.value) == reason


def test_one_wrong_item_is_enough() -> None:
    """Else each of millions would be kept as an error of its own."""
    for payload in (
        b'{"reading":{"readings":[[],[],[]],"media_type":"a"}}',
        _changed("reading", "problems", value=[1, 2]),
    ):
        with pytest.raises(WireError) as raised:
            decode_answer(payload)
        cause: Any = raised.value.__cause__
        assert cause.error_count() == 1


def test_reasons_and_traces_are_cut_to_what_an_answer_may_carry() -> None:
    answers = (
        Answer(refusal=shortened("\0a\ud800" * 999)),
        Answer(trouble="crash", trace=shortened("b" * 9_999, True)),
    )
    refusal, crash = (decode_answer(_payload(answer)) for answer in answers)
    assert refusal.refusal == (" a " * 334)[:1_000]
    assert crash.trace == "b" * 4_000


@given(
    st.dictionaries(st.text(st.characters(), max_size=5), st.binary(max_size=50), min_size=1, max_size=4),
    st.none() | st.text(max_size=5),
)
def test_requests_arrive_one_after_another(files: dict[str, bytes], media_type: str | None) -> None:
    request = b"".join(encode_request(files, "ä", media_type))
    stream = io.BytesIO(request * 2)
    assert [decode_request(stream.read) for _ in range(3)] == [(files, "ä", media_type)] * 2 + [None]

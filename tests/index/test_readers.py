"""What holds for every format: choice by suffix, decoding, refusals, and spans that can be trusted."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from index.errors import ReadError
from index.readers import read, readable
from index.types import Heading, Reading, Span

SHARED = Path(__file__).resolve().parents[2] / "../shared"
SUFFIXES = (".md", ".txt", ".html")

# fmt: off
MARKUP = st.sampled_from([
    "- ", "* ", "1. ", "> ", "# ", "```", "~~~", "|", "|-|-|", "---", "===", "[a]: /u", "title: x", "*a",
    "&a ", "<p>", "<div>", "<b>", "</div>", "<br>", "<td>", "<tr>", "<table>", "<h2>", "</h2>", "<pre>",
    "<li>", "<code>", "<!--", "-->", "&#13;", "&#0;", "&#xD800;", "{", "[", "!", "\\", "`", "word",
    "A sentence.", "é", "😀",
    "    ", "\t", "\n", "\n\n", "\r", "\r\n", "\f", "\v", "\x1c", "\x85", "\u00a0", "\u2028", "\ufeff",
])
# fmt: on
TEXTS = st.one_of(st.text(), st.lists(MARKUP, max_size=30).map("".join))


def check(reading: Reading) -> None:
    """Every span lies in the text, in order, without overlap, trimmed and not blank."""
    text = reading.text
    text.encode()
    assert "\0" not in text
    assert "\r" not in text
    assert reading.blocks
    spans: list[Span | Heading] = sorted((*reading.blocks, *reading.headings), key=lambda span: span.start)
    assert [span for span in spans if isinstance(span, Span)] == list(reading.blocks)
    assert [span for span in spans if isinstance(span, Heading)] == list(reading.headings)
    for before, after in pairwise(spans):
        assert before.end <= after.start
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        words = text[span.start : span.end]
        assert words == words.strip() != ""
    for heading in reading.headings:
        assert 1 <= heading.level <= 6
        assert heading.title == " ".join(heading.title.split()) != ""


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.md", "text/markdown"),
        ("b/c.MarkDown", "text/markdown"),
        ("a.b.TXT", "text/plain"),
        ("a.text", "text/plain"),
        ("a.html", "text/html"),
        ("a.HTM", "text/html"),
        ("a.xhtml", "text/html"),
    ],
)
def test_suffix_chooses_the_format(name: str, media_type: str) -> None:
    assert readable(name)
    assert read(b"One closure.", name).media_type == media_type


@pytest.mark.parametrize("name", ["a.exe", "a", "md", ".md", "a.md/b", "a.md.bak", ""])
def test_other_names_are_refused_without_naming_the_file(name: str) -> None:
    assert not readable(name)
    with pytest.raises(ReadError) as caught:
        read(b"One closure.", name)
    assert caught.value.user_message == (
        "No reader for this kind of file; those that can be read end in "
        ".md, .markdown, .txt, .text, .html, .htm, .xhtml, .pdf, .docx, .docm, .odt, .epub, .rtf, .eml, .csv, .tsv, "
        ".xlsx, .xlsm, .jsonl, .ndjson."
    )


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html"])
@pytest.mark.parametrize("content", [b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\xff\xfe \0", "\u2003\n".encode()])
def test_empty_files_are_refused(content: bytes, name: str) -> None:
    with pytest.raises(ReadError, match=r"^The file is empty or holds white space only\.$"):
        read(content, name)


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"text\0text",
            "The file holds NUL bytes: it is binary, or UTF-16 or UTF-32 without a byte order mark.",
        ),
        ("text\0".encode("utf-16"), "The file holds control characters: it is binary, not text."),
        (b"text \x01\x02\x03\x04", "The file holds control characters: it is binary, not text."),
        (
            b"The caf\xe9 closed.",
            "The file is not valid UTF-8: byte 0xe9 at offset 7; convert it to UTF-8, for example with iconv.",
        ),
        (
            b"\xef\xbb\xbfcaf\xe9 closed",
            "The file is not valid UTF-8: byte 0xe9 at offset 6; convert it to UTF-8, for example with iconv.",
        ),
        (
            b"\xff\xfea\0\0\xd8b\0",
            "The file is not valid UTF-16-LE: byte 0x00 at offset 4; convert it to UTF-8, for example with iconv.",
        ),
        (
            b"lone \xed\xa0\x80 surrogate",
            "The file is not valid UTF-8: byte 0xed at offset 5; convert it to UTF-8, for example with iconv.",
        ),
    ],
)
def test_content_that_is_not_text_is_refused(content: bytes, message: str, name: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(content, name)
    assert caught.value.user_message == message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_tell_the_encoding_and_vanish(encoding: str) -> None:
    reading = read("Die Botschaft in Tōkyō schloß.".encode(encoding), "a.txt").readings[0]
    assert reading.text == "Die Botschaft in Tōkyō schloß."


def test_line_ends_become_lf_and_nothing_else_changes() -> None:
    source = "One\r\ntwo\rthree\n\ufeff\u2028four\u00a0\x85five\x0csix"
    assert read(source.encode(), "a.txt").readings[0].text == "One\ntwo\nthree\n\ufeff\u2028four\u00a0\x85five\x0csix"


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS)
@example(text="> \u00a0\n> hello")
@example(text="    \f\n\nhello")
@example(text="<h2>a\u00a0 b</h2><p>hello</p>")
@example(text="> ```\n>\n> >\n> x\n> ```")
@example(text="- a\n\n  |a|b|\n  |-|-|\n  |1. x|y|\n")
@example(text="---\ntitle: x\n---\nbody")
@example(text="[a]: /u")
@example(text="<table><tr><td>a<table><tr><td>b</td><td>c</td></tr></table></td><td>d</td></tr></table>")
def test_any_text_gives_sound_spans_or_a_read_error(suffix: str, text: str) -> None:
    try:
        reading = read(text.encode(errors="replace"), f"a{suffix}").readings[0]
    except ReadError as error:
        assert "\n" not in error.user_message
        return
    check(reading)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(deadline=None, max_examples=100)
@given(content=st.binary())
def test_any_bytes_give_sound_spans_or_a_read_error(suffix: str, content: bytes) -> None:
    try:
        reading = read(content, f"a{suffix}").readings[0]
    except ReadError:
        return
    check(reading)


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_plain_text_is_kept_word_for_word(text: str) -> None:
    reading = read(text.encode(), "a.txt").readings[0]
    assert reading.text == text.removeprefix("\ufeff")


@pytest.mark.parametrize("path", sorted((SHARED / "corpus").glob("*/a*.md")), ids=lambda path: path.name)
def test_corpus(path: Path) -> None:
    check(read(path.read_bytes(), path.name).readings[0])

"""How the format is chosen, documents among several, and JSON Lines."""

import io
import json
import zipfile
from pathlib import Path
from pkgutil import resolve_name

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.parsing.supervisor import ParsingProcess
from index.readers import FORMATS, read, readable
from index.types import FileReading, Problem, Reading, Span


@pytest.mark.parametrize(
    ("name", "header", "content", "expected"),
    [
        ("a.txt", "text/html", b"<p>Closed.</p>", "text/plain"),
        ("a.php", "Text/HTML; charset=utf-8", b"<p>Closed.</p>", "text/html"),
        ("a", "application/xhtml+xml", b"<p>Closed.</p>", "text/html"),
        ("a", "text/rtf", b"{\\rtf1 Closed.}", "application/rtf"),
        ("a", "application/octet-stream", b"{\\rtf1 Closed.}", "application/rtf"),
        ("a", None, b"\xef\xbb\xbf\n<!DOCTYPE HTML><p>Closed.</p>", "text/html"),
        ("a", "", b"<HTML><p>Closed.</p></HTML>", "text/html"),
        ("a.bin", "text/csv", b"Country,Status\nFrance,closed\n", "text/csv"),
        ("a.JSONL", None, b'{"text": "Closed."}', "application/x-ndjson"),
        ("a", "text/plain", b"Closed.", "text/plain"),
    ],
)
def test_suffix_then_media_type_then_first_bytes(name: str, header: str | None, content: bytes, expected: str) -> None:
    assert read(content, name, header).media_type == expected


def test_packages_are_told_by_their_parts() -> None:
    def package(*names: str, mimetype: str | None = None) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as new:
            for name in names:
                new.writestr(name, "")
            if mimetype is not None:
                new.writestr("mimetype", mimetype)
        return stream.getvalue()

    def reason(content: bytes) -> str:
        with pytest.raises(ReadError) as caught:
            read(content, "a")
        return caught.value.user_message

    assert "Word document" in reason(package("word/document.xml"))
    assert "Excel workbook" in reason(package("xl/a.xml"))
    assert "e-book" in reason(package(mimetype="application/epub+zip"))
    assert "OpenDocument text" in reason(package(mimetype="application/vnd.oasis.opendocument.text"))
    assert reason(package("a.txt")).startswith("No reader for this kind of file;")
    assert reason(b"PK\x03\x04 and no more").startswith("No reader for this kind of file;")
    assert reason(b"%PDF-1.4").startswith("The PDF is damaged")


@pytest.mark.parametrize(
    ("content", "header"),
    [
        (b"Le caf\xe9.", "text/plain; charset=iso-8859-1"),
        (b"Le caf\xe9.", 'text/plain; charset="windows-1252"'),
        ("Le café.".encode(), "text/plain; charset=iso-8859-1"),
        ("Le café.".encode("utf-16"), "text/plain; charset=iso-8859-1"),
    ],
)
def test_the_charset_of_a_header_counts_for_what_is_not_utf_8(content: bytes, header: str) -> None:
    assert read(content, "a", header).readings[0].text == "Le café."


def test_encodings_that_look_like_ascii_are_told_by_the_header() -> None:
    content = "<p>大使館は閉鎖された。</p>".encode("iso2022_jp")
    assert read(content, "a", "text/html; charset=ISO-2022-JP").readings[0].text == "大使館は閉鎖された。"


@pytest.mark.parametrize(
    "header",
    [
        "text/plain; charset=idna",
        "text/plain; charset=x",
        "text/plain; charset=",
        "text/plain;;;",
        'text/plain; charset="a\0"',
    ],
)
def test_an_unknown_charset_is_no_charset(header: str) -> None:
    with pytest.raises(ReadError, match=r"^The file is not valid UTF-8: byte 0xe9 at offset 6;"):
        read(b"Le caf\xe9.", "a", header)


def test_every_suffix_and_media_type_has_one_reader() -> None:
    suffixes = [suffix for each in FORMATS for suffix in each.suffixes]
    types = [each for known in FORMATS for each in (known.media_type, *known.other_types)]
    assert len(set(suffixes)) == len(suffixes)
    assert len(set(types)) == len(types)
    assert all(readable(f"a{suffix.upper()}") for suffix in suffixes)
    readers = [each.reader for each in FORMATS]
    assert len(set(readers)) == len(readers)
    assert [resolve_name(reader).__name__ for reader in readers] == [reader.partition(":")[2] for reader in readers]


@pytest.mark.parametrize(("name", "module"), [("a.md", "markdown_it"), ("a.pdf", "pypdfium2")])
def test_a_reader_whose_library_is_not_installed_is_told_and_other_kinds_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    (tmp_path / f"{module}.py").write_text("import not_installed\n")
    monkeypatch.syspath_prepend(tmp_path)
    with ParsingProcess() as process:
        for _ in range(2):
            with pytest.raises(ReadError) as caught:
                process.parse({name: b"%PDF-1.4"}, name)
            assert caught.value.user_message == (
                "What reads this kind of file is missing (No module named 'not_installed'); install Legation again."
            )
            assert process.parse({"a.txt": b"Closed."}, "a.txt").readings[0].text == "Closed."


def lines(*documents: object) -> bytes:
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in documents).encode()


def test_each_line_is_a_document_and_bad_lines_are_problems() -> None:
    first = {
        "id": "a", "text": "One.\r\n\r\nTwo\nlines.", "title": " A  title ", "url": "https://example.org/a",
        "published": "2019-01-10T08:00:00Z", "publisher": "Strelsau", "language": "en",
    }  # fmt: skip
    content = lines(first, "", {"body": "Three."}, "{", [1], {"text": " "}, {"id": 7, "content": "Four.", "date": 2019})
    assert read(content, "a.jsonl") == FileReading(
        "application/x-ndjson",
        (
            Reading(
                "One.\n\nTwo\nlines.",
                (Span(0, 4), Span(6, 16)),
                title="A title",
                publisher="Strelsau",
                published="2019-01-10",
                url="https://example.org/a",
                language="en",
                member="a",
            ),
            Reading("Three.", (Span(0, 6),), member="3"),
            Reading("Four.", (Span(0, 5),), published="2019", member="7"),
        ),
        problems=(
            Problem(
                "line 4",
                "It is not valid JSON, character 2: Expecting property name enclosed in double quotes.",
            ),
            Problem("line 5", "It is no JSON object."),
            Problem("line 6", "It has no text in a field text, body or content."),
        ),
    )


def test_documents_of_one_name_are_told_apart() -> None:
    names = ["a", "a", "a (2)", "b", "a"]
    content = lines(*({"id": name, "text": "Closed."} for name in names))
    found = [reading.member for reading in read(content, "a.ndjson").readings]
    assert found == ["a", "a (3)", "a (2)", "b", "a (4)"]


@given(st.lists(st.sampled_from(["a", "a (2)", "a (3)", "a (2) (2)", "1", "2"]), min_size=1, max_size=12))
def test_names_are_always_different_and_the_first_of_each_stays(names: list[str]) -> None:
    content = lines(*({"id": name, "text": "Closed."} for name in names))
    found = [reading.member for reading in read(content, "a.jsonl").readings]
    assert len(set(found)) == len(names)
    assert {names.index(name): name for name in names} == {
        names.index(name): found[names.index(name)] for name in names
    }


def test_lone_surrogates_and_control_characters_of_json_are_left_out() -> None:
    content = rb'{"text": "clo\u0000sed \ud800in\u0007 \ud83d\ude00 1975.", "title": "a\ud800b"}'
    reading = read(content, "a.jsonl").readings[0]
    assert (reading.text, reading.title) == ("closed in \U0001f600 1975.", "a b")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[1]", "No line holds a document; line 1: It is no JSON object."),
        (
            b"[" * 100_000,
            "No line holds a document; line 1: It is JSON beyond what can be read: nested too deep, or with a "
            "number too long.",
        ),
        (
            b'{"text": ' + b"9" * 5_000 + b"}",
            "No line holds a document; line 1: It is JSON beyond what can be read: nested too deep, or with a "
            "number too long.",
        ),
        (b"\n \n", "The file is empty or holds white space only."),
    ],
)
def test_files_without_a_document_say_why(content: bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(content, "a.jsonl")
    assert caught.value.user_message == message

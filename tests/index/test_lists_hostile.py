"""Damaged and hostile files: they give problems or a ReadError, and never another error or a broken text."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ReadError
from index.lists import (
    EU_CSV,
    EU_XML,
    OFAC_ADVANCED,
    OFAC_CSV,
    OPENSANCTIONS,
    UK_CSV,
    UK_XML,
    UN,
    ListFormat,
    read_list,
)
from index.lists.safe_xml import elements, local
from index.types import FileReading
from tests.index import (
    test_lists_eu,
    test_lists_ofac_advanced,
    test_lists_ofac_csv,
    test_lists_opensanctions,
    test_lists_uk,
    test_lists_un,
)

SAMPLES: tuple[tuple[ListFormat, dict[str, bytes]], ...] = (
    (UN, {"un.xml": test_lists_un.SAMPLE.encode()}),
    (OFAC_CSV, test_lists_ofac_csv.FILES),
    (OFAC_ADVANCED, {"sdn_advanced.xml": test_lists_ofac_advanced.SAMPLE.encode()}),
    (EU_XML, {"eu.xml": test_lists_eu.XML.encode()}),
    (EU_CSV, {"eu.csv": test_lists_eu.CSV}),
    (UK_XML, {"uk.xml": test_lists_uk.XML.encode()}),
    (UK_CSV, {"uk.csv": test_lists_uk.CSV}),
    (OPENSANCTIONS, {"targets.simple.csv": test_lists_opensanctions.CSV.encode()}),
)
PIECES = (
    b"", b"<", b">", b"&", b"&lt;", b"&#8;", b"&#x2028;", b"</", b"/>", b"<!--x-->", b"<?x y?>", b"<![CDATA[", b"]]>",
    b'"', b'""', b",", b";", b"\n", b"\r", b"\x00", b"\x1a", b"\xff", b"\xc2\xa0", b"\xed\xa0\x80", b"0", b"-0-",
    b"99999999", b"<Name>", b"<x:y/>", b'ID="', b"true", b"9" * 400,
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=4
)


def well_formed(found: FileReading) -> bool:
    """Whether each reading keeps what ``read_list`` and the types promise of its text."""
    for reading in found.readings:
        text, entry = reading.text, reading.entry
        assert entry is not None
        assert text.encode()
        assert not any(each < " " and each != "\n" for each in text)
        assert [text[block.start : block.end] for block in reading.blocks] == text.split("\n")
        assert all(line and line == line.strip() for line in text.split("\n"))
        assert (reading.title, reading.member) == (text.split("\n")[0], entry.reference)
        assert (entry.names[0].start, entry.names[0].end, entry.names[0].kind) == (
            0,
            len(text.split("\n")[0]),
            "primary",
        )
        assert all(text[name.start : name.end].strip() for name in entry.names)
    members = [reading.member for reading in found.readings]
    return len(members) == len(set(members)) > 0


@pytest.mark.parametrize(("fmt", "files"), SAMPLES, ids=[fmt.name for fmt, _ in SAMPLES])
def test_the_samples_are_well_formed(fmt: ListFormat, files: dict[str, bytes]) -> None:
    assert well_formed(read_list(fmt, files))


@pytest.mark.parametrize(("fmt", "files"), SAMPLES, ids=[fmt.name for fmt, _ in SAMPLES])
@settings(deadline=None)
@given(data=st.data())
def test_any_damage_gives_problems_or_a_read_error(
    fmt: ListFormat, files: dict[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    content = files[name]
    for share, length, piece in data.draw(CHANGES):
        at = int(share * len(content))
        content = content[:at] + piece + content[at + length :]
    with suppress(ReadError):
        assert well_formed(read_list(fmt, files | {name: content}))


@pytest.mark.parametrize(("fmt", "files"), SAMPLES, ids=[fmt.name for fmt, _ in SAMPLES])
def test_files_that_are_cut_off(fmt: ListFormat, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        for length in range(0, len(content), max(1, len(content) // 60)):
            with suppress(ReadError):
                assert well_formed(read_list(fmt, files | {name: content[:length]}))


@pytest.mark.parametrize(("fmt", "files"), [each for each in SAMPLES if each[0].media_type == "application/xml"])
def test_xml_that_is_cut_off_is_no_shorter_list(fmt: ListFormat, files: dict[str, bytes]) -> None:
    ((name, content),) = files.items()
    with pytest.raises(ReadError, match="cut off"):
        read_list(fmt, {name: content[: content.rindex(b"</")]})


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 1_000 + b'"><!ENTITY d SYSTEM "file:///etc/hostname">]>\n'
    sample = test_lists_un.SAMPLE.encode().replace(b"<CONSOLIDATED_LIST", bomb + b"<CONSOLIDATED_LIST", 1)
    for reference in (b"&b;", b"&d;"):
        with pytest.raises(ReadError, match="document type"):
            read_list(UN, {"un.xml": sample.replace(b"Minister", reference)})


def test_elements_of_great_depth_and_number() -> None:
    deep = b"<CONSOLIDATED_LIST>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</CONSOLIDATED_LIST>"
    with pytest.raises(ReadError, match="damaged"):
        read_list(UN, {"un.xml": deep})
    nested = b"<INDIVIDUAL><FIRST_NAME>A</FIRST_NAME><REFERENCE_NUMBER>1</REFERENCE_NUMBER>"
    found = read_list(UN, {"un.xml": nested * 100 + b"</INDIVIDUAL>" * 100})
    assert [reading.text for reading in found.readings] == ["A\nReference: 1\nType: individual"]


def test_a_namespace_that_is_no_address_is_damage() -> None:
    """Which is told at the end only, so that the elements are named before."""
    found = elements(b"<list xmlns='htt}a/b'><entry><name>c</name></entry></list>", "entry")
    assert local(next(found)) == "entry"
    with pytest.raises(ReadError):
        next(found)

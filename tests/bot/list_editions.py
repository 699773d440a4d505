"""Invented editions of the UN's list, and how they come into a library without a sync."""

from collections.abc import Iterable, Sequence
from datetime import date
from xml.sax.saxutils import escape

from index.library import FileRecord, Library
from index.library_rows import GenerationRecord, now
from index.lists import UN, read_list
from index.types import Document, Source


def entry(reference: str, name: str, *fields: tuple[str, str], kind: str = "INDIVIDUAL") -> str:
    """One entry in XML. A field is a tag with its text, "NATIONALITY/VALUE" one within another."""
    told = [("FIRST_NAME", name), ("UN_LIST_TYPE", "DPRK"), ("REFERENCE_NUMBER", reference), *fields]
    return f"<{kind}>{''.join(_field(tag, text) for tag, text in told)}</{kind}>"


def edition(day: str, *entries: str) -> bytes:
    people = "".join(each for each in entries if each.startswith("<INDIVIDUAL>"))
    others = "".join(each for each in entries if not each.startswith("<INDIVIDUAL>"))
    return (
        f'<CONSOLIDATED_LIST dateGenerated="{day}T00:00:00"><INDIVIDUALS>{people}</INDIVIDUALS>'
        f"<ENTITIES>{others}</ENTITIES></CONSOLIDATED_LIST>"
    ).encode()


def put_edition(library: Library, source: str, content: bytes, collection: str = "un") -> tuple[int, ...]:
    """Reads an edition into the library as what the source's one file holds now; returns the keys of its entries.

    It holds when a generation with these keys is published.
    """
    library.put_source(Source(source, f"/invented/{source}.xml", collection))
    found = read_list(UN, {f"{source}.xml": content})
    assert found.edition is not None
    assert found.problems == ()
    keys = []
    for reading in found.readings:
        document = Document(
            id=f"{source}/{reading.member}",
            source=source,
            collection=collection,
            path=reading.member,
            media_type=found.media_type,
            title=reading.title or "",
            publisher=reading.publisher,
            published=reading.published,
            url=None,
            language=reading.language,
            text=reading.text,
            headings=reading.headings,
            blocks=reading.blocks,
            entry=reading.entry,
        )
        keys.append(library.put_document(document))
    digest = str(hash(content))
    number = library.editions.put(source, f"{source}.xml", digest, collection, found.edition, keys, date(2026, 1, 1))
    library.put_file(source, f"{source}.xml", FileRecord(digest, "", tuple(keys), number))
    return tuple(keys)


def publish(library: Library, keys: Iterable[int], removed: Sequence[str] = ()) -> GenerationRecord:
    """A generation of these documents, in the library only: there are no files to search in."""
    number = library.next_generation_id()
    record = GenerationRecord(number, f"{number:06}", now(), "words", "words-1", 32, 0, "", {})
    library.publish(record, keys, removed)
    return record


def _field(tag: str, text: str) -> str:
    outer, _, inner = tag.partition("/")
    return f"<{outer}>{_field(inner, text) if inner else escape(text)}</{outer}>"

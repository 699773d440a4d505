"""What the process that reads documents has answered, believed only as far as it is checked here: a document may have
taken that process over.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import pairwise
from typing import cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

from index.parsing.wire import LONGEST_REASON, LONGEST_TRACE, UNWANTED, Answer
from index.readers.text import iso_date, web_address
from index.types import Edition, Entry, FileReading, Heading, Pinpoint, Reading, Span


class WireError(Exception):
    """An answer that no honest reader gives."""


def decode_answer(payload: bytes | bytearray) -> Answer:
    """The answer in a frame's payload, with all that index.types and ``readers.read`` promise of a FileReading.

    Raises WireError for anything else. JSON that nests deeply, invalid values by the million and huge numbers are
    refused at the first of them.
    """
    try:
        answer = cast(Answer, _validator().validate_json(payload, strict=True))
    except ValidationError as error:
        raise WireError("it is not the JSON of an answer") from error
    told = [each for each in (answer.reading, answer.refusal, answer.trouble) if each is not None]
    _require(len(told) == 1, "neither a reading nor a reason, or both")
    _require(len(answer.refusal or "") <= LONGEST_REASON and len(answer.trace) <= LONGEST_TRACE, "long words")
    _require(not any(map(UNWANTED.search, _strings(answer))), "characters that no text may hold")
    if answer.reading is not None:
        _check_file(answer.reading)
    return answer


@cache
def _adapter() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


@cache
def _validator() -> SchemaValidator:
    """pydantic's validator of an Answer, made to stop at the first wrong item of a sequence.

    It would go on and keep some 800 bytes for each: 16 megabytes of empty lists took 4 gigabytes.
    """
    schema = deepcopy(_adapter().core_schema)
    _fail_fast(schema)
    return SchemaValidator(schema)


def _fail_fast(schema: object) -> None:
    if isinstance(schema, dict):
        if schema.get("type") == "tuple":
            schema["fail_fast"] = True
        for part in schema.values():
            _fail_fast(part)
    elif isinstance(schema, list):
        for part in schema:
            _fail_fast(part)


def _strings(value: object) -> Iterator[str]:
    """Every string in a value of index.types. Spans have none and may be many: they are passed over."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _strings(item)
    elif is_dataclass(value) and not isinstance(value, Span):
        for field in fields(value):
            yield from _strings(getattr(value, field.name))


def _check_file(file: FileReading) -> None:
    _require(bool(file.media_type.strip()), "no media type")
    members = [reading.member for reading in file.readings]
    _require(len(members) > 0 and len(set(members)) == len(members), "no documents, or two of one name")
    _require(len(members) == 1 or all(members), "a document without a name among several")
    if file.edition is not None:
        _check_edition(file.edition)
    for reading in file.readings:
        _check_reading(reading)


def _check_edition(edition: Edition) -> None:
    _require(bool(edition.list and edition.name), "a list without a name")
    _require(edition.date is None or (_is_date(edition.date) and len(edition.date) == 10), "a wrong date of an edition")


def _check_reading(reading: Reading) -> None:
    text = reading.text
    _require(len(reading.blocks) > 0, "nothing to quote")
    units: list[Span | Heading] = sorted((*reading.blocks, *reading.headings), key=lambda unit: unit.start)
    for each in (reading.blocks, reading.headings, reading.pinpoints, units):
        _check_order(each, len(text))
    _require(not any(text[unit.start].isspace() or text[unit.end - 1].isspace() for unit in units), "space at an end")
    _require(all(1 <= heading.level <= 6 for heading in reading.headings), "a heading of a level that does not exist")
    _require(reading.published is None or _is_date(reading.published), "a wrong date of publication")
    _require(reading.url is None or web_address(reading.url) is not None, "an address that is none")
    if reading.entry is not None:
        _check_entry(reading.entry, len(text))


def _check_order(stretches: Sequence[Span | Heading | Pinpoint], length: int) -> None:
    _require(all(0 <= each.start < each.end <= length for each in stretches), "a place outside the text")
    _require(all(one.end <= other.start for one, other in pairwise(stretches)), "places out of order")


def _check_entry(entry: Entry, length: int) -> None:
    _require(bool(entry.list and entry.reference and entry.names), "an entry without a number or name")
    _require(entry.names[0].kind == "primary", "an entry whose first name is not its primary one")
    _require(all(0 <= name.start < name.end <= length for name in entry.names), "a name outside the text")
    _require(_all_dates(entry.births) and (entry.listed is None or _is_date(entry.listed)), "a wrong date of an entry")


def _all_dates(values: Iterable[str]) -> bool:
    return all(map(_is_date, values))


def _is_date(value: str) -> bool:
    return iso_date(value) == value


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise WireError(otherwise)

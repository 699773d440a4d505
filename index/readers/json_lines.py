"""Documents as JSON, one a line (https://jsonlines.org)."""

import json

from index.errors import ReadError
from index.readers.plain import paragraphs
from index.readers.text import clean, decode, iso_date, language_tag, printable, web_address
from index.types import FileReading, Problem, Reading

_TEXT = ("text", "body", "content")
_DATE = ("published", "date")


def read_json_lines(content: bytes) -> FileReading:
    """A reading for each line; the lines that hold no document are problems.

    Each is an object with the text in ``text``, ``body`` or ``content``; ``title``, ``url``, ``published`` or
    ``date``, ``publisher`` and ``language`` are taken as they are. ``member`` is the ``id``, or else the number of the
    line. Raises ReadError as ``decode`` does, and if no line holds a document.
    """
    readings: list[Reading] = []
    problems: list[Problem] = []
    for number, line in enumerate(decode(content).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            readings.append(_document(line, number))
        except ReadError as error:
            problems.append(Problem(f"line {number}", error.user_message))
    if not readings:
        raise ReadError(f"No line holds a document; {problems[0].place}: {problems[0].reason}")
    return FileReading("application/x-ndjson", tuple(readings), problems=tuple(problems))


def _document(line: str, number: int) -> Reading:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise ReadError(f"It is not valid JSON, character {error.pos + 1}: {error.msg}.") from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of thousands of digits
        raise ReadError("It is JSON beyond what can be read: nested too deep, or with a number too long.") from error
    if not isinstance(fields, dict):
        raise ReadError("It is no JSON object.")
    text = printable(_value(fields, *_TEXT) or "")
    if not text.strip():
        raise ReadError("It has no text in a field text, body or content.")
    return Reading(
        text,
        tuple(paragraphs(text)),
        title=clean(_value(fields, "title")),
        publisher=clean(_value(fields, "publisher")),
        published=iso_date(_value(fields, *_DATE)),
        url=web_address(_value(fields, "url")),
        language=language_tag(_value(fields, "language")),
        member=clean(_value(fields, "id"), 200) or str(number),
    )


def _value(fields: dict[str, object], *names: str) -> str | None:
    """The first field that is a string or number."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return None

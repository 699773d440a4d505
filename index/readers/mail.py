"""Messages of electronic mail (RFC 5322 and MIME)."""

import logging
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from index.errors import ReadError
from index.readers.composition import Layout
from index.readers.html import all_text
from index.readers.plain import paragraphs
from index.readers.text import clean, decode, known_encoding
from index.types import FileReading, Problem, Reading

_LOGGER = logging.getLogger(__name__)
_DAMAGED = "The message is damaged: its parts cannot be told apart."
_HEADERS = ("From", "Subject", "Date", "Received", "MIME-Version", "Message-ID", "To")


def read_mail(content: bytes) -> FileReading:
    """The plain body, or else all text of the HTML body. Attachments are not read: each is a problem.

    Subject, sender and date are title, publisher and date of publication. Raises ReadError for what is no message,
    or one without a body in text.
    """
    try:
        message = message_from_bytes(content, policy=policy.default)
    except Exception as error:  # the parser raises all sorts of errors for headers that are broken, and calls itself
        raise ReadError(_DAMAGED) from error
    if not isinstance(message, EmailMessage) or not any(name in message for name in _HEADERS):
        raise ReadError("The file is no message: it has none of the headers that messages have.")
    try:
        body = message.get_body(("plain", "html"))
        names = [_name(part) for part in message.iter_attachments()]
    except Exception as error:  # as above
        raise ReadError(_DAMAGED) from error
    if not isinstance(body, EmailMessage):
        raise ReadError("The message has no body in text.")
    layout = _body(body)
    problems = tuple(Problem(f'attachment "{name}"', "attachments of messages are not read") for name in names)
    reading = Reading(
        layout.text,
        layout.blocks,
        layout.headings,
        title=_header(message, "Subject") or (layout.headings[0].title if layout.headings else None),
        publisher=_header(message, "From"),
        published=_date(_header(message, "Date")),
    )
    return FileReading("message/rfc822", (reading,), problems=problems)


def _body(part: EmailMessage) -> Layout:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        raise ReadError("The message has no body in text.")
    declared = part.get_content_charset("utf-8")
    charset = known_encoding(declared)
    if charset is None and not declared.startswith(("utf-16", "utf-32")):  # which a byte order mark tells
        raise ReadError("The message is in an encoding that is not known.")
    text = decode(payload, charset)
    if part.get_content_subtype() == "html":
        return all_text(text)
    return Layout(text, tuple(paragraphs(text)))


def _header(message: EmailMessage, name: str) -> str | None:
    try:
        value = message[name]
    except Exception:  # as above; a message is worth reading without one of its headers
        _LOGGER.info("a header %s cannot be parsed", name, exc_info=True)
        return None
    return clean(str(value)) if value is not None else None


def _date(value: str | None) -> str | None:
    try:
        return parsedate_to_datetime(value or "").date().isoformat()
    except (ValueError, OverflowError):
        return None


def _name(part: EmailMessage) -> str:
    return clean(part.get_filename(), 100) or clean(part.get_content_type(), 100) or "unnamed"

"""What kind of file it is, from a Content-Type header or from the first bytes."""

import codecs
import io
import zipfile
import zlib
from email.message import Message

from index.readers.text import counts, known_encoding

_BEGINNING = 1_024
_PACKAGES = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)


def base_type(header: str | None) -> str | None:
    """The media type alone, in small letters: "text/html" of "Text/HTML; charset=utf-8"."""
    return _message(header).get_content_type() if header and "/" in header.partition(";")[0] else None


def sniff(content: bytes) -> str | None:
    """The media type that the first bytes tell, or None. An HTML page has to begin with its doctype or element."""
    beginning = content[:_BEGINNING].removeprefix(codecs.BOM_UTF8).lstrip()
    if b"%PDF-" in content[:_BEGINNING]:
        return "application/pdf"
    if beginning.startswith(b"{\\rtf"):
        return "application/rtf"
    if beginning.lower().startswith((b"<!doctype html", b"<html")):
        return "text/html"
    return _package_type(content) if content.startswith(b"PK\x03\x04") else None


def to_utf_8(content: bytes, header: str | None) -> bytes:
    """Text as UTF-8 with a byte order mark, if the header tells another encoding; else ``content`` as it is.

    As in ``decode``, a byte order mark goes before a declaration, and so does text that is valid UTF-8 already.
    """
    charset = _message(header).get_content_charset() if header else None
    encoding = known_encoding(charset) if charset else None
    if encoding is None or not counts(encoding, content):
        return content
    try:
        return codecs.BOM_UTF8 + content.decode(encoding).encode()
    except UnicodeDecodeError:
        return content  # the reader refuses it, and says what is wrong


def _message(header: str) -> Message:
    message = Message()
    message["Content-Type"] = " ".join(header.split())
    return message


def _package_type(content: bytes) -> str | None:
    """OpenDocument and EPUB say it in a part of its own; Office Open XML by its folders."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
            if "mimetype" in names and package.getinfo("mimetype").file_size < _BEGINNING:
                return package.read("mimetype").decode("ascii").strip()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        return None  # a damaged one is of no known kind
    return next((media_type for folder, media_type in _PACKAGES if any(n.startswith(folder) for n in names)), None)

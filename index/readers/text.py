"""What all readers share: bytes to normalised text, and the clean values of a file's metadata."""

import codecs
import re
from datetime import date

from index.errors import ReadError

CONTROL_SHARE = 0.02
"""Share of control characters from which content is taken for binary; text has next to none."""

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")
# NUL and lone surrogates break SQLite and UTF-8; the others are invisible in a citation.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE = re.compile("[\u00ad\ufeff\ufffe\uffff]")
_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Codecs of Python that are encodings of web pages; others (idna, unicode_escape) are not to be had.
_ENCODING = re.compile(
    r"iso8859-\d+|cp125\d|cp874|koi8-[ru]|mac-(?:roman|cyrillic)|gbk|gb2312|gb18030|hz|big5"
    r"|big5hkscs|euc_(?:jp|kr)|shift_jis|iso2022_jp|utf-8"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:[Tt ].*)?)?)?", re.DOTALL)


def decode(content: bytes, declared: str | None = None) -> str:
    """The text of ``content``, with LF line ends and without a byte order mark; else unchanged.

    Decoded by its byte order mark (UTF-8, 16 or 32), else as UTF-8, else by the Python codec
    ``declared``. UTF-8 goes before a declaration because files that were converted often keep their
    old one, while text in another encoding is almost never valid UTF-8. Nothing is guessed or
    replaced: raises ReadError for bytes that do not fit, for binary content and for an empty file.
    """
    mark, encoding = _mark(content) or (b"", "utf-8")
    if not mark and b"\0" in content:
        raise ReadError("The file holds NUL bytes: it is binary, or UTF-16 or UTF-32 without a byte order mark.")
    if declared is not None and counts(declared, content):
        encoding = declared
    text = _decoded(content, len(mark), encoding)
    if "\0" in text or sum(1 for _ in _CONTROL.finditer(text)) > CONTROL_SHARE * len(text):
        raise ReadError("The file holds control characters: it is binary, not text.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ReadError("The file is empty or holds white space only.")
    return text


def counts(declared: str, content: bytes) -> bool:
    """Whether a declared encoding says more of ``content`` than its byte order mark, or than UTF-8 that fits."""
    return _mark(content) is None and (_stateful(declared) or not _fits(content, "utf-8"))


def known_encoding(name: str) -> str | None:
    """The Python codec of an encoding, if it is one of web pages; None otherwise.

    As in browsers (https://encoding.spec.whatwg.org), Latin-1 and ASCII mean windows-1252.
    """
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):  # the second for a name with a NUL or a lone surrogate
        return None
    if codec in {"iso8859-1", "ascii"}:
        return "cp1252"
    return codec if _ENCODING.fullmatch(codec) else None


def printable(text: str) -> str:
    """Text out of a container, with LF line ends and only characters that print, tabs and line feeds apart.

    Surrogates in pairs become the character that they mean. NUL and other control characters, lone surrogates,
    U+FFFE, U+FFFF, marks of byte order and soft hyphens are left out.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return _UNPRINTABLE.sub("", _INVISIBLE.sub("", _BREAK.sub("\n", text)))


def clean(value: str | None, limit: int = 1_000) -> str | None:
    """A metadata value on one line, without control characters, at most ``limit`` characters long.

    None if nothing is left.
    """
    if value is None:
        return None
    return " ".join(_UNPRINTABLE.sub(" ", value[: 4 * limit]).split())[:limit].rstrip() or None


def iso_date(value: str | None) -> str | None:
    """An ISO 8601 date as YYYY, YYYY-MM or YYYY-MM-DD, its time of day cut off; None if it is none."""
    found = _DATE.fullmatch((value or "").strip())
    if found is None:
        return None
    year, month, day = found.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, day) if part)


def language_tag(value: str | None) -> str | None:
    """A language tag such as ``en`` or ``pt-BR`` (BCP 47), roughly; None for anything else."""
    tag = clean(value)
    return tag if tag is not None and _LANGUAGE.fullmatch(tag) else None


def web_address(value: str | None) -> str | None:
    """An http(s) address; None for anything else, which a citation cannot link to."""
    address = clean(value)
    if address is None or " " in address or not address.lower().startswith(("http://", "https://")):
        return None
    return address


def _mark(content: bytes) -> tuple[bytes, str] | None:
    return next((pair for pair in _MARKS if content.startswith(pair[0])), None)


def _decoded(content: bytes, skipped: int, encoding: str) -> str:
    try:
        return content[skipped:].decode(encoding)
    except UnicodeDecodeError as error:
        value, offset = content[skipped + error.start], skipped + error.start
        name = error.encoding.upper()
        raise ReadError(
            f"The file is not valid {name}: byte 0x{value:02x} at offset {offset}; "
            "convert it to UTF-8, for example with iconv."
        ) from error


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _stateful(encoding: str) -> bool:
    """Whether the encoding writes other scripts in ASCII bytes, so that it is always valid UTF-8."""
    return encoding.startswith(("iso2022", "hz"))

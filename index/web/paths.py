"""From a URL to the path that its document goes by: the same for ever, readable, and no other URL's."""

import hashlib
import re
from urllib.parse import unquote

from yarl import URL

LONGEST = 200
"""Characters of a path; longer ones end in a hash."""

_HASH = 16
_ESCAPES = re.compile("(?:%[0-9A-F]{2})+")


def path_of(url: str) -> str:
    """The path of a web address, such as "www.example.org/press/2024/statement?id=5".

    Two URLs share one only if they differ in nothing but http or https, the fragment, or the way in which the same
    characters are written. It has no empty part, ".", "..", control character or white space, and is at most
    ``LONGEST`` characters long. An empty part, as after a slash at the end, is written "_".
    """
    parsed = URL(url).with_fragment(None)
    host = f"[{parsed.raw_host}]" if ":" in (parsed.raw_host or "") else parsed.raw_host or ""
    port = "" if parsed.is_default_port() else f":{parsed.port}"
    parts = [f"{host}{port}"]
    if parsed.raw_path not in ("", "/"):
        parts.extend(_part(part) for part in parsed.raw_path[1:].split("/"))
    if parsed.raw_query_string:
        parts[-1] += "?" + _readable(parsed.raw_query_string).replace("/", "%2f")
    path = "/".join(parts)
    if len(path) < LONGEST:
        return path
    return f"{path[: LONGEST - _HASH - 1]}~{hashlib.sha256(path.encode()).hexdigest()[:_HASH]}"


def _part(raw: str) -> str:
    if raw in ("", "_", ".", ".."):
        return {"": "_", "_": "%5F", ".": "%2E", "..": "%2E%2E"}[raw]
    return _readable(raw)


def _readable(raw: str) -> str:
    """Letters and digits of all scripts written out, everything else as it was escaped."""
    return _ESCAPES.sub(lambda found: _letters(found[0]), raw)


def _letters(escaped: str) -> str:
    try:
        text = unquote(escaped, errors="strict")
    except UnicodeDecodeError:
        return escaped
    return "".join(
        character if character.isalnum() else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in text
    )

"""What of a text Discord makes more than letters of: mentions, links, styles, and characters that hide."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes.discord_server.components import all_texts, markdown_texts
from tests.fakes.discord_server.world import Message


@dataclass(frozen=True)
class LiveMarkup:
    """Something in a text that is more than letters.

    ``kind`` is one of: "user", "role", "channel", "everyone", "here", "command", "guide", "emoji", "timestamp" (their
    ``value`` is the id, the command, or what is between <t: and >); "link" (value: the address, ``label``: what is
    shown instead, None for an address that Discord makes a link by itself); "bold", "italic", "underline", "strike",
    "spoiler", "code", "fence", "heading", "list", "quote", "subtext" (value: the text inside); "invisible" (a
    bidirectional control or a character without width, value: U+200B).
    """

    kind: str
    value: str
    label: str | None = None


INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]"
)
ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
FENCE = re.compile(r"```(?:([a-z0-9_+\-.#]+)\n)?\n*([^\n][\s\S]*?)\n*```", re.IGNORECASE)
CODE = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
ADDRESS = re.compile(r"(?:https?|discord)://[^\s<]+[^<.,:;\"'\]\s]", re.IGNORECASE)
BRACKETED = re.compile(r"<((?:https?|discord)://[^\s<>]+)>", re.IGNORECASE)
MASKED = re.compile(
    r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]"
    r"\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?(?:\s+['\"]([\s\S]*?)['\"])?\s*\)"
)
LIVE_SCHEME = re.compile(r"(?:https?|discord)://", re.IGNORECASE)
POINTERS = (
    ("user", re.compile(r"<@!?(\d+)>")),
    ("role", re.compile(r"<@&(\d+)>")),
    ("channel", re.compile(r"<#(\d+)>")),
    ("command", re.compile(r"<(/[^:<>\n]+:\d+)>")),
    ("guide", re.compile(r"<id:([a-z-]+(?:/\d+)?)>", re.IGNORECASE)),
    ("emoji", re.compile(r"<a?:(\w+:\d+)>")),
    ("timestamp", re.compile(r"<t:(-?\d{1,17}(?::[tTdDfFRsS])?)>")),
    ("everyone", re.compile("@(everyone)")),
    ("here", re.compile("@(here)")),
)
STYLES = (
    ("bold", re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")),
    ("underline", re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")),
    ("italic", re.compile(r"_((?:__|\\[\s\S]|[^\\_])+?)_\b(?!_)|_((?:__|\\[\s\S]|[^\\_])+?)_(?=\W|$)")),
    (
        "italic",
        re.compile(r"\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"),
    ),
    ("strike", re.compile(r"~~([\s\S]+?)~~(?!_)")),
    ("spoiler", re.compile(r"\|\|([\s\S]+?)\|\|")),
)
HEADING = re.compile(r"(#{1,3})[ \t]+(?=[^\s#])([^\n]+)")
SUBTEXT = re.compile(r"-#[ \t]+(?=\S)([^\n]+)")
QUOTE_ALL = re.compile(r"[ \t]*>>> ([\s\S]*)")
QUOTE = re.compile(r"[ \t]*> ([^\n]*)")
LIST = re.compile(r"[ \t]*(?:[-*]|\d+\.)[ \t]+(?=\S)([^\n]*)")
MENTION = re.compile(r"<@(&|!?)(\d+)>|@(everyone|here)")


def live_markup(text: str | Message) -> list[LiveMarkup]:
    """Every live construct of a text as Discord's clients render it, in order; of a message, those of all its texts.

    Backslashes are honoured, and nothing in code is live. Labels of buttons and the like are no markdown; they are
    only looked at for invisible characters, and so is code.
    """
    if isinstance(text, Message):
        found = [each for part in markdown_texts(text) for each in _scan(part, True)]
        return found + [each for part in all_texts(text) for each in _invisible(part)]
    return [*_scan(text, True), *_invisible(text)]


def _invisible(text: str) -> Iterator[LiveMarkup]:
    for match in INVISIBLE.findall(text):
        yield LiveMarkup("invisible", f"U+{ord(match):04X}")


def _scan(text: str, blocks: bool) -> Iterator[LiveMarkup]:
    """``blocks`` is whether a line can begin a heading, a list, a quote or a subtext."""
    position, fresh = 0, blocks
    while position < len(text):
        if fresh:
            block = _block(text, position)
            if block is not None:
                found, position, fresh = block
                yield found
                continue
        fresh = False
        escape = ESCAPE.match(text, position)
        if escape is not None:
            position = escape.end()
            continue
        inline = _inline(text, position)
        if inline is not None:
            found, inner, position = inline
            yield found
            if inner:
                yield from _scan(inner, False)
            continue
        fresh = blocks and text[position] == "\n"
        position += 1


def _block(text: str, position: int) -> tuple[LiveMarkup, int, bool] | None:
    """What a line begins with, where what it marks begins, and whether another block can begin there."""
    for kind, pattern, group, nested in (
        ("heading", HEADING, 2, False),
        ("subtext", SUBTEXT, 1, False),
        ("quote", QUOTE_ALL, 1, True),
        ("quote", QUOTE, 1, True),
        ("list", LIST, 1, True),
    ):
        match = pattern.match(text, position)
        if match is not None:
            return LiveMarkup(kind, match.group(group).strip()), match.start(group), nested
    return None


def _inline(text: str, position: int) -> tuple[LiveMarkup, str, int] | None:
    """What stands at a position, the text inside it that is looked through in turn, and where it ends."""
    for kind, code in (("fence", FENCE), ("code", CODE)):
        match = code.match(text, position)
        if match is not None:
            return LiveMarkup(kind, match.group(2).strip()), "", match.end()
    bracketed = BRACKETED.match(text, position)
    if bracketed is not None:
        return LiveMarkup("link", bracketed.group(1)), "", bracketed.end()
    masked = MASKED.match(text, position)
    if masked is not None and LIVE_SCHEME.match(masked.group(2)) and masked.group(1).strip():
        return LiveMarkup("link", masked.group(2), masked.group(1)), masked.group(1), masked.end()
    address = ADDRESS.match(text, position)
    if address is not None:
        target = _without_unopened(address.group())
        return LiveMarkup("link", target), "", position + len(target)
    for kind, pointer in POINTERS:
        match = pointer.match(text, position)
        if match is not None:
            return LiveMarkup(kind, match.group(1)), "", match.end()
    for kind, style in STYLES:
        match = style.match(text, position)
        if match is not None:
            inside = next(group for group in match.groups() if group is not None)
            return LiveMarkup(kind, inside), inside, match.end()
    return None


def _without_unopened(address: str) -> str:
    """An address without closing brackets at its end that were not opened in it."""
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1]
    return address


def mentioned(texts: Iterable[str]) -> set[str]:
    """Ids of users and ("&" in front) of roles, "everyone" and "here" that texts would notify, code excepted."""
    found: set[str] = set()
    for text in texts:
        for match in MENTION.finditer(CODE.sub(" ", FENCE.sub(" ", text))):
            found.add(match.group(3) or match.group(1).strip("!") + match.group(2))
    return found


def allowed(mentions: set[str], rules: dict[str, Any] | None, replied: str | None, broadcast: bool) -> set[str]:
    """Whom a message notifies, by its ``allowed_mentions``; ``broadcast`` is whether its author may @everyone."""
    parse = {"users", "roles", "everyone"} if rules is None else set(rules.get("parse") or [])
    users = set(map(str, (rules or {}).get("users") or []))
    roles = set(map(str, (rules or {}).get("roles") or []))
    pinged: set[str] = set()
    for mention in mentions:
        if mention in {"everyone", "here"}:
            if "everyone" in parse and broadcast:
                pinged.add(mention)
        elif mention.startswith("&"):
            if "roles" in parse or mention[1:] in roles:
                pinged.add(mention[1:])
        elif "users" in parse or mention in users:
            pinged.add(mention)
    if replied is not None and (rules is None or rules.get("replied_user")):
        pinged.add(replied)
    return pinged

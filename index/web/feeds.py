"""Feeds: RSS 0.9x, 1.0 and 2.0 (rssboard.org, RDF Site Summary) and Atom (RFC 4287)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any

from yarl import URL

from index.errors import ReadError
from index.web.errors import NO_URL
from index.web.markup import local_name, namespace, parse_xml, text_of

_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_NETSCAPE = ("http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/")
_RSS = ("", "http://purl.org/rss/1.0/", *_NETSCAPE)
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_DAY = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """What a feed says of a document. ``link`` is absolute; None if there is none. ``published`` is an ISO 8601 date,
    YYYY-MM-DD, in the time zone that the feed gives. ``title`` is plain text; ``summary`` and ``content``, which is the
    full text if the feed holds it, are HTML or plain text as they came.
    """

    link: str | None
    id: str | None = None
    title: str | None = None
    published: str | None = None
    summary: str | None = None
    content: str | None = None


def is_feed(root: Any) -> bool:
    """Whether an XML document with this root element is a feed."""
    return _reader(root) is not None


def read_feed(content: bytes, address: str | None = None) -> tuple[FeedItem, ...]:
    """The items in the order of the feed. ``address`` is the feed's own, for links that are relative.

    Raises ReadError if it is no feed, ends early, or declares XML entities.
    """
    root = parse_xml(content, lenient=True)
    reader = _reader(root)
    if reader is None:
        raise ReadError("it is not an RSS or Atom feed")
    return tuple(reader(root, address))


def _reader(root: Any) -> Callable[[Any, str | None], list[FeedItem]] | None:
    name, space = local_name(root), namespace(root)
    if name == "feed" and space in _ATOM:
        return _atom
    if (name == "rss" and not space) or (name == "RDF" and space == _RDF and _channel(root) is not None):
        return _rss
    return None


def _rss(root: Any, address: str | None) -> list[FeedItem]:
    channel = _channel(root)
    inside = [] if channel is None else [each for each in channel if _is(each, _RSS, "item")]
    site = None if channel is None else _text(channel, _RSS, "link")
    return [_rss_item(item, address or site) for item in (inside or [each for each in root if _is(each, _RSS, "item")])]


def _rss_item(item: Any, base: str | None) -> FeedItem:
    guid = next((each for each in item if _is(each, _RSS, "guid")), None)
    permanent = guid is not None and guid.get("isPermaLink", "true").strip().lower() == "true"
    id = _text(item, _RSS, "guid") or item.get(f"{{{_RDF}}}about")
    link = _text(item, _RSS, "link") or _atom_link(item) or (id if permanent or guid is None else None)
    return FeedItem(
        link=_absolute(link, item, base),
        id=id,
        title=_text(item, _RSS, "title"),
        published=_date(_text(item, _RSS, "pubDate") or _text(item, (_DUBLIN_CORE,), "date")),
        summary=_text(item, _RSS, "description"),
        content=_text(item, (_CONTENT,), "encoded"),
    )


def _atom(root: Any, address: str | None) -> list[FeedItem]:
    return [_atom_entry(entry, address) for entry in root if _is(entry, _ATOM, "entry")]


def _atom_entry(entry: Any, base: str | None) -> FeedItem:
    title = next((each for each in entry if _is(each, _ATOM, "title")), None)
    return FeedItem(
        link=_absolute(_atom_link(entry), entry, base),
        id=_text(entry, _ATOM, "id"),
        title=None if title is None else _plain(title),
        published=_date(_text(entry, _ATOM, "published", "issued") or _text(entry, _ATOM, "updated", "modified")),
        summary=_markup(entry, "summary"),
        content=_markup(entry, "content"),
    )


def _channel(root: Any) -> Any:
    return next((each for each in root if _is(each, _RSS, "channel")), None)


def _is(element: Any, spaces: tuple[str, ...], *names: str) -> bool:
    return local_name(element) in names and namespace(element) in spaces


def _text(parent: Any, spaces: tuple[str, ...], *names: str) -> str | None:
    """The text of the first of these children that has some."""
    texts = (text_of(each).strip() for each in parent if _is(each, spaces, *names))
    return next((text for text in texts if text), None)


def _atom_link(parent: Any) -> str | None:
    for link in parent:
        if _is(link, _ATOM, "link") and link.get("rel", "alternate") == "alternate" and link.get("href"):
            return str(link.get("href"))
    return None


def _plain(title: Any) -> str | None:
    """An Atom title: text, escaped HTML or XHTML, without the tags."""
    text = text_of(title)
    if title.get("type") == "html" and text.strip():
        from lxml import html

        text = html.fromstring(f"<div>{text}</div>").text_content()
    return " ".join(text.split()) or None


def _markup(entry: Any, name: str) -> str | None:
    from lxml import etree

    found = next((each for each in entry if _is(each, _ATOM, name)), None)
    if found is None or found.get("src"):
        return None
    if found.get("type") == "xhtml":
        return "".join(etree.tostring(each, encoding="unicode", with_tail=False) for each in found).strip() or None
    return text_of(found).strip() or None


def _absolute(link: str | None, element: Any, address: str | None) -> str | None:
    """``link`` by the xml:base of the element and its ancestors, or by the feed's own address; None if it stays
    relative, or is no web address.
    """
    bases = [each.get(_XML_BASE) for each in (element, *element.iterancestors()) if each.get(_XML_BASE)]
    try:
        url = URL(link.strip()) if link else None
        for base in (*bases, address):
            url = URL(base.strip()).join(url) if url is not None and base and not url.scheme else url
        return str(url) if url is not None and url.host and url.scheme in ("http", "https") else None
    except NO_URL:
        return None


def _date(value: str | None) -> str | None:
    """A date of RFC 822 or ISO 8601 as YYYY-MM-DD; None for anything else, or one without a day."""
    try:
        found = _DAY.fullmatch(value or "")
        if found is not None:
            return date.fromisoformat(found[1]).isoformat()
        return parsedate_to_datetime(value).date().isoformat() if value else None
    except ValueError:
        return None

"""Sitemaps and indexes of sitemaps (sitemaps.org, protocol 0.9), plain or gzipped."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from index.errors import ReadError
from index.types import Problem
from index.web.download import Downloader, Fetched
from index.web.inflate import inflate
from index.web.markup import MOST_XML_BYTES, local_name, parse_xml

MOST_DEPTH = 3
"""Files from an index down to a sitemap: an index of indexes is against the protocol, yet served."""

MOST_SITEMAPS = 1_000
_GZIP = b"\x1f\x8b"
_DATE = re.compile(r"([0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)(?:T.*)?")


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A URL as the sitemap writes it, and its ``lastmod``, an ISO 8601 date of day precision or less."""

    url: str
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """One file: the pages of a site, or other sitemaps."""

    kind: Literal["pages", "sitemaps"]
    entries: tuple[SitemapEntry, ...]


def is_sitemap(root: Any) -> bool:
    """Whether an XML document with this root element is a sitemap or an index of sitemaps."""
    return local_name(root) in ("urlset", "sitemapindex")


def unpacked(content: bytes) -> bytes:
    """A file's content, unpacked if it is gzipped. Raises ReadError if it is damaged or too large."""
    return inflate(content, MOST_XML_BYTES) if content.startswith(_GZIP) else content


def read_sitemap(content: bytes) -> Sitemap:
    """One sitemap or index. Raises ReadError if it is none, or not valid XML to the end."""
    root = parse_xml(unpacked(content))
    if not is_sitemap(root):
        raise ReadError("it is not a sitemap")
    kind: Literal["pages", "sitemaps"] = "pages" if local_name(root) == "urlset" else "sitemaps"
    wanted = "url" if kind == "pages" else "sitemap"
    found = (_entry(each) for each in root if local_name(each) == wanted)
    return Sitemap(kind, tuple(entry for entry in found if entry is not None))


def walk_sitemaps(first: Fetched, downloader: Downloader) -> Iterator[SitemapEntry | Problem]:
    """The pages named by a sitemap that was fetched and by those below it, read one by one as they are asked for.

    A sitemap that comes up again is not read again. One that cannot be read, or lies too deep, comes as a problem.
    Raises ReadError if the first one cannot be read.
    """
    depths = {first.url: 1}
    waiting: deque[str] = deque()

    def taken(url: str, sitemap: Sitemap) -> Iterator[SitemapEntry | Problem]:
        if sitemap.kind == "pages":
            yield from sitemap.entries
            return
        new = dict.fromkeys(entry.url for entry in sitemap.entries if entry.url not in depths)
        if new and depths[url] >= MOST_DEPTH:
            yield Problem(url, f"it names more sitemaps, which are not read beyond {MOST_DEPTH} levels")
            return
        fitting = list(new)[: MOST_SITEMAPS - len(depths)]
        if len(fitting) < len(new):
            yield Problem(url, f"it names more sitemaps than the {MOST_SITEMAPS} that are read of one site")
        depths.update(dict.fromkeys(fitting, depths[url] + 1))
        waiting.extend(fitting)

    yield from taken(first.url, read_sitemap(first.content))
    while waiting:
        url = waiting.popleft()
        try:
            fetched = downloader.get(url)
            sitemap = read_sitemap(fetched.content) if isinstance(fetched, Fetched) else Sitemap("pages", ())
        except ReadError as error:
            yield Problem(url, error.user_message)
            continue
        depths.setdefault(fetched.url, depths[url])
        yield from taken(url, sitemap)


def _entry(element: Any) -> SitemapEntry | None:
    texts = {local_name(each): (each.text or "").strip() for each in element}
    if not texts.get("loc"):
        return None
    modified = _DATE.fullmatch(texts.get("lastmod", ""))
    return SitemapEntry(texts["loc"], modified[1] if modified else None)

"""What a web location offers: a page itself, the items of a feed, the pages of a sitemap."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from index.errors import ReadError
from index.types import Problem
from index.web.download import Downloader, Fetched
from index.web.feeds import is_feed, read_feed
from index.web.markup import parse_xml
from index.web.paths import path_of
from index.web.sitemaps import is_sitemap, unpacked, walk_sitemaps

Kind = Literal["page", "feed", "sitemap"]

MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Item:
    """A document to fetch. ``path`` tells it apart and never changes; ``published`` is what a feed says, ``modified``
    what a sitemap says, both ISO 8601 dates.
    """

    path: str
    url: str
    published: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The items at a location, each once, in its order. ``kind`` is what the location was found to be.

    ``complete`` is False if the location names more: some sitemap could not be read, or there are more items than
    asked for. A feed names its latest items only, and is complete with them.
    ``problems`` are items and sitemaps that were left out, at most ``MOST_PROBLEMS``.
    """

    kind: Kind
    items: tuple[Item, ...]
    problems: tuple[Problem, ...] = ()
    complete: bool = True


def look(
    kind: Kind | Literal["auto"],
    location: str,
    downloader: Downloader,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    most: int = 10_000,
) -> Listing:
    """The items at ``location``, at most ``most`` of them. Nothing is fetched of a page; "auto" fetches the location
    and tells by its content what it is.

    ``include`` and ``exclude`` are patterns for the URLs of a feed's or sitemap's items, with *, ? and [...], case
    counting: those that match some of ``include`` (all, if it is empty) and none of ``exclude`` are listed. Items
    whose address must not be read are problems. Raises ReadError if the location itself cannot be read.
    """
    if kind == "page":
        return _page(location, downloader)
    fetched = downloader.get(location)
    if not isinstance(fetched, Fetched):
        raise ReadError("the server sent nothing")
    found = recognise(fetched) if kind == "auto" else kind
    if found == "page":
        return _page(location, downloader)
    selection = _Selection(downloader, include, exclude, most)
    if found == "feed":
        for feed_item in read_feed(fetched.content, fetched.url):
            selection.add(feed_item.link, feed_item.title or feed_item.id or "", published=feed_item.published)
        return selection.listing("feed")
    for entry in walk_sitemaps(fetched, downloader):
        if isinstance(entry, Problem):
            selection.miss(entry)
        else:
            selection.add(entry.url, entry.url, modified=entry.modified)
        if selection.full:
            break
    return selection.listing("sitemap")


def recognise(fetched: Fetched) -> Kind:
    """What a location is, by the root element if it is XML (feeds are served under many content types)."""
    media_type = (fetched.media_type or "").partition(";")[0].strip().lower()
    if media_type == "text/html":
        return "page"
    try:
        root = parse_xml(unpacked(fetched.content), lenient=True)
    except ReadError:
        return "page"
    if is_sitemap(root):
        return "sitemap"
    return "feed" if is_feed(root) else "page"


def _page(location: str, downloader: Downloader) -> Listing:
    url = downloader.check(location)
    return Listing("page", (Item(path_of(url), url),))


class _Selection:
    """Items as they are found, each path once."""

    def __init__(self, downloader: Downloader, include: tuple[str, ...], exclude: tuple[str, ...], most: int) -> None:
        self._downloader = downloader
        self._include = include
        self._exclude = exclude
        self._most = most
        self._items: dict[str, Item] = {}
        self._problems: list[Problem] = []
        self._missed = False

    @property
    def full(self) -> bool:
        """Whether there are more items than were asked for."""
        return len(self._items) > self._most

    def add(self, link: str | None, name: str, published: str | None = None, modified: str | None = None) -> None:
        """Takes an item up, if it is wanted and may be read."""
        if link is None:
            self._tell(Problem(name, "it has no web address"))
            return
        try:
            url = self._downloader.check(link)
        except ReadError as error:
            self._tell(Problem(link, error.user_message))
            return
        if _any(url, self._include or ("*",)) and not _any(url, self._exclude):
            path = path_of(url)
            self._items.setdefault(path, Item(path, url, published, modified))

    def miss(self, problem: Problem) -> None:
        """Notes that items stay unknown."""
        self._missed = True
        self._tell(problem)

    def listing(self, kind: Kind) -> Listing:
        items = tuple(self._items.values())[: self._most]
        return Listing(kind, items, tuple(self._problems), complete=not self._missed and not self.full)

    def _tell(self, problem: Problem) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(problem)


def _any(url: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(url, pattern) for pattern in patterns)

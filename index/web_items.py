"""What a source on the web has to be read: a page, the pages of a feed or sitemap, a sanctions list."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from index.errors import ReadError
from index.items import Content, Found, Known
from index.lists import HEAD, ListFormat, recognise
from index.types import Source
from index.web.download import Downloader, Fetched, Validators
from index.web.errors import Gone
from index.web.looking import look
from index.web.paths import path_of

MOST_ITEMS = 50_000
"""Of one feed or sitemap."""


def find_on_the_web(source: Source, downloader: Downloader, known: Collection[str] = ()) -> Found:
    """What there is to read of a source on the web; see ``index.locations.find_items``."""
    kind = source.kind if source.kind in {"page", "feed", "sitemap"} else "auto"
    if source.kind == "list" or (kind == "auto" and path_of(downloader.check(source.location)) in known):
        kind = "page"  # what was found to be one is not fetched again to find it out
    listing = look(kind, source.location, downloader, source.include, source.exclude, MOST_ITEMS)
    items = tuple(_WebItem(each.path, each.url, downloader, each.published) for each in listing.items)
    # A feed shows what is new; what it no longer shows is not gone.
    complete = listing.kind != "feed" and listing.complete
    return Found(items, listing.kind == "page", complete, listing.problems)


@dataclass(frozen=True, slots=True)
class _WebItem:
    """A document at an address; of a sanctions list, with what belongs to it beside it there. What the server wants to
    hear of the document itself stands under its path.
    """

    path: str
    url: str
    downloader: Downloader
    published: str | None = None

    def read(self, known: Known) -> Content | None:
        first = _fetch(self.downloader, self.url, known.get(self.path, {}))
        if first is None:
            # The list itself is unchanged; what belongs to it may not be.
            beside = {name: validators for name, validators in known.items() if name != self.path}
            if not any(self._companion(name, validators, known) for name, validators in beside.items()):
                return None
            first = _fetch(self.downloader, self.url, {})
        if first is None:
            raise ReadError("the server says that it is unchanged, without being asked")
        name, found = self._recognised(first)
        files, validators = {name: first.content}, {self.path: _validators(first)}
        for other in found.companions if found is not None else ():
            fetched = self._companion(other, {}, known)
            if fetched is not None:
                files[other], validators[other] = fetched.content, _validators(fetched)
        return Content(files, name, first.media_type, first.url, validators)

    def _recognised(self, fetched: Fetched) -> tuple[str, ListFormat | None]:
        """The name to read it by, and the format if it is a sanctions list: some are told by their names."""
        asked = PurePosixPath(urlsplit(self.url).path).name
        for name in (asked, fetched.file_name or asked):
            found = recognise(name, fetched.content[:HEAD])
            if found is not None:
                return name, found
        return fetched.file_name or PurePosixPath(self.path).name, None

    def _companion(self, name: str, validators: Mapping[str, str], known: Known) -> Fetched | None:
        """None if it is unchanged, or was never there. Without one that was, the list would lack its names."""
        try:
            return _fetch(self.downloader, urljoin(self.url, name), validators)
        except Gone as error:
            if name in known:
                raise ReadError(f"{name}, which belongs to it, is gone: {error.user_message}") from error
            return None
        except ReadError as error:
            raise ReadError(f"{name}, which belongs to it, was not read: {error.user_message}") from error


def _fetch(downloader: Downloader, url: str, known: Mapping[str, str]) -> Fetched | None:
    validators = Validators(known.get("etag"), known.get("last_modified"), known.get("url")) if known else None
    answer = downloader.get(url, validators)
    return answer if isinstance(answer, Fetched) else None


def _validators(fetched: Fetched) -> dict[str, str]:
    given = {"etag": fetched.etag, "last_modified": fetched.last_modified, "url": fetched.url}
    return {name: value for name, value in given.items() if value}

"""What a page says of itself in its head: Open Graph (https://ogp.me), Dublin Core, and links."""

from dataclasses import dataclass

from lxml import etree

from index.readers.text import clean, iso_date, web_address

_PUBLISHERS = ("og:site_name", "dc.publisher", "dcterms.publisher", "citation_publisher")
_DATES = (
    "article:published_time", "og:published_time", "datepublished", "dc.date.issued", "dcterms.issued",
    "citation_publication_date", "citation_date", "dc.date", "dcterms.date", "dc.date.created",
    "dcterms.created", "date",
)  # fmt: skip
_TITLES = ("og:title", "dc.title", "dcterms.title", "citation_title")
_NAMED_BY = ("property", "name", "itemprop")


@dataclass(frozen=True, slots=True)
class Metadata:
    """``published`` is an ISO 8601 date, ``url`` an http(s) address; each None if the page does not tell."""

    title: str | None
    publisher: str | None
    published: str | None
    url: str | None


def read_metadata(tree: etree._Element) -> Metadata:
    """The fields that the head of a page declares; the address is the canonical one, else that of Open Graph."""
    declared: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        for key in _NAMED_BY:
            name = (element.get(key) or "").strip().lower()
            if name and content and content.strip():
                declared.setdefault(name, content)
    published = (iso_date(declared.get(name, "").replace("/", "-")) for name in _DATES)
    return Metadata(
        clean(_first(declared, _TITLES)),
        publisher(_first(declared, _PUBLISHERS)),
        next((date for date in published if date is not None), None),
        _canonical(tree) or web_address(declared.get("og:url")),
    )


def publisher(value: str | None) -> str | None:
    """A name, cleaned; None for an address, the name of an account, or a template that was not filled in."""
    name = clean(value)
    return None if name is None or name.startswith(("http://", "https://", "@", "{", "$", "www.")) else name


def _canonical(tree: etree._Element) -> str | None:
    for element in tree.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split():
            return web_address(element.get("href"))
    return None


def _first(declared: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((declared[name] for name in names if name in declared), None)

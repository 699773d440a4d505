"""What an answer says beside its quotes, in sentences: the same for every screen. Pure.

Everything from outside is visible and on one line; markup is left to whoever shows it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from textwrap import shorten

from bot.render.visible import visible_line
from bot.types import Answer, Difference, Overview, Quote, SearchedCollection
from index.types import Filter

NOT_FOUND = "Not found in these sources."
NOTHING_MORE = "There are no more quotes for this question."
NOTHING_STORED = "No documents are stored yet."
NOTHING_OPEN = "No collection is open to you here."
CLOSEST = "Closest, but not an answer:"

_LONGEST_SUBJECT = 100
"""Characters."""

_MOST_DIFFERENCES = 3

_GOES_ON = re.compile(r"(?:[,;:—–]|[,;] (?:and|or|but))\Z")

_ABOUT = {"date": "the date", "number": "the number", "status": "how things stand"}


def notes(answer: Answer) -> Iterator[str]:
    """What was searched otherwise than a reader would expect, as one line; nothing if nothing was."""
    understood = answer.understanding
    if understood is None:
        return
    told = [
        f"“{visible_line(each.searched)}” instead of “{visible_line(each.typed)}”" for each in understood.corrections
    ]
    sentences = [f"Searched for {', '.join(told)}."] if told else []
    if understood.context_used:
        sentences.append("Read together with the question before it.")
    if answer.found and (dates := published(understood.filter)):
        sentences.append(f"Only documents {dates}.")
    if sentences:
        yield " ".join(sentences)


def differing(answer: Answer) -> Iterator[str]:
    """A line for each difference, the newest document first, with the documents' dates."""
    quotes = {quote.number: quote for quote in answer.quotes}
    for difference in answer.differences:
        yield _differing(difference, quotes)


def differing_here(answer: Answer, shorten_line: Callable[[str], str]) -> list[str]:
    """Lines for the first three differences between quotes that are all in this answer, each shortened, and one that
    counts the others.
    """
    here = {quote.number for quote in answer.quotes}
    between = tuple(each for each in answer.differences if here.issuperset(each.numbers))
    lines = [shorten_line(line) for line in differing(replace(answer, differences=between))]
    if hidden := len(lines[_MOST_DIFFERENCES:]):
        lines[_MOST_DIFFERENCES:] = [f"They also differ on {hidden} other point{'' if hidden == 1 else 's'}."]
    return lines


def left_out(quotes: int) -> str:
    """That there was no room for so many quotes."""
    return f"{quotes} more quote{' was' if quotes == 1 else 's were'} left out for length."


def not_listed(collections: int) -> str:
    """That there was no room for so many collections."""
    return f"{collections} more collection{' is' if collections == 1 else 's are'} not listed."


def brought_up_to_date(synced: str, shorten_date: Callable[[str], str]) -> str:
    """When the index was built, to the minute in UTC; as it is if it cannot be read."""
    try:
        moment = datetime.fromisoformat(synced)
    except ValueError:
        return f"Brought up to date {shorten_date(synced) or '–'}."
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"Brought up to date {moment:%Y-%m-%d at %H:%M} UTC."


def collection_size(collection: SearchedCollection, shorten_date: Callable[[str], str]) -> str:
    """How much is in it and how new it is."""
    newest = shorten_date(collection.newest or "")
    return f" · {documents(collection.documents)}{f' · newest {newest}' if newest else ''}"


def documents(count: int) -> str:
    return f"{count} document{'' if count == 1 else 's'}"


def searched(answer: Answer) -> Iterator[str]:
    """What was searched, as one line; nothing if that is not known."""
    collections = []
    for each in answer.searched:
        newest = f", newest {visible_line(each.newest)}" if each.newest else ""
        collections.append(f"{visible_line(each.name)} ({documents(each.documents)}{newest})")
    dates = published(answer.understanding.filter) if answer.understanding else ""
    parts = [", ".join(collections), dates]
    if any(parts):
        yield f"Searched: {'; '.join(part for part in parts if part)}."


def published(limits: Filter) -> str:
    """The limits on dates, in words; empty without any."""
    if limits.since and limits.until:
        return f"published from {limits.since} to {limits.until}"
    if limits.since:
        return f"published since {limits.since}"
    return f"published until {limits.until}" if limits.until else ""


def nothing_listed(overview: Overview) -> str:
    """Why an overview is empty."""
    return NOTHING_OPEN if overview.closed else NOTHING_STORED


def breaks_off(text: str) -> bool:
    """Whether a quote stops where its sentence goes on, as in a list."""
    return _GOES_ON.search(text) is not None


def _differing(difference: Difference, quotes: dict[int, Quote]) -> str:
    said = []
    for number, value in zip(difference.numbers, difference.values, strict=True):
        dated = visible_line(quotes[number].document.published or "no date")
        said.append(f"[{number}] ({dated}) says “{visible_line(value)}”")
    subject = visible_line(difference.subject)
    told = f" (“{shorten(subject, _LONGEST_SUBJECT, placeholder=' …')}”)" if subject else ""
    return f"Sources differ on {_ABOUT[difference.about]}{told}: {'; '.join(said)}."

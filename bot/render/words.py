"""What an answer says beside its quotes, in sentences: the same for every screen. Pure.

Everything from outside is visible and on one line; markup is left to whoever shows it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from textwrap import shorten

from bot.render.cut import shortened
from bot.render.visible import visible_line
from bot.types import MOST_REPETITIONS, Answer, Difference, NameMatch, Overview, Quote, SearchedCollection
from index.types import Document, Filter

NOT_FOUND = "Not found in these sources."
NOTHING_MORE = "There are no more quotes for this question."
NOTHING_STORED = "No documents are stored yet."
NOTHING_OPEN = "No collection is open to you here."
CLOSEST = "Closest, but not an answer:"
ALIKE = "Names that are alike, not stated to be the same:"
SAME_WORDS = "The same words: "
MOST_REPEATED = 3
"""Other documents with a quote's words that are named."""

_LONGEST_SUBJECT = 100
_LONGEST_NAME = 120
"""Characters."""

_SAME_FROM = 0.995
"""Score from which a name is not said to be only like another: it would be 100%."""

_MOST_DIFFERENCES = 3

_GOES_ON = re.compile(r"(?:[,;:—–]|[,;] (?:and|or|but))\Z")

_ABOUT = {"date": "the date", "number": "the number", "status": "how things stand"}


def notes(answer: Answer) -> Iterator[str]:
    """The day that was asked of, and what was searched otherwise than a reader would expect or is nowhere: a line
    each; nothing if nothing was.
    """
    if answer.as_of is not None:
        yield f"As of {answer.as_of}: what was held, and what the lists said, on that day."
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
        lists = "; limits on dates are not for sanctions lists" if answer.lookups else ""
        sentences.append(f"Only documents {dates}{lists}.")
    # The reason of a refusal says the decisive ones.
    names = [visible_line(each.name) for each in understood.unsaid if answer.found or not each.decisive]
    if names:
        sentences.append(f"No source here says {' or '.join(f'“{name}”' for name in names)}.")
    if sentences:
        yield " ".join(sentences)


def lookups(answer: Answer) -> Iterator[str]:
    """A line for what each sanctions list says; nothing for a refusal, whose reason says it."""
    if answer.found:
        yield from (visible_line(each.sentence) for each in answer.lookups)


def lookups_here(
    answer: Answer, shorten_line: Callable[[str], str], room: int, count: Callable[[str], int]
) -> list[str]:
    """The same lines, each shortened, as many as ``count`` at most ``room`` together; and how many were left out."""
    lines = [line for line in map(shorten_line, lookups(answer)) if line]
    kept = sum(total <= room for total in accumulate(map(count, lines)))
    if hidden := len(lines) - kept:
        told = "What 1 more list says is" if hidden == 1 else f"What {hidden} more lists say is"
        lines[kept:] = [f"{told} left out for length."]
    return lines


def listed_as(match: NameMatch) -> str:
    """The name that an entry of a list was found by, and how far it is the one that was asked for."""
    weak = " (a weak alias)" if match.weak else ""
    asked = shortened(match.asked, _LONGEST_NAME)
    like = "" if match.score >= _SAME_FROM else f", {match.score:.0%} like “{asked}”"
    return f"Listed as “{shortened(match.listed, _LONGEST_NAME)}”{weak}{like}."


def not_named(repeated: int) -> str:
    """What stands behind the documents with the same words that are named."""
    least = "at least " if repeated >= MOST_REPETITIONS else ""
    return f" and {least}{repeated - MOST_REPEATED} more" if repeated > MOST_REPEATED else ""


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
        said.append(f"[{number}] ({_dated(quotes[number].document)}) says “{visible_line(value)}”")
    subject = visible_line(difference.subject)
    told = f" (“{shorten(subject, _LONGEST_SUBJECT, placeholder=' …')}”)" if subject else ""
    return f"Sources differ on {_ABOUT[difference.about]}{told}: {'; '.join(said)}."


def _dated(document: Document) -> str:
    edition = document.edition
    if edition is not None and edition.date and edition.dated:
        return f"edition of {visible_line(edition.date)}"
    return visible_line(document.published or "no date")

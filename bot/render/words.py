"""What an answer says beside its quotes, in sentences: the same for every screen. Pure.

Everything from outside is visible and on one line; markup is left to whoever shows it.
"""

import re
from collections.abc import Iterator
from textwrap import shorten

from bot.render.visible import visible_line
from bot.types import Answer, Difference, Quote
from index.types import Filter

_LONGEST_SUBJECT = 100
"""Characters."""

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


def searched(answer: Answer) -> Iterator[str]:
    """What was searched, as one line; nothing if that is not known."""
    collections = []
    for each in answer.searched:
        count = f"{each.documents} document{'' if each.documents == 1 else 's'}"
        newest = f", newest {visible_line(each.newest)}" if each.newest else ""
        collections.append(f"{visible_line(each.name)} ({count}{newest})")
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

"""Where quotes contradict each other: other dates, numbers or states for the same thing. Pure.

A false alarm costs more than a contradiction that is missed: readers would learn to skip the line. So two
clauses are compared only if they name the same things, tell of the same kind of event in nearly the same
words, and agree in everything else that could set them apart (other dates, other numbers, ordinals).
"""

import re
from collections.abc import Sequence

from bot.claim import Claim, Value, find_claims
from bot.types import Difference, Quote

SAME_SUBJECT = 0.6
"""Share of their words, without values, that two clauses about the same thing have in common."""

MOST_YEARS_APART = 2
"""Dates further apart than this are more likely of two events: an embassy can be closed twice."""

# Either clause alone having one of these means that they are about two things.
_APART = frozenset(
    "first second third fourth last again former new old temporary temporarily acting another other north south east"
    " west northern southern eastern western deputy vice honorary not no never planned would will may must initial"
    " original each per annual annually every partially fully only all some people’s people's provisional".split()
)


NEAR_THE_BEST = 0.5
"""A quote with this share of the best score, or more, is about what the answer is about."""


def find_differences(quotes: Sequence[Quote]) -> tuple[Difference, ...]:
    """What the quotes' highlighted sentences say differently of the same thing, each thing once.

    Only sentences of different documents are compared: what one document says twice is two things. A difference
    is told only if it is about what the answer is about: the first quote is one of those that differ, or
    two of them score NEAR_THE_BEST.
    """
    differences: list[Difference] = []
    claims = [claim for quote in quotes for claim in find_claims(quote)]
    while claims:
        first, *rest = claims
        against = [claim for claim in rest if _differ(first, claim)]
        if against and _matters([first, *against], quotes):
            once = {claim.quote.number: claim for claim in reversed(against)}
            differences.append(_difference([first, *once.values()]))
        claims = [claim for claim in rest if claim not in against]
    return tuple(differences)


def _matters(group: list[Claim], quotes: Sequence[Quote]) -> bool:
    least = NEAR_THE_BEST * max(quote.score for quote in quotes)
    near = {claim.quote.number for claim in group if claim.quote.score >= least}
    return len(near) > 1 or any(claim.quote is quotes[0] for claim in group)


def _difference(group: list[Claim]) -> Difference:
    group = sorted(group, key=lambda claim: claim.quote.number)
    group.sort(key=lambda claim: claim.quote.document.published or "", reverse=True)
    return Difference(
        about=group[0].value.about,
        subject=_subject(group[0]),
        numbers=tuple(claim.quote.number for claim in group),
        values=tuple(claim.said for claim in group),
    )


def _differ(one: Claim, other: Claim) -> bool:
    """Whether two claims are about the same thing and cannot both be right."""
    if one.quote.document.id == other.quote.document.id:
        return False
    if one.value.about != other.value.about or _agree(one.value, other.value):
        return False
    if one.names != other.names or one.events != other.events or one.others != other.others:
        return False
    if one.kinds and other.kinds and one.kinds != other.kinds:
        return False
    if (one.words ^ other.words) & _APART:
        return False
    if one.value.about == "number" and len((one.words | one.kinds) & (other.words | other.kinds)) < 2:
        return False
    ours, theirs = one.words | one.names, other.words | other.names
    return len(ours & theirs) / len(ours | theirs) >= SAME_SUBJECT


def _agree(one: Value, other: Value) -> bool:
    """Whether both can be right: a day within the year that the other gives, a number of something else."""
    if one.about != "date":
        return one.key[0] != other.key[0] or one.key == other.key
    if abs(int(one.key[0]) - int(other.key[0])) > MOST_YEARS_APART:
        return True
    return all(ours == theirs or not ours or not theirs for ours, theirs in zip(one.key, other.key, strict=True))


def _subject(claim: Claim) -> str:
    """The words of the clause before the value, or behind it where it comes first."""
    before = re.sub(
        r"\s+(?:on|in|at|with|of|has|had|to|is|are|remains?|for)\Z", "", claim.clause[: claim.value.start].strip()
    )
    return before if len(before.split()) > 2 else claim.clause[claim.value.end :].strip(" ,")

"""What people asked and did not get, in groups: the list of documents to add. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot.chat.store import Unanswered
from bot.places import load_places
from bot.question import has_words
from bot.types import Gap
from index.types import Vectors

ALIKE = 0.75
"""Cosine from which two questions about the same countries ask for the same thing."""

OTHERS = 3
"""Further wordings that are shown of a group."""


@dataclass(slots=True)
class _Group:
    places: frozenset[str]
    vector: Vectors
    questions: list[Unanswered] = field(default_factory=list)


def find_gaps(unanswered: Sequence[Unanswered], encode: Callable[[str], Vectors]) -> tuple[Gap, ...]:
    """Groups of questions, the most asked first, then the newest. Expects the newest question first.

    Two questions belong together if they name the same countries and their vectors, which ``encode`` gives, have
    a cosine of at least ALIKE with the first question of the group. The most frequent wording comes first.
    """
    unanswered = [each for each in unanswered if has_words(each.question)]
    times = Counter(_folded(each.question) for each in unanswered)
    wordings: dict[str, Unanswered] = {}
    for each in unanswered:
        wordings.setdefault(_folded(each.question), each)
    ordered = sorted(wordings.values(), key=lambda each: -times[_folded(each.question)])
    groups: list[_Group] = []
    by_wording: dict[str, _Group] = {}
    for each in ordered:
        places, vector = _places(each.question), encode(each.question)
        alike = [group for group in groups if group.places == places]
        best = max(alike, key=lambda group: float(np.dot(group.vector, vector)), default=None)
        if best is None or float(np.dot(best.vector, vector)) < ALIKE:
            best = _Group(places, vector)
            groups.append(best)
        by_wording[_folded(each.question)] = best
    for each in unanswered:
        by_wording[_folded(each.question)].questions.append(each)
    gaps = [_gap(group, times) for group in groups]
    gaps.sort(key=lambda gap: gap.latest, reverse=True)
    return tuple(sorted(gaps, key=lambda gap: -gap.times))


def _gap(group: _Group, times: Counter[str]) -> Gap:
    wordings: dict[str, str] = {}
    for each in group.questions:  # the newest first
        wordings.setdefault(_folded(each.question), each.question)
    shown = sorted(wordings, key=lambda folded: -times[folded])
    return Gap(
        question=wordings[shown[0]],
        times=len(group.questions),
        latest=max(each.asked for each in group.questions),
        marked_wrong=sum(each.marked_wrong for each in group.questions),
        others=tuple(wordings[folded] for folded in shown[1 : OTHERS + 1]),
    )


def _folded(question: str) -> str:
    return " ".join(question.casefold().rstrip("?!. ").split())


def _places(question: str) -> frozenset[str]:
    return frozenset(country.name for mention in load_places().mentions(question) for country in mention.countries)

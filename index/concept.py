"""What a query asks for, word by word: each word or name with the other ways to say it. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from index.types import Query

ALTERNATIVE_WEIGHT = 0.5
"""What another way to say a thing counts in BM25, against 1 for the way it was asked."""


@dataclass(frozen=True, slots=True)
class Way:
    """Terms of the lexical index that together say a thing, and how much finding them counts."""

    terms: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Concept:
    """A word or name of a query: ``ways[0]`` as it was asked, then the other ways to say it."""

    ways: tuple[Way, ...]


def concepts(query: Query, terms_of: Callable[[str], list[str]]) -> tuple[Concept, ...]:
    """The concepts of a query. Every term of its text is in exactly one of them, as it was asked.

    ``terms_of`` gives the terms of a text. A word that stands twice counts twice.
    """
    left = Counter(terms_of(query.text))
    found: list[Concept] = []
    for alternative in query.alternatives:
        asked = tuple(dict.fromkeys(terms_of(alternative.words)))
        if not asked or any(left[term] == 0 for term in asked):
            continue
        others = dict.fromkeys(tuple(dict.fromkeys(terms_of(other))) for other in alternative.others)
        ways = [Way(other, ALTERNATIVE_WEIGHT) for other in others if other and other != asked]
        found.append(Concept((Way(asked, float(min(left[term] for term in asked))), *ways)))
        for term in asked:
            del left[term]
    return (*found, *(Concept((Way((term,), float(count)),)) for term, count in sorted(left.items()) if count > 0))


def without(names: Iterable[tuple[str, ...]]) -> Callable[[list[str]], list[str]]:
    """A function that gives the terms of a text without the ``names`` that stand in it, of names that begin alike the
    longest.
    """
    longest_first = sorted((name for name in names if name), key=len, reverse=True)
    first = frozenset(name[0] for name in longest_first)

    def rest(terms: list[str]) -> list[str]:
        if first.isdisjoint(terms):
            return terms
        kept: list[str] = []
        place = 0
        while place < len(terms):
            here = (name for name in longest_first if tuple(terms[place : place + len(name)]) == name)
            found = next(here, ())
            if not found:
                kept.append(terms[place])
            place += len(found) or 1
        return kept

    return rest


class Coverage:
    """How much of the concepts a text covers. ``rarity`` is a term's weight, at least 0."""

    def __init__(self, wanted: Sequence[Concept], rarity: Callable[[str], float]) -> None:
        ways = [[frozenset(way.terms) for way in concept.ways] for concept in wanted]
        self._rarity = {term: rarity(term) for each in ways for term in each[0]}
        self._asked = frozenset(self._rarity)
        self._others = [(asked, others) for asked, *others in ways if others]
        self._total = fsum(self._rarity.values())
        self._counted = self._asked.union(*(other for _, others in self._others for other in others))
        self._shares: dict[frozenset[str], float] = {}

    def said(self, words: Iterable[str]) -> frozenset[str]:
        """Those of the words that count."""
        return self._counted.intersection(words)

    def share(self, words: Iterable[str]) -> float:
        """The share, by rarity, of what is wanted that the words say, in [0, 1]. Another way of saying a thing counts
        if all its words are there.
        """
        said = self.said(words)
        share = self._shares.get(said)
        if share is None:
            share = self._shares[said] = self._share(said)
        return share

    def _share(self, said: frozenset[str]) -> float:
        if self._total <= 0:
            return 0.0
        covered = self._asked & said
        for asked, others in self._others:
            if not asked <= covered and any(other <= said for other in others):
                covered |= asked
        # Exact, whatever the order.
        return min(1.0, fsum(self._rarity[term] for term in covered) / self._total)

"""All names of the sanctions lists, to be found by one that may be misspelt, transliterated or turned around.

A search goes in two steps. Every word of the name is compared with the sound of every listed word, which gives the
rows that share the rarest words; the best of those are compared in full, as ``index.name_scores`` does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from index.errors import GenerationError
from index.name_facts import adjustment
from index.name_file import Numbers, pack, unpack
from index.name_forms import Kind, NormalName, Word, normal_form
from index.name_letters import skeleton, sound, unvowelled
from index.name_scores import CANDIDATE, STATED, compare, score
from index.name_words import SAME_NAMES

__all__ = [
    "CANDIDATE",
    "STATED",
    "Kind",
    "NameCandidate",
    "NameIndex",
    "NameRow",
    "NormalName",
    "compare",
    "normal_form",
]

_COMPARED = 60  # rows compared in full; twice as many find no more
_ALIKE, _SAME_NAME, _SAME_SKELETON = 0.6, 0.95, 0.8  # of sounds, for the first step
_TOGETHER = 0.7  # how alike names must be when written without spaces
_EXACT, _LONG = 0.98, 7  # what a weak alias takes to be stated: a score, and letters if it is one word
_UNSTATED = STATED - 0.01
_FORMS_KEPT = 4096  # of rows that were compared lately
_MOST_WRITTEN = 200  # letters compared to tell equal scores apart

_Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NameRow:
    """One name of an entry. ``entry`` is any number of the caller's; ``births`` are ISO 8601 dates of any precision,
    ``countries`` names in English.
    """

    entry: int
    kind: Kind
    text: str
    weak: bool
    original_script: bool
    births: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameCandidate:
    """An entry that a name may be of, and the listed name that is most alike. ``score`` is in [0, 1], higher is
    better: from STATED on it is said to be the same name, from CANDIDATE on it is worth a look.
    """

    entry: int
    text: str
    score: float
    weak: bool


@dataclass(frozen=True, slots=True)
class _Weights:
    """Among the rows that are ``allowed``, ``size`` of them: how rare each sound is, and what the sounds of each row
    weigh together.
    """

    allowed: npt.NDArray[np.bool_]
    size: int
    rarity: _Scores
    rows: _Scores


class NameIndex:
    """The names of one generation. Searches may run in several threads at once."""

    def __init__(self, content: bytes) -> None:
        """``content`` is what ``build`` gave. Raises GenerationError if it is not."""
        try:
            self._strings, self._starts, self._postings, self._facts = unpack(content)
            self._sounds = self._strings["sounds"].split()
            self._joined = self._strings["joined"].split(" ")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GenerationError("The names of the sanctions lists are damaged; a sync mends them.") from error
        self._size = len(self._strings["texts"])
        self._form = lru_cache(_FORMS_KEPT)(self._read_form)
        counts = np.diff(self._starts)
        self._sound_of: Numbers = np.repeat(np.arange(len(counts)), counts)
        self._every = self._weights(np.ones(self._size, np.bool_))

    @staticmethod
    def build(rows: Sequence[NameRow]) -> bytes:
        """The file of ``rows``, as ``index.name_file`` describes it; the same for the same rows."""
        forms = [normal_form(row.text) for row in rows]
        postings: dict[str, list[int]] = {}
        for number, form in enumerate(forms):
            for folded in {word.sound for word in form.words}:
                postings.setdefault(folded, []).append(number)
        sounds = sorted(postings)
        facts: dict[tuple[Sequence[str], Sequence[str]], int] = {}
        fact_of = [facts.setdefault((row.births, row.countries), len(facts)) for row in rows]
        return pack(
            {
                "texts": [row.text for row in rows],
                "entries": [row.entry for row in rows],
                "kinds": [row.kind for row in rows],
                "weak": [int(row.weak) for row in rows],
                "original_script": [int(row.original_script) for row in rows],
                "facts": list(facts),
                "sounds": " ".join(sounds),
                "joined": " ".join(form.joined for form in forms),
            },
            starts=np.cumsum([0, *(len(postings[folded]) for folded in sounds)]).tolist(),
            postings=[number for folded in sounds for number in postings[folded]],
            facts=fact_of,
        )

    def search(
        self,
        name: str,
        limit: int,
        births: Sequence[str] = (),
        countries: Sequence[str] = (),
        allowed: Callable[[int], bool] | None = None,
    ) -> list[NameCandidate]:
        """The entries whose names are most like ``name``, best first, at most ``limit``, each by its best name.

        What is hardly alike is given as well: it is the caller who compares scores with STATED and CANDIDATE. Where
        ``births`` (ISO 8601 dates of any precision) contradict an entry's, its score falls below STATED; other
        ``countries`` (in English) cost a little; where they agree, they tell namesakes apart. ``allowed`` tells
        which entries may be found.
        """
        form = normal_form(name)
        if not form.words or limit < 1:
            return []
        written = name.casefold()[:_MOST_WRITTEN]
        best: dict[int, tuple[tuple[float, float], NameCandidate]] = {}
        for row in self._shortlist(form, allowed):
            alike = self._score(row, form, births, countries)
            entry, text = self._strings["entries"][row], self._strings["texts"][row]
            rank = alike, OSA.normalized_similarity(written, text.casefold())
            if alike > 0.0 and (entry not in best or rank > best[entry][0]):
                weak = bool(self._strings["weak"][row])
                best[entry] = rank, NameCandidate(entry, text, min(alike, 1.0), weak)
        ranked = sorted(best.values(), key=lambda found: (found[0], -found[1].entry), reverse=True)
        return [candidate for _, candidate in ranked[:limit]]

    def _score(self, row: int, form: NormalName, births: Sequence[str], countries: Sequence[str]) -> float:
        """At least 0.0; births and countries that agree can lift it over 1.0."""
        listed = self._form(row)
        alike = score(form, listed, self._strings["kinds"][row])
        if births or countries:
            listed_births, listed_countries = self._strings["facts"][self._facts[row]]
            factor, added = adjustment(births, listed_births, countries, listed_countries)
            alike = alike * factor + (added if alike >= CANDIDATE else 0.0)
        if self._strings["weak"][row]:
            short = len(listed.words) == 1 and len(listed.words[0].plain) < _LONG
            alike = min(alike, _UNSTATED) if short or alike < _EXACT else alike
        return alike

    def _read_form(self, row: int) -> NormalName:
        return normal_form(self._strings["texts"][row])

    def _shortlist(self, form: NormalName, allowed: Callable[[int], bool] | None) -> list[int]:
        """The rows to compare in full."""
        weights = self._every
        if allowed is not None:
            entries = self._strings["entries"]
            found = {entry: allowed(entry) for entry in set(entries)}
            weights = self._weights(np.array([found[entry] for entry in entries], np.bool_))
        rough = np.maximum(self._shared_words(form, weights), self._written_together(form.joined))
        rough[~weights.allowed] = 0.0
        rows = np.flatnonzero(rough)
        if len(rows) > _COMPARED:
            rows = rows[np.argpartition(rough[rows], -_COMPARED)[-_COMPARED:]]
        return [int(row) for row in rows]

    def _weights(self, allowed: npt.NDArray[np.bool_]) -> "_Weights":
        """What words count among the rows that are ``allowed``: the others have no say in how rare one is."""
        there = allowed[self._postings]
        counts = np.bincount(self._sound_of[there], minlength=len(self._sounds))
        size = int(allowed.sum())
        rarity = np.log1p(size / np.maximum(counts, 1)).astype(np.float32)
        rows = np.bincount(self._postings, np.where(there, rarity[self._sound_of], 0.0), self._size)
        return _Weights(allowed, size, rarity, rows.astype(np.float32))

    def _shared_words(self, form: NormalName, weights: "_Weights") -> _Scores:
        """For each row, the weight of the words that it shares with ``form``, in proportion to all words of both."""
        shared = np.zeros(self._size, np.float32)
        total = 0.0
        words = list({word.sound: word for word in form.words}.values())
        for word, alike in zip(words, self._alike(words, form.abjad), strict=True):
            sounds = np.flatnonzero(alike)
            sounds = sounds[np.argsort(alike[sounds] ** 2 * weights.rarity[sounds], kind="stable")]
            starts, lengths = self._starts[sounds], self._starts[sounds + 1] - self._starts[sounds]
            best = np.zeros(self._size, np.float32)
            # Of several sounds in one row, what is assigned last stays: the best.
            best[self._postings[_ranges(starts, lengths)]] = np.repeat(
                alike[sounds] ** 2 * weights.rarity[sounds], lengths
            )
            shared += best
            place = self._places.get(word.sound)
            total += float(np.float32(np.log1p(weights.size)) if place is None else weights.rarity[place])
        missing = 0.6 * np.maximum(total - shared, 0.0) + 0.3 * np.maximum(weights.rows - shared, 0.0)
        rough: _Scores = shared / np.maximum(shared + missing, 1e-6)
        return rough

    def _alike(self, words: Sequence[Word], abjad: bool) -> _Scores:
        """How alike each word and each sound are, in [0, 1], shape (words, sounds); 0.0 if hardly."""
        scores = _similarities([word.sound for word in words], self._sounds, _ALIKE)
        if abjad:
            spelt = [word.unvowelled for word in words]
            scores = np.maximum(scores, _similarities(spelt, self._unvowelled, _ALIKE))
        for number, word in enumerate(words):
            same = [place for other in _same_names(word.plain) if (place := self._places.get(sound(other))) is not None]
            scores[number, same] = np.maximum(scores[number, same], _SAME_NAME)
            if len(word.skeleton) > 2:
                places = self._skeletons.get(word.skeleton, [])
                scores[number, places] = np.maximum(scores[number, places], _SAME_SKELETON)
        return scores

    def _written_together(self, joined: str) -> _Scores:
        if not self._size:
            return np.zeros(0, np.float32)
        together: _Scores = _similarities([joined], self._joined, _TOGETHER)[0]
        return together

    @cached_property
    def _places(self) -> dict[str, int]:
        return {folded: place for place, folded in enumerate(self._sounds)}

    @cached_property
    def _skeletons(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, folded in enumerate(self._sounds):
            found.setdefault(skeleton(folded), []).append(place)
        return found

    @cached_property
    def _unvowelled(self) -> list[str]:
        return [unvowelled(folded) for folded in self._sounds]


def _similarities(words: Sequence[str], others: Sequence[str], least: float) -> _Scores:
    scores: _Scores = cdist(words, others, scorer=OSA.normalized_similarity, score_cutoff=least, dtype=np.float32)
    return scores


def _same_names(word: str) -> list[str]:
    """The other spellings of a common name."""
    groups = SAME_NAMES.get(word)
    return [other for other, found in SAME_NAMES.items() if not groups.isdisjoint(found)] if groups else []


def _ranges(starts: Numbers, lengths: Numbers) -> Numbers:
    """start, start + 1, ..., start + length - 1 for each, one after another."""
    ends = np.cumsum(lengths)
    ranges: Numbers = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths)
    return ranges

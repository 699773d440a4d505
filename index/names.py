"""All names of the sanctions lists, to be found by one that may be misspelt, transliterated or turned around.

A search goes in two steps. Every word of the name is compared with the sound of every listed word, which gives the
rows that share the rarest words; the best of those are compared in full, as ``index.name_scores`` does.

The file: a line ``legation names 1``, a line of JSON with the lengths of what follows in bytes, UTF-8 JSON with the
strings, then little-endian arrays of 32-bit integers: ``starts`` (one a sound, and the end) into ``postings`` (row
numbers, in order for each sound), and ``facts`` (one a row, a place in the list of births and countries).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from index.errors import GenerationError
from index.name_facts import adjustment
from index.name_forms import NormalName, Word, normal_form, skeleton, sound, unvowelled
from index.name_scores import CANDIDATE, STATED, Kind, compare, score
from index.name_words import SAME_NAMES

__all__ = ["CANDIDATE", "STATED", "Kind", "NameCandidate", "NameIndex", "NameRow", "NormalName", "compare", "normal_form"]

_MAGIC = b"legation names 1\n"
_KINDS: tuple[Kind, ...] = ("person", "entity", "vessel", "aircraft", "other")
_WEAK, _ORIGINAL_SCRIPT = 1, 2
_COMPARED = 120  # rows compared in full
_ALIKE = 0.6  # sounds less alike than this are not each other's spelling
_TOGETHER = 0.8  # how alike names must be when written without spaces
_EXACT, _SHORT = 0.98, 7
_UNSTATED = STATED - 0.01

_Rows = npt.NDArray[np.int64]
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
    """An entry that a name may be of, ``text`` the listed name that is most alike. ``score`` is in [0, 1], higher is
    better: from STATED on it is said to be the same name, from CANDIDATE on it is worth a look.
    """

    entry: int
    text: str
    score: float
    weak: bool


class NameIndex:
    """The names of one generation."""

    def __init__(self, content: bytes) -> None:
        """``content`` is what ``build`` gave. Raises GenerationError if it is not."""
        try:
            strings, self._starts, self._postings, self._facts = _unpacked(content)
            self._texts: list[str] = strings["texts"]
            self._entries: list[int] = strings["entries"]
            self._kinds: list[int] = strings["kinds"]
            self._flags: list[int] = strings["flags"]
            self._fact_values: list[list[list[str]]] = strings["facts"]
            self._sounds: list[str] = strings["sounds"].split(" ") if strings["sounds"] else []
            self._joined: list[str] = strings["joined"].split(" ") if self._texts else []
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GenerationError("The names of the sanctions lists are damaged; a sync mends them.") from error
        counts = np.diff(self._starts)
        self._rarity = np.log1p(len(self._texts) / np.maximum(counts, 1)).astype(np.float32)
        self._row_weights = np.bincount(
            self._postings, weights=np.repeat(self._rarity, counts), minlength=len(self._texts)
        ).astype(np.float32)
        self._forms: dict[int, NormalName] = {}

    @staticmethod
    def build(rows: Sequence[NameRow]) -> bytes:
        """The file of ``rows``, the same for the same rows in the same order."""
        forms = [normal_form(row.text) for row in rows]
        sounds = sorted({word.sound for form in forms for word in form.words})
        places = {folded: place for place, folded in enumerate(sounds)}
        postings: list[list[int]] = [[] for _ in sounds]
        for number, form in enumerate(forms):
            for folded in {word.sound for word in form.words}:
                postings[places[folded]].append(number)
        facts: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        fact_of = [facts.setdefault((row.births, row.countries), len(facts)) for row in rows]
        strings = {
            "texts": [row.text for row in rows],
            "entries": [row.entry for row in rows],
            "kinds": [_KINDS.index(row.kind) for row in rows],
            "flags": [_WEAK * row.weak + _ORIGINAL_SCRIPT * row.original_script for row in rows],
            "facts": list(facts),
            "sounds": " ".join(sounds),
            "joined": " ".join(form.joined for form in forms),
        }
        starts = np.cumsum([0, *map(len, postings)])
        flat = [number for numbers in postings for number in numbers]
        return _packed(strings, (starts, np.array(flat), np.array(fact_of)))

    def search(
        self,
        name: str,
        limit: int,
        births: Sequence[str] = (),
        countries: Sequence[str] = (),
        allowed: Callable[[int], bool] | None = None,
    ) -> list[NameCandidate]:
        """The entries whose names are most like ``name``, best first, at most ``limit``, each by its best name.

        Births that contradict an entry's make a match a candidate, countries count a little; where they agree, they
        tell namesakes apart. ``allowed`` tells which entries may be found. Entries that are not alike are left out
        by their score only: see CANDIDATE.
        """
        form = normal_form(name)
        if not form.words or not self._texts or limit < 1:
            return []
        best: dict[int, tuple[tuple[float, float], NameCandidate]] = {}
        for row in self._shortlist(form, allowed):
            found = self._candidate(row, form, name, births, countries)
            if found[0] > best.get(self._entries[row], ((0.0, 0.0), None))[0]:
                best[self._entries[row]] = found
        ranked = sorted(best.values(), key=lambda found: (found[0], -found[1].entry), reverse=True)
        return [candidate for _, candidate in ranked[:limit]]

    def _candidate(
        self, row: int, form: NormalName, name: str, births: Sequence[str], countries: Sequence[str]
    ) -> tuple[tuple[float, float], NameCandidate]:
        """The row as a candidate, and what it is ranked by: its score, and how alike the names are as they stand."""
        from rapidfuzz.distance import OSA

        listed = self._form(row)
        alike = score(form, listed, _KINDS[self._kinds[row]])
        weak = bool(self._flags[row] & _WEAK)
        if weak and (alike < _EXACT or (len(listed.words) == 1 and len(listed.words[0].plain) < _SHORT)):
            alike = min(alike, _UNSTATED)
        if births or countries:
            factor, added = adjustment(births, self._fact_values[self._facts[row]][0], countries, self._fact_values[self._facts[row]][1])
            alike = alike * factor + (added if alike * factor >= CANDIDATE else 0.0)
        text = self._texts[row]
        written = OSA.normalized_similarity(name.casefold(), text.casefold())
        return (alike, written), NameCandidate(self._entries[row], text, min(alike, 1.0), weak)

    def _form(self, row: int) -> NormalName:
        form = self._forms.get(row)
        if form is None:
            form = self._forms[row] = normal_form(self._texts[row])
        return form

    def _shortlist(self, form: NormalName, allowed: Callable[[int], bool] | None) -> list[int]:
        """The rows to compare in full."""
        rough = self._rough_scores(form)
        if allowed is not None:
            may = {entry: allowed(entry) for entry in set(self._entries)}
            rough[[not may[entry] for entry in self._entries]] = 0.0
        count = min(_COMPARED, len(rough))
        rows = np.argpartition(rough, -count)[-count:]
        return [int(row) for row in rows if rough[row] > 0.0]

    def _rough_scores(self, form: NormalName) -> _Scores:
        """For each row, the weight of the words that it shares with ``form``, in proportion to all words of both."""
        shared = np.zeros(len(self._texts), np.float32)
        total = 0.0
        words = list({word.sound: word for word in form.words}.values())
        for word, (sounds, alike) in zip(words, self._alike(words, form.abjad), strict=True):
            best = np.zeros(len(self._texts), np.float32)
            order = np.argsort(alike, kind="stable")  # what is assigned last stays: the most alike
            sounds, alike = sounds[order], alike[order] ** 2 * self._rarity[sounds[order]]
            lengths = self._starts[sounds + 1] - self._starts[sounds]
            best[self._postings[_ranges(self._starts[sounds], lengths)]] = np.repeat(alike, lengths)
            shared += best
            total += float(alike[-1]) if len(alike) and word.sound in self._places else float(np.log1p(len(self._texts)))
        rough = shared / (shared + 0.6 * np.maximum(total - shared, 0) + 0.3 * np.maximum(self._row_weights - shared, 0) + 1e-6)
        together = self._written_together(form.joined)
        return np.maximum(rough, together)

    def _alike(self, words: Sequence[Word], abjad: bool) -> list[tuple[_Rows, _Scores]]:
        """For each word, the places of the sounds that may be its spelling, and how alike they are, in (0, 1]."""
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import cdist

        scores = cdist(
            [word.sound for word in words], self._sounds, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE, dtype=np.float32
        )
        if abjad:
            spelt = [word.unvowelled for word in words]
            scores = np.maximum(scores, cdist(spelt, self._unvowelled, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE, dtype=np.float32))
        for number, word in enumerate(words):
            same = [place for other in _same_names(word.plain) if (place := self._places.get(sound(other))) is not None]
            scores[number, same] = np.maximum(scores[number, same], 0.95)
            if len(word.skeleton) > 2:
                places = self._skeletons.get(word.skeleton, [])
                scores[number, places] = np.maximum(scores[number, places], 0.8)
        return [(found := np.flatnonzero(row), row[found]) for row in scores]

    def _written_together(self, joined: str) -> _Scores:
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import cdist

        return cdist([joined], self._joined, scorer=OSA.normalized_similarity, score_cutoff=_TOGETHER, dtype=np.float32)[0]

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


def _same_names(word: str) -> list[str]:
    """The other spellings of a common name."""
    groups = SAME_NAMES.get(word)
    return [other for other, found in SAME_NAMES.items() if not groups.isdisjoint(found)] if groups else []


def _ranges(starts: _Rows, lengths: _Rows) -> _Rows:
    """start, start + 1, ..., start + length - 1 for each, one after another."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths)


def _packed(strings: dict[str, object], arrays: Sequence[npt.NDArray[np.int64]]) -> bytes:
    text = json.dumps(strings, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    blobs = [array.astype("<i4").tobytes() for array in arrays]
    lengths = json.dumps([len(text), *map(len, blobs)]).encode()
    return b"".join((_MAGIC, lengths, b"\n", text, *blobs))


def _unpacked(content: bytes) -> tuple[dict[str, list], _Rows, _Rows, _Rows]:
    if not content.startswith(_MAGIC):
        raise ValueError
    end = content.index(b"\n", len(_MAGIC))
    lengths = json.loads(content[len(_MAGIC) : end])
    ends = np.cumsum([end + 1, *lengths]).tolist()
    if len(lengths) != 4 or ends[-1] != len(content):
        raise ValueError
    parts = [content[start:stop] for start, stop in zip(ends, ends[1:], strict=False)]
    arrays = [np.frombuffer(part, "<i4").astype(np.int64) for part in parts[1:]]
    return json.loads(parts[0].decode("utf-8", "surrogatepass")), arrays[0], arrays[1], arrays[2]

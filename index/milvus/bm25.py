"""BM25 as inner products of sparse vectors, and exactly.

The engine's own full text search knows one language of analysis, no weights and no other ways to say
a thing, and counts how rare a word is among everything, closed collections included. So passages
carry a sparse vector of our terms instead: BM25's weight of a term in a passage, its rarity left
out. A question brings the rarities of the collections that it may search. The engine finds the best;
what it finds is weighed again here, with the average length of the passage's collection, by the
formula and the rounding of lengths that ``index.lexical`` has from tantivy. Robertson and Zaragoza,
"The Probabilistic Relevance Framework" (2009).
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate, chain, repeat
from math import fsum, log

from index.concept import Concept
from index.milvus.schema import NO_TERM

MARGIN = 1.05
"""How much longer than their average the stored weights take the passages of a collection to be, so that a weight is
not below the true one at once when longer passages come.
"""

_K1, _B = 1.2, 0.75

# Lengths as tantivy keeps them in one byte: exact to 40, then in eight steps for each doubling.
_LENGTHS = tuple(
    chain(range(40), accumulate(chain.from_iterable(repeat(2 << power, 8) for power in range(24)), initial=40))
)


def term_number(term: str) -> int:
    """The dimension of a term, from 1 to 2**32 - 2. Two of a million terms share one about a hundred times: then they
    count as one word.
    """
    return 1 + int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "big") % (2**32 - 2)


def weights(terms: Sequence[str], reference: float) -> dict[int, float]:
    """The sparse vector of a passage: by the numbers of its terms, what each weighs, in (0, 2.2), where passages have
    ``reference`` terms on average.
    """
    if not terms:
        return {NO_TERM: 1.0}
    norm = _norm(len(terms), reference)
    counts = Counter(term_number(term) for term in terms)
    return {number: count * (_K1 + 1) / (count + norm) for number, count in counts.items()}


def rarity(passages: int, holding: int) -> float:
    """BM25's inverse document frequency, at least 0."""
    return log(1 + (passages - holding + 0.5) / (holding + 0.5))


@dataclass(frozen=True, slots=True)
class WordQuery:
    """Concepts as the engine and the scoring need them: of each, its ways as (number of a term, its rarity times the
    weight of the way).
    """

    concepts: tuple[tuple[tuple[tuple[int, float], ...], ...], ...]

    def vector(self) -> dict[int, float]:
        """Its inner product with a passage is never below the passage's score: of ways that all stand there, the sum
        counts instead of the best.
        """
        summed: dict[int, float] = {}
        for ways in self.concepts:
            best: dict[int, float] = {}
            for number, weight in chain.from_iterable(ways):
                best[number] = max(weight, best.get(number, 0.0))
            for number, weight in best.items():
                summed[number] = summed.get(number, 0.0) + weight
        return {number: weight for number, weight in summed.items() if weight > 0}

    def score(self, words: Mapping[int, float], length: int, reference: float, average: float) -> float:
        """The BM25 score of a passage with the stored weights ``words`` and ``length`` terms, where passages have
        ``average`` terms, and were taken to have ``reference`` when it was stored.
        """
        stored, true = _norm(length, reference), _norm(length, average)

        def weight(number: int) -> float:
            held = words.get(number, 0.0)
            if not held:
                return 0.0
            count = round(held * stored / (_K1 + 1 - held))
            return count * (_K1 + 1) / (count + true)

        return fsum(
            max(fsum(rarer * weight(number) for number, rarer in way) for way in ways) for ways in self.concepts
        )


def word_query(wanted: Iterable[Concept], rarity_of: Callable[[str], float]) -> WordQuery:
    """``rarity_of`` gives the rarity of a term where it is looked for; 0 for one that stands nowhere there."""
    return WordQuery(
        tuple(
            tuple(
                tuple((term_number(term), rarity_of(term) * way.weight) for term in way.terms) for way in concept.ways
            )
            for concept in wanted
        )
    )


def most_underrated(lengths: Iterable[tuple[float, float]]) -> float:
    """How many times the engine's score a true one can be, where passages were taken to have these lengths, and have
    those, on average.
    """
    return max((1.0, *(average / reference for reference, average in lengths)))


def _norm(length: int, average: float) -> float:
    kept = _LENGTHS[bisect_right(_LENGTHS, length) - 1]
    return _K1 * (1 - _B + _B * kept / average)

"""The lexical half of a generation: BM25 over tantivy indexes of immutable files, one for each collection.

Questions are analysed by the same analyzer as passages and made into term queries one by one, so
nothing a person types is ever read as query syntax. BM25 as in Robertson and Zaragoza, "The
Probabilistic Relevance Framework" (2009), with tantivy's constants k1 = 1.2 and b = 0.75.
"""

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from pathlib import Path
from types import MappingProxyType

import tantivy

from index.concept import Concept
from index.errors import GenerationError
from index.types import Filter

NO_DATE = (2**31 - 1, 0)
"""First and last day of a document without a date: an empty interval, which no limit lets through."""

PARTS = "parts.json"
"""The collections, in the order of the folders of their parts."""

_DECIMALS = 4
"""Of scores: what is equally good must not differ by the rounding of weights, or by the order in which they are added.
"""

_MORE = 5
"""So many times as many as wanted are looked at first. It costs hardly more, and shows who is equally good."""

_MOST = 32_000
"""Of more that are equally good, any are found: those that tantivy comes to first, by the files they lie in."""

_WRITER_HEAP_BYTES = 256 * 1024 * 1024
_DOTTED_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_LOCK_FILES = (".tantivy-meta.lock", ".tantivy-writer.lock")

# Words that are in nearly every question or passage and tell nothing of its subject.
_STOP_WORDS = """
a an and any are as at be been being but by can could did do does for from had has have he her his
how i if in into is it its me my no not of on or our she so such that the their them then there
these they this those to was we were what when where which who whom whose why will with would you
your
""".split()


@dataclass(frozen=True, slots=True)
class LexicalRow:
    """A passage to index. ``first`` and ``last`` are proleptic Gregorian ordinals of its document's date."""

    passage_id: int
    text: str
    first: int
    last: int


def add(folder: Path, rows: Iterable[LexicalRow]) -> None:
    """Adds the rows of one collection to the part in ``folder``, which is made if it is empty.

    Files that are there already are never written into, so that they may be links to those of another generation.
    """
    begun = (folder / "meta.json").exists()
    index = tantivy.Index.open(str(folder)) if begun else tantivy.Index(_schema(), path=str(folder))
    index.register_tokenizer("legation", _analyzer())
    writer = index.writer(heap_size=_WRITER_HEAP_BYTES, num_threads=1)
    for row in rows:
        document = tantivy.Document()
        document.add_integer("passage", row.passage_id)
        document.add_text("text", lexical_form(row.text))
        document.add_integer("first", row.first)
        document.add_integer("last", row.last)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    del writer  # its lock files go only when it is gone
    for lock in _LOCK_FILES:
        (folder / lock).unlink(missing_ok=True)


def write_parts(folder: Path, collections: Sequence[str]) -> None:
    """Says which collection each part is of: that of the first lies in the folder "0", and so on."""
    (folder / PARTS).write_text(json.dumps(list(collections)))


def lexical_form(text: str) -> str:
    """The text as it is indexed: "U.S." and "US" become one word. Never quoted."""
    return _DOTTED_ACRONYM.sub(lambda match: match[0].replace(".", ""), text)


def stemmer() -> Callable[[str], list[str]]:
    """A function that gives the words of a text as every index knows them: lower case, accents folded,
    stemmed, words too common to be indexed left out.
    """
    analyzer = _analyzer()
    return lambda text: [term for term in analyzer.analyze(lexical_form(text)) if term]


class LexicalIndex:
    """Searches an index that ``build`` wrote. Safe to share between threads.

    What is common is counted in the collections that are searched: what stands in the others moves no score. Every
    search and count raises GenerationError if tantivy finds that a file was damaged since it was opened.
    """

    def __init__(self, folder: Path) -> None:
        self._terms = stemmer()
        names = json.loads((folder / PARTS).read_text()) if (folder / PARTS).exists() else None
        if names is None:  # an earlier version wrote one part of all collections
            self._parts = [_Part(folder, None)]
        else:
            self._parts = [_Part(folder / str(number), name) for number, name in enumerate(names)]

    def terms(self, text: str) -> list[str]:
        """The words of a text as the index knows them: lower case, accents folded, stemmed."""
        return self._terms(text)

    def search(self, wanted: Sequence[Concept], limit: int, limits: Filter) -> list[tuple[int, float]]:
        """At most ``limit`` (passage id, BM25 score), best first and of equals the first, among what ``limits`` lets
        through.

        Of the ways to say one concept only the best counts.
        """
        if not wanted or limit < 1:
            return []
        parts = self._searched(limits.collections)
        found: list[tuple[int, float]] = []
        if len(parts) == 1:
            found = parts[0].search(wanted, limit, limits, {})
        else:
            terms = {term for concept in wanted for way in concept.ways for term in way.terms}
            rarities = {term: self.rarity(term, limits.collections) for term in terms}
            for part in parts:
                weights = {term: rarity / part.rarity(term) for term, rarity in rarities.items()}
                found += part.search(wanted, limit, limits, weights)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def passages(self, word: str, collections: tuple[str, ...] = ()) -> int:
        """How many passages, of these ``collections`` if there are any, hold the word, in any inflection; all of them
        for one too common to be indexed.
        """
        terms = self.terms(word)
        return sum(part.passages(terms, collections) for part in self._searched(collections))

    def rarity(self, term: str, collections: tuple[str, ...] = ()) -> float:
        """BM25's inverse document frequency of a term in these ``collections`` (none: in all), at least 0; the rarer,
        the higher.
        """
        parts = self._searched(collections)
        return _rarity(sum(part.size for part in parts), sum(part.frequency(term) for part in parts))

    def _searched(self, collections: tuple[str, ...]) -> "list[_Part]":
        return [part for part in self._parts if not collections or part.collection in (None, *collections)]


@contextmanager
def _telling_of_damage() -> Iterator[None]:
    """tantivy raises ValueError for a damaged file, gives None for a number, or panics, which is no Exception."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, ValueError | TypeError) or type(error).__name__ == "PanicException":
            raise GenerationError("The index of words is damaged; run: legation sync") from error
        raise


class _Part:
    """What is indexed of one collection; with ``collection`` None of all of them together."""

    def __init__(self, folder: Path, collection: str | None) -> None:
        self.collection = collection
        try:
            self._open(folder)
        except ValueError:
            # tantivy wants to write a lock file; on a read-only disk it gets a folder of links instead.
            with tempfile.TemporaryDirectory(prefix="legation-") as links:
                for file in folder.iterdir():
                    if file.name not in _LOCK_FILES:
                        (Path(links) / file.name).symlink_to(file.absolute())
                self._open(Path(links))  # maps the files into memory, the links are not needed after

    def _open(self, folder: Path) -> None:
        index = tantivy.Index.open(str(folder))
        index.config_reader(reload_policy="manual")  # the files never change: nothing need watch them
        self._schema = index.schema
        self._searcher = index.searcher()

    @property
    def size(self) -> int:
        """How many passages there are."""
        return int(self._searcher.num_docs)

    @_telling_of_damage()
    def frequency(self, term: str) -> int:
        """How many passages hold the term."""
        return int(self._searcher.doc_freq("text", term))

    def rarity(self, term: str) -> float:
        return _rarity(self.size, self.frequency(term))

    @_telling_of_damage()
    def passages(self, terms: Sequence[str], collections: tuple[str, ...]) -> int:
        limiting = self._limiting(Filter(collections))
        if len(terms) < 2 and not limiting:
            return self.frequency(terms[0]) if terms else self.size
        words = [(tantivy.Occur.Must, self._term(term)) for term in terms]
        query = tantivy.Query.boolean_query([*words, *limiting])
        return int(self._searcher.search(query, 1, count=True).count)

    @_telling_of_damage()
    def search(
        self, wanted: Sequence[Concept], limit: int, limits: Filter, weights: Mapping[str, float]
    ) -> list[tuple[int, float]]:
        """As ``LexicalIndex.search``. ``weights`` are what terms count; 1.0 where there is none."""
        concepts = [(tantivy.Occur.Should, self._saying(concept, weights)) for concept in wanted]
        query = tantivy.Query.boolean_query(concepts)
        limiting = self._limiting(limits)
        if limiting:
            # A clause of its own for the words: beside a Must clause, Should clauses are optional.
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *limiting])
        hits = self._best(query, limit)
        ids = self._searcher.fast_field_values("passage", [address for _, address in hits]) if hits else []
        scored = [(int(passage_id), score) for passage_id, (score, _) in zip(ids, hits, strict=True)]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def _best(self, query: tantivy.Query, limit: int) -> list[tuple[float, tantivy.DocAddress]]:
        """At least the ``limit`` best, and all that are as good as the last of these, best first."""
        size, most = _MORE * limit, max(limit, _MOST)
        while True:
            size = min(size, most)
            hits = self._searcher.search(query, size, count=False).hits
            scored = [(round(float(score), _DECIMALS), address) for score, address in hits]
            if len(scored) < size or size == most or scored[-1][0] < scored[limit - 1][0]:
                last = scored[min(limit, len(scored)) - 1][0] if scored else 0.0
                return [pair for pair in scored if pair[0] >= last]
            size *= 4

    def _saying(self, concept: Concept, weights: Mapping[str, float]) -> tantivy.Query:
        ways = [
            tantivy.Query.boost_query(
                tantivy.Query.boolean_query([(tantivy.Occur.Should, self._term(term, weights)) for term in way.terms]),
                way.weight,
            )
            for way in concept.ways
        ]
        return ways[0] if len(ways) == 1 else tantivy.Query.disjunction_max_query(ways)

    def _term(self, term: str, weights: Mapping[str, float] = MappingProxyType({})) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, "text", term, index_option="freq")
        return tantivy.Query.boost_query(query, weights[term]) if term in weights else query

    def _limiting(self, limits: Filter) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        clauses: list[tantivy.Query] = []
        if limits.collections and self.collection is None:
            clauses.append(tantivy.Query.term_set_query(self._schema, "collection", list(limits.collections)))
        for field, day, least in (("last", limits.since, True), ("first", limits.until, False)):
            if day is not None:
                low, high = (day.toordinal(), NO_DATE[0]) if least else (0, day.toordinal())
                kind = tantivy.FieldType.Integer
                clauses.append(tantivy.Query.range_query(self._schema, field, kind, low, high))
        return [(tantivy.Occur.Must, tantivy.Query.const_score_query(clause, 0.0)) for clause in clauses]


def _rarity(total: int, frequency: int) -> float:
    return log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.custom_stopword(_STOP_WORDS))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("passage", fast=True)
    builder.add_text_field("text", stored=False, tokenizer_name="legation", index_option="freq")
    builder.add_integer_field("first", indexed=True)
    builder.add_integer_field("last", indexed=True)
    return builder.build()

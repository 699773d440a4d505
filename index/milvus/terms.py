"""In how many passages of each collection a term stands: rows of the engine, changed by a sync where they change."""

from collections import Counter
from collections.abc import Iterable, Mapping

from index.errors import GenerationError
from index.milvus.engine import MOST_ROWS, Engine, Row
from index.milvus.files import DAMAGED
from index.milvus.schema import NEVER, NOTHING, holding, term_row

_AT_ONCE = 2_000
"""Terms asked for or written at a time; each has one row that holds."""

Changes = dict[int, Counter[int]]
"""By the numbers of terms: by the numbers of collections, how many passages more (or fewer) hold the term."""


def counts(
    engine: Engine, table: str, generation: int, terms: Iterable[int], *, fresh: bool
) -> dict[int, dict[int, int]]:
    """By the numbers of terms and of collections, how many passages of a generation hold each term."""
    found: dict[int, dict[int, int]] = {term: {} for term in terms}
    listed = sorted(found)
    for start in range(0, len(listed), _AT_ONCE):
        where = f"term in {listed[start : start + _AT_ONCE]} and {holding(generation)}"
        for row in engine.rows(table, where, ("term", "counts"), limit=MOST_ROWS, fresh=fresh):
            found[int(row["term"])] = _counts(row)
    return found


def change(engine: Engine, table: str, generation: int, changes: Mapping[int, Counter[int]], *, first: bool) -> None:
    """Writes the counts that ``generation`` has: what held before holds up to it. ``first``: nothing did.

    Raises GenerationError if fewer passages hold a term than are to be taken away.
    """
    changed = sorted(term for term, by in changes.items() if any(by.values()))
    for start in range(0, len(changed), _AT_ONCE):
        terms = changed[start : start + _AT_ONCE]
        old: dict[int, Row] = {}
        if not first:
            for row in engine.rows(table, f"term in {terms} and ended == {NEVER}", ("*",)):
                old[int(row["term"])] = row
        written: list[Row] = []
        for term in terms:
            held = Counter(_counts(old[term]) if term in old else {})
            held.update(changes[term])
            if any(count < 0 for count in held.values()):
                raise GenerationError(DAMAGED)
            if term in old:
                written.append({**old[term], "ended": generation, "nothing": NOTHING})
            if any(held.values()):
                written.append(_row(generation, term, held))
        engine.put(table, written)


def _counts(row: Row) -> dict[int, int]:
    return {int(number): int(count) for number, count in row["counts"].items()}


def _row(generation: int, term: int, held: Mapping[int, int]) -> Row:
    return {
        "row": term_row(generation, term),
        "term": term,
        "counts": {str(number): count for number, count in sorted(held.items()) if count},
        "added": generation,
        "ended": NEVER,
        "nothing": NOTHING,
    }

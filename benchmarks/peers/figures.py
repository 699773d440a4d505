"""What peers.py measured, as tables and panels of a picture."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from machine import Table, machine
from measuring import Measured
from plots import Panel, Picture, keep_and_draw, percentile
from sides import OURS, SEARCH, UNREAD

BEHIND = "one at a time, because of"
READ = f"{OURS}, with its reader"

_SHOWN = {"scifact": "SciFact", "obliqa": "ObliQA", "squad2": "SQuAD 2.0"}
_COLUMNS = {
    "indexed/s": ("documents a second (more is better)", 3, 1),
    "answer s": ("seconds (less is better)", 2, 2),
    "median ms": ("milliseconds (less is better)", 3, 1),
    "answers/s": ("answers a second (more is better)", 2, 0),
    "resident MiB": ("MiB (less is better)", 3, 0),
    "peak MiB, cold": ("MiB (less is better)", 3, 0),
    "nDCG@10": ("nDCG@10 (more is better)", 3, 3),
}
"""By the ends of the headings of panels: what their axes say, and how many digits and decimals their figures have."""


def tables(sets: Sequence[Measured]) -> Iterator[Table]:
    """Of every set what is there; each table with at least one row."""
    for each in sets:
        results = each.results()
        built = [_index_row(name, result["build"], each) for name, result in results.items() if "build" in result]
        if built:
            yield Table(f"{each.name}: indexing {each.documents:,} documents", built)
        answered = list(_answer_rows(results))
        if answered:
            yield Table(f"{each.name}: answers", answered)
            yield Table(f"{each.name}: questions a second, by how many ask at once", list(_rate_rows(results)))
        reranked = list(_reranked_rows(results))
        if reranked:
            yield Table(f"{each.name}: answers with the same reader, or as a reranker of the others", reranked)
    ranking = [row for each in sets for row in _ranking_rows(each)]
    if ranking:
        yield Table("Ranking of documents", ranking)
    ratios = list(_ratio_rows(sets[0].results()))
    if ratios:
        yield Table("Legation against each: times faster; memory and disk as a share of theirs", ratios)


def draw(sets: Sequence[Measured], path: Path) -> None:
    """A panel for each column that Legation has a figure in."""
    drawn = {f"{_SHOWN.get(each.name, each.name)}, {each.documents:,} documents": _drawn(each) for each in sets}
    sides = list(dict.fromkeys(side for rows in drawn.values() for side in rows))
    panels = []
    for heading in dict.fromkeys(heading for rows in drawn.values() for heading in rows[OURS]):
        axis, digits, decimals = next(kind for ending, kind in _COLUMNS.items() if heading.endswith(ending))
        figures = {
            side if side != OURS else READ: {name: rows[side][heading] for name, rows in drawn.items() if side in rows
                                             and heading in rows[side]}
            for side in sides
        }  # fmt: skip
        panels.append(Panel(heading, axis, digits, decimals, figures))
    here = machine()
    on = "the same documents" if sets[0].library is None else f"{sets[0].documents:,} passages"
    title = f"Legation and its peers on {on}, {here['cores']} cores ({here['processor']})"
    keep_and_draw(Picture(title, "", tuple(panels)), path)


def _drawn(each: Measured) -> dict[str, dict[str, float]]:
    """By the names of sides, their figures by the headings of panels."""
    results = each.results()
    found: dict[str, dict[str, float]] = {name: {} for name, _, _ in _served(results)}
    for name, result in results.items():
        if "wall_seconds" in result.get("build", {}):
            found[name]["documents indexed/s"] = each.documents / result["build"]["wall_seconds"]
    for row in _answer_rows(results):
        figures = {
            "cold answer s": row["cold s"],
            "warm answer, median ms": row["warm median ms"],
            "resident MiB": row["resident MiB"],
            "peak MiB, cold": row["cold peak MiB"] if each.library is not None else "",
        }
        found[row["side"]] |= {heading: figure for heading, figure in figures.items() if figure != ""}
    for name, served, _ in _served(results):
        most = max(served["askers"], key=int)
        if most != "1":
            found[name][f"{most} askers, answers/s"] = served["askers"][most]["rate"]
    for row in _ranking_rows(each):
        found[row["side"]]["nDCG@10"] = row["nDCG@10"]
    return found


def _index_row(name: str, built: dict[str, Any], each: Measured) -> dict[str, Any]:
    row = {"side": name, "on disk MiB": built["bytes"] / 1024**2}
    if "wall_seconds" not in built:  # a library that was there
        return row | dict.fromkeys(("wall s", "documents/s", "documents/s, without start-up", "CPU s", "peak MiB"), "")
    return row | {
        "wall s": built["wall_seconds"],
        "documents/s": each.documents / built["wall_seconds"],
        "documents/s, without start-up": each.documents / built["build seconds"],
        "CPU s": built["cpu_seconds"],
        "peak MiB": built["peak_mib"],
    }


def _served(results: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Names of sides with what serving and asking once gave; less of Legation among them."""
    for name, result in results.items():
        if "serve" in result:
            yield name, result["serve"], result.get("ask", {})
        for part, less in (("unread", UNREAD), ("search", SEARCH)):
            if result.get(part):
                yield less, result[part], {}


def _answer_rows(results: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for name, served, asked in _served(results):
        yield {
            "side": name,
            "cold s": asked.get("wall_seconds", ""),
            "cold CPU s": asked.get("cpu_seconds", ""),
            "cold peak MiB": asked.get("peak_mib", ""),
            "warm median ms": median(served["seconds"]) * 1000,
            "warm 99th ms": percentile(served["seconds"], 99) * 1000,
            "resident MiB": served["resident MiB"],
            "resident MiB after all asked": served["resident MiB after"],
        }


def _reranked_rows(results: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Legation's answers stand in the other tables too; none but the others' searches are measured for these."""
    served = {name: result.get("serve" if name == OURS else "reranked") for name, result in results.items()}
    if any(served[name] for name in served if name != OURS):
        for name, each in served.items():
            if each:
                most = max(each["askers"], key=int)
                yield {
                    "side": name,
                    "warm median ms": median(each["seconds"]) * 1000,
                    "warm 99th ms": percentile(each["seconds"], 99) * 1000,
                    f"questions a second, {most} askers": each["askers"][most]["rate"],
                    "resident MiB": each["resident MiB"],
                    BEHIND: next((each[BEHIND] for each in each["askers"].values() if BEHIND in each), ""),
                }


def _rate_rows(results: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for name, served, _ in _served(results):
        rates = served["askers"]
        behind = next((each[BEHIND] for each in rates.values() if BEHIND in each), "")
        yield {"side": name, **{askers: each["rate"] for askers, each in rates.items()}, BEHIND: behind}


def _ranking_rows(each: Measured) -> Iterator[dict[str, Any]]:
    ranked = {name: result["rank"]["run"] for name, result in each.results().items() if "rank" in result}
    if not ranked:
        return
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from bot.evaluation.beir import measured, read_set
    from bot.evaluation.measures import share

    relevant = read_set(each.folder).relevant
    for name, run in ranked.items():
        found = {measure: share(values) for measure, values in measured(relevant, run).items()}
        row = {measure: found[measure] for measure in ("nDCG@10", "recall@10")}
        yield {"set": each.name, "side": name, "documents": each.documents, "queries": len(relevant), **row}


def _ratio_rows(results: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of medians, and of whole processes."""
    ours = results.get(OURS, {})
    for name, theirs in results.items():
        if name != OURS and ours:
            yield {
                "against": name,
                "indexing": _ratio(theirs, ours, "build", "wall_seconds"),
                "cold answer": _ratio(theirs, ours, "ask", "wall_seconds"),
                "warm answer": _ratio(theirs, ours, "serve", "seconds"),
                "resident memory": _ratio(ours, theirs, "serve", "resident MiB"),
                "on disk": _ratio(ours, theirs, "build", "bytes"),
            }


def _ratio(above: dict[str, Any], below: dict[str, Any], step: str, figure: str) -> float | str:
    values = [each.get(step, {}).get(figure) for each in (above, below)]
    if None in values:
        return ""
    top, bottom = (median(value) if isinstance(value, list) else value for value in values)
    return float(top / bottom)


def _column(rows: Sequence[dict[str, Any]], name: str) -> dict[str, float]:
    return {row["side"]: row[name] for row in rows if row[name] != ""}

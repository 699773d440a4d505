"""What screening found, as lines of CSV and of JSON."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence

from bot.render.visible import visible_line
from bot.screened import BrokenRow, LookedInto, Match, Screened

COLUMNS = (
    "row", "name", "result", "list", "edition", "reference", "listed_name", "score", "weak", "programmes", "id",
    "version", "looked_into", "notes",
)  # fmt: skip

_FORMULA = re.compile(r"\s*[=+\-@\t\r＝＋－＠]")
"""What spreadsheets take a formula by, the wide signs of East Asian keyboards included."""


def header() -> str:
    """The first line of CSV."""
    return _line(COLUMNS)


def to_csv(screened: Screened, candidates: bool) -> Iterator[str]:
    """A line for each match, then with ``candidates`` one for each name that is merely alike; one line without any.

    A cell from outside that a spreadsheet could take for a formula begins with an apostrophe
    (https://owasp.org/www-community/attacks/CSV_Injection); what cannot be seen is shown as in ``visible``.
    """
    row = screened.row
    name = "" if isinstance(row, BrokenRow) else _cell(row.name)
    notes = (f"line {row.line}: {row.reason}",) if isinstance(row, BrokenRow) else row.notes
    looked_into = "; ".join(edition_in_words(each, screened.looked_into) for each in screened.looked_into)
    behind = (_cell(looked_into), _cell("; ".join(notes)))
    shown = [("found", match) for match in screened.matches]
    shown += [("alike", match) for match in screened.candidates] if candidates else []
    for result, match in shown:
        yield _line((row.number, name, result, *_match_cells(match), *behind))
    if not shown:
        yield _line((row.number, name, _result(screened, candidates), *[""] * (len(COLUMNS) - 5), *behind))


def to_json(screened: Screened, candidates: bool) -> str:
    """One object for a row, on one line, in ASCII; without ``candidates`` names that are merely alike are left out."""
    row = screened.row
    told: dict[str, object]
    if isinstance(row, BrokenRow):
        told = {"name": None, "births": [], "countries": [], "notes": [row.reason]}
    else:
        told = {
            "name": row.name,
            "births": list(row.births),
            "countries": list(row.countries),
            "notes": list(row.notes),
        }
    return json.dumps(
        {
            "row": row.number,
            "line": row.line,
            **told,
            "result": _result(screened, candidates),
            "matches": [_match(match) for match in screened.matches],
            "candidates": [_match(match) for match in screened.candidates] if candidates else [],
            "looked_into": [_edition_to_dict(each) for each in screened.looked_into],
        }
    )


def edition_in_words(edition: LookedInto, all_of_them: Sequence[LookedInto]) -> str:
    """The list and its day; the collection where the list is in several of ``all_of_them``."""
    several = sum(each.list == edition.list for each in all_of_them) > 1
    return (
        f"{edition.list} {edition.date}{'' if edition.dated else ' (when it was read)'}"
        f"{f' in {edition.collection}' if several else ''}"
    )


def _result(screened: Screened, candidates: bool) -> str:
    return "not found" if screened.result == "alike" and not candidates else screened.result


def _match_cells(match: Match) -> tuple[object, ...]:
    return (
        match.edition.list,
        match.edition.date,
        _cell(match.reference),
        _cell(match.listed),
        f"{match.score:.3f}",
        "weak" if match.weak else "",
        _cell("; ".join(match.programmes)),
        _cell(match.document.id),
        match.document.version,
    )


def _cell(text: str) -> str:
    shown = visible_line(text)
    return f"'{shown}" if _FORMULA.match(text) or _FORMULA.match(shown) else shown


def _line(cells: Sequence[object]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()


def _match(match: Match) -> dict[str, object]:
    return {
        "edition": _edition_to_dict(match.edition),
        "reference": match.reference,
        "listed": match.listed,
        "score": round(match.score, 6),
        "weak": match.weak,
        "programmes": list(match.programmes),
        "document": {"id": match.document.id, "version": match.document.version},
    }


def _edition_to_dict(edition: LookedInto) -> dict[str, object]:
    return {
        "list": edition.list,
        "name": edition.name,
        "collection": edition.collection,
        "date": edition.date,
        "dated": edition.dated,
    }

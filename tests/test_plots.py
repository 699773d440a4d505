"""The pictures in docs/ show the figures of the tables that they stand below."""

import re
from pathlib import Path

import pytest
from lxml import etree

from benchmarks import plots

ROOT = Path(__file__).resolve().parents[1]
PLOTS = ROOT / "docs" / "plots"
PAGE = (ROOT / "docs" / "scale.md").read_text()
NAMES = ("growth", "peers", "peers-100300")


def _table_above(name: str) -> list[dict[str, str]]:
    """The rows of the table right above a picture, by the heads of their columns."""
    before = re.split(rf"^!\[[^]\n]+\]\(plots/{name}\.svg\)$", PAGE, flags=re.MULTILINE)[0]
    lines = before.rstrip().rpartition("\n\n")[2].splitlines()
    head, line, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert set(line) == {"---"}
    return [dict(zip(head, row, strict=True)) for row in rows]


def _figures(path: Path) -> dict[str, str]:
    """What is written beside the points of a picture, by the names that the figures have in it."""
    named = [group for group in etree.parse(path).iter() if "-" in group.get("id", "")]
    return {group.attrib["id"]: "".join(group.itertext()).strip() for group in named}


def _rows(name: str) -> list[str]:
    """The names of a picture's lines or rows."""
    names = [name for panel in plots.kept(PLOTS / f"{name}.json").panels for name in panel.figures]
    return list(dict.fromkeys(names))


def _drawn(path: Path) -> dict[str, str]:
    picture = plots.kept(path)
    if picture.axis:
        return {
            plots.identifier(name, place): panel.label(name, place)
            for panel in picture.panels
            for name, places in panel.figures.items()
            for place in places
        }
    return {
        plots.identifier(panel.heading, name): "; ".join(panel.label(name, place) for place in places)
        for panel in picture.panels
        for name, places in panel.figures.items()
        if places
    }


def test_what_a_library_costs_is_drawn_as_in_the_table() -> None:
    expected = {
        plots.identifier(column, row["passages"].replace(",", "")): row[column]
        for row in _table_above("growth")
        for column in _rows("growth")
    }
    assert len(expected) == 4 * 7
    assert _figures(PLOTS / "growth.svg") == expected


@pytest.mark.parametrize(("name", "count"), [("peers", 36), ("peers-100300", 24)])
def test_the_peers_are_drawn_as_in_the_table(name: str, count: int) -> None:
    expected: dict[str, str] = {}
    for row in _table_above(name):
        (called, *cells), values = row, list(row.values())
        side = next(side for side in _rows(name) if side in row[called])
        expected |= {
            plots.identifier(column, side): cell for column, cell in zip(cells, values[1:], strict=True) if cell
        }
    assert len(expected) == count
    assert _figures(PLOTS / f"{name}.svg") == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_beside_a_picture_are_those_in_it(name: str) -> None:
    assert _drawn(PLOTS / f"{name}.json") == _figures(PLOTS / f"{name}.svg")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_small_and_white_below(name: str) -> None:
    content = (PLOTS / f"{name}.svg").read_text()
    assert len(content.encode()) <= 25_000
    first = next(element for element in etree.fromstring(content).iter() if element.tag.endswith("}path"))
    assert re.search(rf"^\.{first.attrib['class']}{{fill: #ffffff}}", content, flags=re.MULTILINE)
    assert "<image" not in content


def test_the_same_figures_make_the_same_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = plots.kept(PLOTS / "growth.json")
    plots.keep_and_draw(picture, tmp_path / "growth.svg")
    first = (tmp_path / "growth.svg").read_bytes()
    plots.draw(picture, tmp_path / "growth.svg")
    assert (tmp_path / "growth.svg").read_bytes() == first
    assert (tmp_path / "growth.json").read_bytes() == (PLOTS / "growth.json").read_bytes()
    assert _figures(tmp_path / "growth.svg") == _figures(PLOTS / "growth.svg")

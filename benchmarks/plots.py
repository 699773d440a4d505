"""Pictures of what peers.py and growth.py measured, with matplotlib from the extra "eval".

Beside a picture lie its figures as JSON, unrounded, so that it can be drawn anew without measuring:

    python benchmarks/plots.py docs/plots/growth.json
"""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from itertools import cycle
from math import ceil, floor, log10
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_SVG = "http://www.w3.org/2000/svg"
_WIDTH = 9.5
_SMALL = 8
_LOGARITHMIC = 50
"""An axis is logarithmic if its largest figure is so many times the smallest."""

# Of Okabe and Ito: people who are colour-blind tell them apart; so do the markers.
_STYLES = (("#0072b2", "o", "-"), ("#d55e00", "s", "--"), ("#007a58", "^", ":"))


@dataclass(frozen=True, slots=True)
class Panel:
    """``figures`` by name and by place on the axis of the picture; ``axis`` is what they measure, with the unit.

    As in the table that the picture belongs to, they are written with at most so many ``decimals``, and without more
    than ``digits`` need.
    """

    heading: str
    axis: str
    digits: int
    decimals: int
    figures: Mapping[str, Mapping[str, float]]

    def label(self, name: str, place: str) -> str:
        figure = self.figures[name][place]
        needed = max(0, self.digits - 1 - floor(log10(figure)))
        return f"{figure:,.{min(self.decimals, needed)}f}"

    @property
    def logarithmic(self) -> bool:
        figures = [figure for places in self.figures.values() for figure in places.values()]
        return min(figures) > 0 and max(figures) >= _LOGARITHMIC * min(figures)


@dataclass(frozen=True, slots=True)
class Picture:
    """With an ``axis``, places are numbers on it and names are lines; without, every name is a row, every place a
    marker in it.
    """

    title: str
    axis: str
    panels: tuple[Panel, ...]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that at least ``percent`` in 100 of them do not exceed."""
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]


def keep_and_draw(picture: Picture, path: Path) -> None:
    """Draws into ``path``, and keeps the figures beside it as JSON."""
    path.with_suffix(".json").write_text(json.dumps(asdict(picture), indent=1) + "\n")
    draw(picture, path)


def kept(path: Path) -> Picture:
    held = json.loads(path.read_text())
    return Picture(held["title"], held["axis"], tuple(Panel(**panel) for panel in held["panels"]))


def draw(picture: Picture, path: Path) -> None:
    """In an SVG, letters stay letters, and nothing tells when it was drawn: the same figures make the same file."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    rows = ceil(len(picture.panels) / 2)
    settings = {
        "svg.fonttype": "none", "svg.hashsalt": path.stem, "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"], "font.size": 9, "axes.titlesize": 10, "axes.spines.top": False,
        "axes.spines.right": False, "path.simplify": True,
    }  # fmt: skip
    with rc_context(settings):
        figure = Figure(figsize=(_WIDTH, 2.9 * rows + 0.5), layout="constrained", facecolor="white")
        axes = list(figure.subplots(rows, 2, squeeze=False, sharey=not picture.axis).flat)
        for left_over in axes[len(picture.panels) :]:
            left_over.set_axis_off()
        for panel, axis in zip(picture.panels, axes, strict=False):
            axis.set_title(panel.heading, loc="left", fontweight="bold")
            if picture.axis:
                _lines(axis, panel)
                axis.set(xlabel=picture.axis, ylabel=panel.axis)
            else:
                _rows(axis, panel)
                axis.set(xlabel=panel.axis)
            axis.minorticks_off()
        if not picture.axis:
            handles, names = axes[0].get_legend_handles_labels()
            if len(names) > 1:
                figure.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False)
        figure.suptitle(picture.title, fontsize=11, x=0.01, ha="left")
        if path.suffix.lower() == ".svg":
            written = StringIO()
            figure.savefig(written, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
            path.write_text(_shortened(written.getvalue()))
        else:
            figure.savefig(path, dpi=110)


def _shortened(svg: str) -> str:
    """The same picture in a third of the bytes: every style is told once, and of groups only ours stay."""
    for prefix, name in (("", _SVG), ("xlink", "http://www.w3.org/1999/xlink")):
        ElementTree.register_namespace(prefix, name)
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    styles: dict[str, str] = {}
    for element in root.iter():
        element[:] = _without_groups(element)
        element.text, element.tail = (element.text or "").strip(), "\n"
        for name, value in element.attrib.items():
            if name in {"d", "x", "y"}:
                element.set(name, " ".join(re.sub(r"(?<=\.\d)\d+", "", value).split()))
        if "style" in element.attrib:
            style = element.attrib.pop("style")
            element.set("class", styles.setdefault(style, f"s{len(styles)}"))
        if element.get("transform", "").startswith("rotate(-0 "):
            del element.attrib["transform"]
    told = root.find(f"{{{_SVG}}}defs/{{{_SVG}}}style")
    if told is not None:
        told.text = "\n".join((told.text or "", *(f".{name}{{{style}}}" for style, name in styles.items())))
    return ElementTree.tostring(root, encoding="unicode")


def _without_groups(element: ElementTree.Element) -> list[ElementTree.Element]:
    """What it holds, with what is in groups that say nothing but a name of matplotlib's."""
    found = []
    for child in element:
        ours = "-" in child.get("id", "")
        needless = child.tag == f"{{{_SVG}}}g" and child.attrib.keys() <= {"id"} and not ours
        found += _without_groups(child) if needless else [child]
    return found


def _lines(axis: Any, panel: Panel) -> None:
    """Both axes of thousands are logarithmic; figures stand above the highest line, and below the others."""
    for (name, places), (colour, marker, line) in zip(panel.figures.items(), cycle(_STYLES), strict=False):
        axis.plot([int(place) for place in places], list(places.values()), color=colour, marker=marker, linestyle=line,
                  label=name)  # fmt: skip
        for place, figure in places.items():
            above = figure == max(each.get(place, figure) for each in panel.figures.values())
            text = axis.annotate(panel.label(name, place), (int(place), figure), (5, 6) if above else (-5, -6),
                                 textcoords="offset points", ha="right" if above else "left",
                                 va="bottom" if above else "top",
                                 fontsize=_SMALL, color=colour)  # fmt: skip
            text.set_gid(identifier(name, place))
    ticks = sorted({int(place) for figures in panel.figures.values() for place in figures})
    axis.set_xscale("log")
    axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axis.margins(x=0.12)
    if panel.logarithmic:
        axis.set_yscale("log")
        axis.margins(y=0.15)
        axis.yaxis.set_major_formatter(_plain)
    else:
        axis.locator_params(axis="y", nbins=5)
        axis.yaxis.set_major_formatter(_plain)
        axis.set_ylim(0, 1.25 * max(figure for figures in panel.figures.values() for figure in figures.values()))
    if len(panel.figures) > 1:
        axis.legend(fontsize=_SMALL, frameon=False, loc="best")


def _rows(axis: Any, panel: Panel) -> None:
    """A row for each name; beside it, its figures."""
    names = list(panel.figures)
    places = list(dict.fromkeys(place for figures in panel.figures.values() for place in figures))
    for place, (colour, marker, _) in zip(places, cycle(_STYLES), strict=False):
        rows = [
            (number, panel.figures[name][place]) for number, name in enumerate(names) if place in panel.figures[name]
        ]
        axis.plot([figure for _, figure in rows], [number for number, _ in rows], color=colour, marker=marker,
                  linestyle="", label=place)  # fmt: skip
    for number, name in enumerate(names):
        text = axis.text(1.02, number, "; ".join(panel.label(name, place) for place in panel.figures[name]),
                         transform=axis.get_yaxis_transform(), va="center", fontsize=_SMALL)  # fmt: skip
        text.set_gid(identifier(panel.heading, name))
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="y", color="#dddddd")
    figures = [figure for places in panel.figures.values() for figure in places.values()]
    if panel.logarithmic:
        axis.set_xscale("log")
    else:
        axis.locator_params(axis="x", nbins=5)
    axis.xaxis.set_major_formatter(_plain)
    if panel.logarithmic:
        return
    if 2 * min(figures) > max(figures):  # too near to each other to be told apart from 0 on
        axis.set_xlim(0.95 * min(figures), 1.02 * max(figures))
    else:
        axis.set_xlim(0, 1.05 * max(figures))


def _plain(figure: float, _: int) -> str:
    return f"{figure:,g}"


def identifier(*words: str) -> str:
    """What a figure's text is called in an SVG."""
    return re.sub(r"\W+", "-", " ".join(words).lower()).strip("-")


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("kept", type=Path, nargs="+", metavar="JSON", help="that lies beside a picture")
    for path in made.parse_args().kept:
        draw(kept(path), path.with_suffix(".svg"))


if __name__ == "__main__":
    main()

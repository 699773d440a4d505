"""Pictures of what peers.py and growth.py measured, with matplotlib from the extra "eval"."""

from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

COLUMNS = 3


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that at least ``percent`` in 100 of them do not exceed."""
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]


def draw_bars_and_lines(
    bars: Sequence[tuple[str, Mapping[str, float]]],
    title: str,
    lines: Mapping[str, Mapping[int, float]],
    path: Path,
) -> None:
    """A panel of bars for each of ``bars``, and one of ``lines`` over what stands on a logarithmic axis."""
    figure, panels = _panels(len(bars) + bool(lines))
    for panel, (heading, values) in zip(panels, bars, strict=False):
        drawn = panel.barh(list(values), list(values.values()), color=[_colour(name) for name in values])
        panel.bar_label(drawn, fmt="%.3g", padding=3, fontsize=8)
        panel.set(title=heading, xlim=(0, 1.15 * max(values.values())))
        panel.invert_yaxis()
    if lines:
        panel = panels[len(bars)]
        for name, points in lines.items():
            style = {"color": _colour(name), "linestyle": _STYLES.get(name, "-")}
            panel.plot(list(points), list(points.values()), marker="o", label=name, **style)
        panel.set(title=title, xscale="log", yscale="log")
        ticks = sorted({place for points in lines.values() for place in points})
        panel.set_xticks(ticks, [str(tick) for tick in ticks])
        values = [value for points in lines.values() for value in points.values()]
        ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000) if min(values) <= tick <= max(values)]
        panel.set_yticks(ticks, [str(tick) for tick in ticks])
        panel.set_ylim(min(values) / 1.3, max(values) * 5)  # room for the names
        panel.legend(fontsize=7, ncols=2, loc="upper right")
    _save(figure, path)


def draw_lines(drawn: Sequence[tuple[str, Mapping[str, Mapping[int, float]]]], below: str, path: Path) -> None:
    """A panel for each over a logarithmic axis; the other one is logarithmic, too, where it spans a factor of ten."""
    figure, panels = _panels(len(drawn))
    for panel, (heading, lines) in zip(panels, drawn, strict=False):
        for name, points in lines.items():
            panel.plot(list(points), list(points.values()), "o-", label=name)
        panel.set(title=heading, xlabel=below, xscale="log")
        values = [value for points in lines.values() for value in points.values()]
        if max(values) >= 10 * min(values) > 0:
            panel.set_yscale("log")
        else:
            panel.set_ylim(0, None)
        panel.legend(fontsize=7)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    """In an SVG, letters stay letters, and nothing tells when it was drawn: the same figures make the same file."""
    from matplotlib import rc_context

    for panel in figure.axes:
        panel.minorticks_off()
    svg = path.suffix.lower() == ".svg"
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": path.name}):
        figure.savefig(path, dpi=150, metadata={"Date": None} if svg else None)


def _panels(count: int) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure

    rows = ceil(count / COLUMNS)
    figure = Figure(figsize=(5 * COLUMNS, 3.2 * rows), layout="constrained")
    panels = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
    for panel in panels[count:]:
        panel.set_axis_off()
    return figure, panels[:count]


_STYLES = {"Legation, without its reader": "--", "Legation, search alone": ":"}


def _colour(name: str) -> str:
    return "tab:blue" if name.startswith("Legation") else "tab:grey" if name == "plain script" else {
        "txtai": "tab:orange", "LlamaIndex": "tab:green", "Haystack": "tab:red",
    }.get(name, "tab:purple")  # fmt: skip

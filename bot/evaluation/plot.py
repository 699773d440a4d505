"""The risk-coverage curve and the reliability of the answerability, as a picture."""

import io
from pathlib import Path

from bot.evaluation.extra import needed
from bot.evaluation.figures import Evaluation
from index.errors import UsageError

SUFFIXES = (".png", ".svg")


def check_plot(path: Path) -> None:
    """Raises UsageError if no picture can be drawn into ``path``, before anything is measured."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--plot draws into a file that ends in {' or '.join(SUFFIXES)}.")
    needed("matplotlib", "--plot")


def draw(evaluation: Evaluation, suffix: str) -> bytes:
    """The picture in the format of ``suffix``."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    risk, bins = figure.subplots(1, 2)
    points = evaluation.risk_coverage
    if points:
        coverages, risks = [point.coverage for point in points], [point.risk for point in points]
        risk.step([0.0, *coverages], [risks[0], *risks], where="pre")
    chosen = [point for point in points if point.threshold >= evaluation.refuse_below]
    if chosen:
        risk.plot(chosen[-1].coverage, chosen[-1].risk, "o", label=f"refused below {evaluation.refuse_below:g}")
        risk.legend()
    risk.set(xlabel="coverage: share of questions answered", ylabel="risk: share of those answered wrongly")
    risk.set(title="Risk and coverage", xlim=(0, 1.03), ylim=(0, 1.03))
    held = evaluation.reliability
    bins.plot((0, 1), (0, 1), ":", color="grey")
    bins.plot([each.predicted for each in held], [each.right for each in held], "o-")
    for each in held:
        bins.annotate(str(each.count), (each.predicted, each.right), (-4, 7), textcoords="offset points", fontsize=8)
    bins.set(xlabel="answerability (numbers: questions)", ylabel="share answered rightly")
    bins.set(title="Reliability", xlim=(0, 1.03), ylim=(-0.03, 1.08))
    drawn = io.BytesIO()
    # Without a date and with a fixed salt for its ids, the same figures give the same file.
    with rc_context({"svg.hashsalt": "legation"}):
        metadata = {"Date": None} if suffix == ".svg" else {}
        figure.savefig(drawn, format=suffix[1:], dpi=150, metadata=metadata)
    return drawn.getvalue()

"""Loss against seconds, drawn with matplotlib: SVG that is the same byte for byte when the numbers are.

Where one contender runs for several budgets, each of its lines says at its end how long it took, and every second one
has open marks.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.own import Look
from seqgen.pictures import LOOKS, require, save, styled

WIDTH, HEIGHT = 5.5, 4.0
"""Inches of a panel."""
LINES: dict[str, dict[str, Any]] = dict(
    zip(("seqgen", "GPT, the same seconds", "GPT, its recipe"), LOOKS, strict=False)
)
"""Who runs, and how its line is drawn."""


@dataclass(frozen=True)
class Panel:
    """The curves of one corpus: who ran, and what was seen of it on the way."""

    title: str
    loss: str
    curves: Sequence[tuple[str, Sequence[Look]]]


def check(path: Path) -> None:
    """Raise UsageError unless a plot can be drawn into that file."""
    require(path, suffixes=(".svg",))


def draw(path: Path, panels: Sequence[Panel]) -> None:
    """Draw the panels side by side."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(WIDTH * len(panels), HEIGHT), layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            _fill(axes, panel)
        save(figure, path, title="Loss by seconds of training")


def _fill(axes: Any, panel: Panel) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    runs = Counter(name for name, _ in panel.curves)
    drawn: Counter[str] = Counter()
    for name, looks in panel.curves:
        look = LINES[name] | ({"markerfacecolor": "none", "linewidth": 1} if drawn[name] % 2 else {})
        seconds, nats = [look.seconds for look in looks], [look.nats for look in looks]
        axes.plot(seconds, nats, label=None if drawn[name] else name, **look)
        if runs[name] > 1 and looks:
            said = {"xytext": (0, -10), "textcoords": "offset points", "ha": "center", "va": "center", "fontsize": 8}
            axes.annotate(f"{seconds[-1]:.0f} s", (seconds[-1], nats[-1]), color=look["color"], **said)
        drawn[name] += 1
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda seconds, _: f"{seconds:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(y=0.1)  # room for what lines say at their ends
    axes.set(title=panel.title, xlabel="seconds of training", ylabel=panel.loss)
    axes.legend()

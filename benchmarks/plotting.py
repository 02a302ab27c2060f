"""Loss against seconds, drawn with matplotlib: SVG that is the same byte for byte when the numbers are."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.own import Look
from seqgen.errors import UsageError

STYLE: Any = {
    "svg.hashsalt": "seqgen",
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "legend.frameon": False,
}
WIDTH, HEIGHT = 5.5, 4.0
"""Inches of a panel."""
LINES: dict[str, dict[str, Any]] = {
    "seqgen": {"color": "#08306b", "linestyle": "-", "marker": "o"},
    "GPT, the same seconds": {"color": "#d95f02", "linestyle": "--", "marker": "s"},
    "GPT, its recipe": {"color": "#888888", "linestyle": ":", "marker": "^"},
}
"""Who runs, and how its line is drawn: told apart by its dashes and its marks, where there are no colours."""


@dataclass(frozen=True)
class Panel:
    """The curves of one corpus: who ran, and what was seen of it on the way."""

    title: str
    loss: str
    curves: Sequence[tuple[str, Sequence[Look]]]


def check(path: Path) -> None:
    """Raise UsageError unless a plot can be drawn into that file."""
    if find_spec("matplotlib") is None:
        raise UsageError("drawing a plot", "matplotlib is not installed", "pip install 'seqgen[plot]'")
    if path.suffix != ".svg" or not path.parent.is_dir():
        raise UsageError(f"drawing {path}", "it is no .svg in a folder that is there", "Name one that is")


def draw(path: Path, panels: Sequence[Panel]) -> None:
    """Draw the panels side by side."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH * len(panels), HEIGHT), layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            _fill(axes, panel)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _fill(axes: Any, panel: Panel) -> None:
    named: set[str] = set()
    for name, looks in panel.curves:
        label = None if name in named else name
        seconds, nats = [look.seconds for look in looks], [look.nats for look in looks]
        axes.plot(seconds, nats, label=label, markersize=3.5, linewidth=1.5, **LINES[name])
        named.add(name)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda seconds, _: f"{seconds:g}")
    axes.set(title=panel.title, xlabel="seconds of training", ylabel=panel.loss)
    axes.legend()

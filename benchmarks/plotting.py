"""Loss against seconds, drawn with matplotlib: SVG that is the same byte for byte when the numbers are."""

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
    named: set[str] = set()
    for name, looks in panel.curves:
        label = None if name in named else name
        seconds, nats = [look.seconds for look in looks], [look.nats for look in looks]
        axes.plot(seconds, nats, label=label, **LINES[name])
        named.add(name)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda seconds, _: f"{seconds:g}")
    axes.set(title=panel.title, xlabel="seconds of training", ylabel=panel.loss)
    axes.legend()

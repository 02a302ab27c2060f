"""Losses by the distance from the last boundary, drawn with matplotlib: SVG that is the same byte for byte when the
numbers are. Shapes: R runs, of several seeds; X distances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqgen.pictures import BOTH, save, styled
from seqgen.pictures.style import BLUE, GREEN, PURPLE, VERMILION

LEAST = 100
"""Symbols that a distance needs to be shown."""
WIDTH, HEIGHT = 4.6, 6.0
"""Inches of a column."""
_DEFAULT: dict[str, Any] = {"color": BOTH.ink, "linestyle": "-", "marker": "o"}
_STRONG: dict[str, Any] = {"color": GREEN, "linestyle": "-.", "marker": "D"}
_WEAK: dict[str, Any] = {"color": PURPLE, "linestyle": (0, (6, 2, 1, 2, 1, 2)), "marker": "v"}
LINES: dict[str, dict[str, Any]] = {
    "document": _DEFAULT,
    "one-to-one": _DEFAULT,
    "chapter": _STRONG,
    "definition": _STRONG,
    "section": _STRONG,
    "paragraph": _WEAK,
    "block": _WEAK,
    "bar": _WEAK,
    "window": {"color": VERMILION, "linestyle": ":", "marker": "^"},
    "never": {"color": BLUE, "linestyle": "--", "marker": "s"},
    "many-to-one": {"color": VERMILION, "linestyle": ":", "marker": "^"},
    "one-to-many": {"color": BLUE, "linestyle": "--", "marker": "s"},
}
"""Told apart by dashes and marks too, where there are no colours."""


@dataclass(frozen=True)
class Panel:
    """The runs of each contender by distance from the boundaries of a level: bits_RX, and those of the base with the
    seeds of the same runs."""

    level: str
    distances: Sequence[int]
    bits: Mapping[str, Sequence[Sequence[float]]]
    base: Mapping[str, Sequence[Sequence[float]]]


def draw(path: Path, panels: Sequence[Panel]) -> None:
    """Draw a column for each panel: bits per symbol, and below them how many more those are than the base's."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(WIDTH * len(panels), HEIGHT), layout="constrained")
        grid = figure.subplots(2, len(panels), squeeze=False, sharex="col")
        for (above, below), panel in zip(grid.T, panels, strict=True):
            _fill(above, panel, dict(panel.bits))
            _fill(below, panel, {name: np.subtract(own, panel.base[name]) for name, own in panel.bits.items()})
            above.set(title=panel.level, ylabel="bits per symbol")
            below.set(
                xlabel=f"symbols since the last {panel.level} began", ylabel=f"more than {next(iter(panel.bits))}"
            )
        grid[0, 0].legend()
        save(figure, path, title="Losses by the distance from the last boundary")


def _fill(axes: Any, panel: Panel, bits: Mapping[str, Any]) -> None:
    """The mean of the seeds as a line, from the least to the greatest as a band."""
    for name, each in bits.items():
        bits_RX = np.asarray(each)
        middle_X = bits_RX.mean(0)
        axes.plot(panel.distances, middle_X, label=name, markersize=3.5, linewidth=1.4, **LINES[name])
        if len(bits_RX) > 1:
            ends = bits_RX.min(0), bits_RX.max(0)
            axes.fill_between(panel.distances, *ends, color=LINES[name]["color"], alpha=0.2, linewidth=0)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda distance, _: f"{distance:,.0f}")

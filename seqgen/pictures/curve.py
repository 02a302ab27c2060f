"""How a run, or several, became better: the losses by step, the best step, and what the model wrote on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from seqgen.pictures.style import LOOKS, draw
from seqgen.pictures.writing import one_line

EXCERPTS, LENGTH, NAME = 6, 58, 12
"""Excerpts in a picture, the columns of one, and those of a name beside it, at most."""
HEIGHTS = (14, -14, 25, -25)
"""Points between a run's numbers and its curve: above it for the run that ends highest, below it for the next."""
WIDTH, HEIGHT, LINE = 7.0, 3.6, 0.24
"""Inches of a picture, of the curves alone, and of a line of text below them."""


class Point(NamedTuple):
    """A loss after a `step`, in `bits`."""

    step: int
    bits: float


class Excerpt(NamedTuple):
    """The `text` that the model wrote after a `step`."""

    step: int
    text: str


@dataclass(frozen=True)
class Curve:
    """What is known of a run of that `name`: its loss in `training` and in `validation`, in bits per `unit` (of
    training where `training_unit` says so), the best step, and samples."""

    name: str
    training: Sequence[Point] = ()
    validation: Sequence[Point] = ()
    best: Point | None = None
    samples: Sequence[Excerpt] = ()
    unit: str = "character"
    training_unit: str = ""


class Mark(NamedTuple):
    """A sample with a number, where on the curve it stands, and which of several runs it is of, counted from 0."""

    number: int
    point: Point
    text: str
    run: int


def draw_curves(path: Path | str, curves: Sequence[Curve], *, theme: str = "both") -> None:
    """Draw the curves of runs into a .svg or .png file; below them what the models wrote at the numbered steps.

    Raises as `seqgen.pictures.draw` does.
    """
    marks = marked(curves)
    size = WIDTH, HEIGHT + LINE * (len(marks) + bool(marks))
    title = f"Loss by step: {', '.join(one_line(curve.name, LENGTH) for curve in curves)}"
    draw(path, lambda figure: _paint(figure, curves, marks), size=size, theme=theme, title=title)


def marked(curves: Sequence[Curve]) -> list[Mark]:
    """The samples that are shown, numbered: few of each run, far enough apart, the last of each among them."""
    each = max(1, EXCERPTS // max(1, len(curves)))
    chosen = [(*found, run) for run, curve in enumerate(curves) for found in _spaced(curve, each)]
    return [Mark(number, *found) for number, found in enumerate(chosen, 1)]


def _spaced(curve: Curve, most: int) -> list[tuple[Point, str]]:
    """Samples at points of the curve, from the last one back, each at least a share of the whole before the next."""
    points = {point.step: point for point in (*curve.training, *curve.validation)}
    end = max(points, default=0)
    found: list[tuple[Point, str]] = []
    for step, text in sorted(curve.samples, reverse=True):
        clear = not found or found[-1][0].step - step >= end / most
        if step in points and clear and text.strip():
            found.append((points[step], text))
    return found[most - 1 :: -1]


def _paint(figure: Any, curves: Sequence[Curve], marks: Sequence[Mark]) -> None:
    heights = [HEIGHT, LINE * (len(marks) + 1)] if marks else [HEIGHT]
    axes, *below = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for curve, (look, other) in zip(curves, cycle(_looks(len(curves))), strict=False):
        _fill(axes, curve, look, other, alone=len(curves) == 1)
    units = dict.fromkeys(curve.unit for curve in curves)
    axes.set(xlabel="step", ylabel=f"bits per {' or '.join(units)}")
    axes.xaxis.set_major_formatter(lambda step, _: f"{step:,.0f}")
    if axes.lines:
        axes.legend()
    else:
        axes.text(0.5, 0.5, "no loss has been noted yet", ha="center", transform=axes.transAxes)
    highest_first = sorted(range(len(curves)), key=lambda run: -_end(curves[run]))
    for mark in marks:
        _number(axes, mark, HEIGHTS[highest_first.index(mark.run) % len(HEIGHTS)])
    for place in below:
        _list(place, marks, curves)


def _looks(count: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """How held-out loss is drawn, and that of training: two looks for a run alone, for several one each."""
    if count == 1:
        return iter([(LOOKS[0], LOOKS[1])])
    return ((look, look | {"linestyle": ":"}) for look in LOOKS)


def _fill(axes: Any, curve: Curve, look: dict[str, Any], other: dict[str, Any], *, alone: bool) -> None:
    name = one_line(curve.name, LENGTH // 2)
    said = f"training, bits per {curve.training_unit}" if curve.training_unit else "training"
    if curve.training:
        label = said if alone else f"{name}, {said}"
        axes.plot(*zip(*curve.training, strict=True), label=label, **other | {"marker": "", "linewidth": 1.2})
    if curve.validation:
        axes.plot(*zip(*curve.validation, strict=True), label="held out" if alone else name, **look)
    if curve.best:
        label = f"best: {curve.best.bits:.3f} at step {curve.best.step:,}"
        axes.plot(*curve.best, label=label, color=look["color"], marker="*", markersize=11, linestyle="")


def _end(curve: Curve) -> float:
    """The last loss that is known."""
    return next((points[-1].bits for points in (curve.validation, curve.training) if points), 0.0)


def _number(axes: Any, mark: Mark, height: int) -> None:
    """The number of a sample, so many points above its own, in the colour of its run."""
    look = {"ha": "center", "va": "center", "fontweight": "bold", "color": _colour(mark)}
    axes.annotate(str(mark.number), mark.point, xytext=(0, height), textcoords="offset points", **look)


def _colour(mark: Mark) -> str:
    return str(LOOKS[mark.run % len(LOOKS)]["color"])


def _list(axes: Any, marks: Sequence[Mark], curves: Sequence[Curve]) -> None:
    """The excerpts, a line each, with the numbers that stand on the curves."""
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(len(marks), 0))
    for row, mark in enumerate(marks):
        axes.text(0, row + 0.5, f"{mark.number}", va="center", fontsize=9, fontweight="bold", color=_colour(mark))
        point, name = mark.point, one_line(curves[mark.run].name, NAME)
        said = f"{name}, step {point.step:,}" if len(curves) > 1 else f"step {point.step:,}, {point.bits:.2f} bits"
        axes.text(0.03, row + 0.5, said, va="center", fontsize=9)
        excerpt = one_line(mark.text, LENGTH)
        axes.text(0.29, row + 0.5, excerpt, va="center", fontsize=9, family="monospace")

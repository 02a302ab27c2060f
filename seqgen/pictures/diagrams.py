"""Diagrams of what is read and what is predicted: the strategies pair by pair, and resets over one stream.

Nothing in them is drawn by hand: what is shown is what `seqgen.lanes` deals out for the symbols that are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from seqgen.errors import UsageError
from seqgen.lanes import WINDOW, Lanes, ResetPolicy, Strategy
from seqgen.pictures.style import BLUE, VERMILION, draw, theme_of
from seqgen.pictures.writing import columns, one_line
from seqgen.text import show
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary

CELL, ROW, LETTER = 0.34, 0.32, 0.1
"""Inches of a column at least, of a row, and of a letter more than two."""
LONGEST = 12
"""Letters of a symbol that are shown."""
KEY = {"read": ("read", 2.6), "state": ("in the state", 4.0), "aim": ("predicted", 3.6)}
"""What boxes stand for, and how many columns it takes to say so."""
PANEL = 1.35
"""Inches of one policy."""


class Seen(NamedTuple):
    """A step of the network: the places in the stream of what is read and of what is predicted, whether it begins from
    the start state, and whether what it reads clears the state."""

    read: tuple[int, ...]
    """The places that are read; of many-to-one the whole context."""
    aims: tuple[int, ...]
    """The places that are predicted and scored."""
    fresh: bool
    """Whether the step begins from the start state."""
    cleared: bool
    """Whether what is read clears the state."""


@dataclass(frozen=True)
class Stream:
    """Symbols in a row, and the steps in which one lane walks them."""

    symbols: Sequence[str | Boundary]
    """What stands in the row, boundaries too."""
    steps: Sequence[Seen]
    """The steps in order; none for what is not scored."""
    strategy: Strategy
    """The strategy that is walked by."""

    @classmethod
    def of(
        cls,
        symbols: Sequence[str | Boundary],
        strategy: Strategy = Strategy(),  # noqa: B008
        *,
        reset: str = "document",
        window: int = 1,
        levels: Sequence[str] = ("document",),
    ) -> Self:
        """The walk of training over symbols, boundaries of these levels among them, in windows of that size."""
        vocabulary = Vocabulary.build(tuple(levels), {each: 1 for each in symbols if isinstance(each, str)})
        ids = np.array([vocabulary.id_of(each) for each in symbols])
        lanes = Lanes(1, window, strategy, ResetPolicy(reset).level(vocabulary, strategy), carry=reset != WINDOW)
        return cls(symbols, tuple(_steps(ids, lanes)), strategy)

    @property
    def whole(self) -> list[Seen]:
        """The steps that read as much as their strategy can and predict as much, all of it inside a document."""
        return [step for step in self.steps if self._is_whole(step)]

    def _is_whole(self, step: Seen) -> bool:
        texts = all(isinstance(self.symbols[place], str) for place in (*step.read, *step.aims))
        return texts and len(step.aims) == self.strategy.horizon

    def shown(self, place: int) -> str:
        """A symbol as it stands in a diagram."""
        symbol = self.symbols[place]
        return symbol.level if isinstance(symbol, Boundary) else one_line(show(symbol), LONGEST)


def _steps(ids: np.ndarray, lanes: Lanes) -> list[Seen]:
    """What a walk reads and scores, by place: the same walk over the places themselves says where things stand."""
    found = []
    for batch, where in zip(lanes.once(ids), lanes.once(np.arange(len(ids))), strict=True):
        for step, scored_K in enumerate(batch.scored_BSK[0]):
            read_T = where.inputs_BT[0] if lanes.strategy.context else where.inputs_BT[0, step : step + 1]
            if scored_K.any():
                read, aims = tuple(read_T.tolist()), tuple(where.targets_BSK[0, step][scored_K].tolist())
                cleared = bool(ids[read[-1]] <= lanes.reset_level)
                found.append(Seen(read, aims, bool(batch.fresh_B[0]) and step == 0, cleared))
    return found


def strategy_diagram(path: Path | str, stream: Stream, *, count: int = 6, theme: str = "both") -> None:
    """Draw the first whole pairs of a strategy, a row each: what is read, what the state holds, what is predicted.

    Raises as `seqgen.pictures.draw` does, and UsageError where the symbols are too few for a pair.
    """
    steps = stream.whole[:count]
    if not steps:
        there = f"{len(stream.symbols)} symbols are too few for a whole pair"
        raise UsageError(f"the diagram {path}", there, "Take a longer text")
    places = range(steps[0].read[0], steps[-1].aims[-1] + 1)
    letters = max(2, *(columns(stream.shown(place)) for place in places))
    size = (CELL + LETTER * (letters - 2)) * _wide(places), ROW * (len(steps) + 2)
    title = f"What {stream.strategy.name} reads and predicts"
    ink = theme_of(theme).ink
    draw(path, lambda figure: _pairs(figure, stream, steps, places, ink), size=size, theme=theme, title=title)


def _wide(places: range) -> float:
    """The columns of a diagram: a half on either side, and room for the key."""
    return max(len(places) + 1, sum(columns_of for _, columns_of in KEY.values()))


def _pairs(figure: Any, stream: Stream, steps: Sequence[Seen], places: range, ink: str) -> None:
    axes = _bare(figure, (places[0] - 0.5, places[0] + _wide(places) - 0.5), (len(steps) + 2, 0))
    carried = not stream.strategy.context
    place = float(places[0])
    for kind, (said, columns_of) in KEY.items():
        if kind != "state" or carried:
            _cell(axes, place + 0.5, 0.5, kind, " ", ink)
            axes.text(place + 1.1, 0.5, said, va="center", fontsize=8)
            place += columns_of
    for row, step in enumerate(steps, 1):
        for place in places:
            inside = "state" if carried and place < step.read[0] else "rest"
            kind = "read" if place in step.read else "aim" if place in step.aims else inside
            _cell(axes, place + 0.5, row + 1, kind, stream.shown(place), ink)


def _cell(axes: Any, x: float, y: float, kind: str, text: str, ink: str) -> None:
    """A symbol: read in a square, predicted in a round box, in the state in a dashed one, or bare."""
    from matplotlib.patches import FancyBboxPatch

    face = {"read": BLUE, "aim": VERMILION}.get(kind, "none")
    edge, dashes = (BLUE, ":") if kind == "state" else (face, "-")
    box = f"{'round' if kind == 'aim' else 'square'},pad=0" + (",rounding_size=0.35" if kind == "aim" else "")
    corner, size = (x - 0.44, y - 0.4), (0.88, 0.8)
    axes.add_patch(FancyBboxPatch(corner, *size, boxstyle=box, facecolor=face, edgecolor=edge, linestyle=dashes))
    colour, weight = ("#ffffff", "bold") if kind in ("read", "aim") else (ink, "normal")
    if text.strip():
        axes.text(x, y, text, ha="center", va="center", family="monospace", fontsize=9, color=colour, fontweight=weight)


def reset_diagram(path: Path | str, streams: Mapping[str, Stream], *, theme: str = "both") -> None:
    """Draw streams below each other, each with its title: how long the state lives, and how far each step predicts.

    Raises as `seqgen.pictures.draw` does.
    """
    longest = max((len(stream.symbols) for stream in streams.values()), default=1)
    size, ink = (CELL * (longest + 1), PANEL * len(streams) + ROW), theme_of(theme).ink
    title = f"Where the state is cleared: {', '.join(streams)}"
    draw(path, lambda figure: _policies(figure, streams, longest, ink), size=size, theme=theme, title=title)


def _policies(figure: Any, streams: Mapping[str, Stream], longest: int, ink: str) -> None:
    axes = _bare(figure, (-0.5, longest + 0.5), (PANEL * len(streams) + ROW, 0))
    for row, (name, stream) in enumerate(streams.items()):
        top = PANEL * row
        axes.text(0, top + 0.12, one_line(name, 60), va="center", fontsize=9, fontweight="bold")
        for place, symbol in enumerate(stream.symbols):
            upright = isinstance(symbol, Boundary)
            look: dict[str, Any] = (
                {"rotation": 90, "fontsize": 6} if upright else {"family": "monospace", "fontsize": 9}
            )
            axes.text(place + 0.5, top + 0.66, stream.shown(place), ha="center", va="center", **look)
        _lives(axes, stream, top + 0.34)
        _reaches(axes, stream, top + 1.0)
    key = "line: the state lives · x: it is cleared · dot to bar: from what is read to the last that is predicted"
    axes.text(0, PANEL * len(streams) + ROW / 2, key, va="center", fontsize=7)


def _lives(axes: Any, stream: Stream, y: float) -> None:
    """The state as a line over the steps that it lives through; a cross where it is cleared."""
    begin = 0.0
    for step in stream.steps:
        place = step.read[-1] + (0.5 if step.cleared else 0.0)
        if step.cleared or (step.fresh and step.read[-1]):
            axes.hlines(y, begin, max(begin, place - 0.15), color=BLUE, linewidth=2)
            begin = place + 0.15
            axes.plot(place, y, color=VERMILION, marker="x", markersize=6, markeredgewidth=2)
    axes.hlines(y, begin, stream.steps[-1].read[-1] + 1 if stream.steps else begin, color=BLUE, linewidth=2)


def _reaches(axes: Any, stream: Stream, y: float) -> None:
    """From each symbol read to the last that it predicts, in as many lines as keep them apart."""
    starts = [step.read[-1] + 0.5 for step in stream.steps]
    ends = [step.aims[-1] + 0.8 for step in stream.steps]
    levels = [y + 0.1 * (step.read[-1] % (stream.strategy.horizon + 1)) for step in stream.steps]
    axes.hlines(levels, starts, ends, color=VERMILION, linewidth=1)
    axes.plot(starts, levels, color=VERMILION, linestyle="", marker="o", markersize=3)
    axes.plot(ends, levels, color=VERMILION, linestyle="", marker="|", markersize=5, markeredgewidth=1.5)


def _bare(figure: Any, x: tuple[float, float], y: tuple[float, float]) -> Any:
    """Axes over the whole figure, without any of their own lines."""
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=x, ylim=y)
    return axes

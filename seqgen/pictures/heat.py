"""A text with each symbol on a ground that says what it cost, or what a unit of the network did when it was read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from seqgen.errors import UsageError
from seqgen.files import write_atomically
from seqgen.pictures.page import page
from seqgen.pictures.scales import SCALES, Scale
from seqgen.pictures.style import SUFFIXES, draw, require, theme_of
from seqgen.pictures.writing import columns, one_line, visible

PAGE = (".html", *SUFFIXES)
"""Of the files that can show heat."""
FULL = 8.0
"""Bits at which the scale ends."""
STEPS = 8
"""Steps of the scale on either side of nothing."""
WIDE, ROWS = 80, 110
"""Columns of a row, and rows of a picture at most."""
LETTER, ROW = 0.095, 0.24
"""Inches of a column and of a row."""
HEAD, LEGEND = 3, 5
"""Rows for the title and the legend, and columns of a step of the legend."""


@dataclass(frozen=True)
class Spot:
    """A symbol as it stands in the text, what it cost in bits, the `likely` symbols there with their
    probabilities, whether reading it was a `reset` or it `ends` a document, and the activation of a unit behind it."""

    text: str
    bits: float
    likely: Sequence[tuple[str, float]] = ()
    reset: bool = False
    ends: bool = False
    activation: float | None = None


class Cell(NamedTuple):
    """A spot in a picture: its row and first column, what is written there, and how many columns it has."""

    row: int
    column: int
    text: str
    columns: int
    spot: Spot


@dataclass(frozen=True)
class Measure:
    """What the grounds stand for: from 0 to 8 bits or more; or from -`full` to `full`, for activations."""

    full: float = FULL
    signed: bool = False

    @classmethod
    def of(cls, spots: Sequence[Spot]) -> "Measure":
        """That of the activations, if there are any, which end at 1 unless one is larger."""
        known = [abs(spot.activation) for spot in spots if spot.activation is not None]
        return cls(max(1.0, *known, 1.0), signed=True) if known else cls()

    def step(self, spot: Spot) -> int:
        """The step of the scale on which a symbol stands."""
        value = (spot.activation or 0.0) if self.signed else spot.bits
        return round(STEPS * max(-1.0, min(value / self.full, 1.0)))

    def legend(self) -> list[tuple[int, str]]:
        """The steps, and what stands below them."""
        steps = range(-STEPS if self.signed else 0, STEPS + 1)
        end = "" if self.signed else "+ bits"
        return [(step, f"{self.full * step / STEPS:.3g}" + (end if step == STEPS else "")) for step in steps]


def draw_heat(path: Path | str, spots: Sequence[Spot], *, title: str = "", note: str = "", theme: str = "both") -> None:
    """Draw a text with what its symbols cost, or with activations, into a .html, .svg or .png file.

    The page shows the likeliest symbols at each place too, is dark where its reader's pages are, and holds no script.
    Raises as `require` does, and UsageError for a text that a picture has no room for.
    """
    path, measure = require(path, suffixes=PAGE), Measure.of(spots)
    theme = theme_of(theme).name
    if path.suffix.lower() == ".html":
        write_atomically(path, page(spots, measure, title=title, note=note, theme=theme).encode("utf-8"))
        return
    cells = list(laid_out(spots))
    rows = 1 + max((cell.row for cell in cells), default=0)
    if rows > ROWS:
        there = f"the text has {rows:,} rows of {WIDE} columns, and a picture has {ROWS} at most"
        raise UsageError(f"drawing {path}", there, "Name a .html file, or take less text")
    theme = "dark" if theme == "dark" else "light"
    wide = max([LEGEND * len(measure.legend()), *(cell.column + cell.columns for cell in cells)])
    size = LETTER * (wide + 6), ROW * (HEAD + rows + 1)
    scale = SCALES[theme]
    draw(path, lambda figure: _paint(figure, cells, measure, scale, f"{title} {note}"), size=size, theme=theme)


def laid_out(spots: Sequence[Spot]) -> Iterator[Cell]:
    """The symbols in rows; a new line, or the end of a document, begins a row."""
    row = column = 0
    for spot in spots:
        shown = one_line(spot.text, WIDE) if spot.text.strip() else visible(spot.text.replace("\n", "↵"))[:WIDE]
        wide = max(1, columns(shown))
        if column + wide > WIDE:
            row, column = row + 1, 0
        yield Cell(row, column, shown, wide, spot)
        column += wide
        if spot.ends or spot.text.endswith("\n"):
            row, column = row + 1, 0


def _paint(figure: Any, cells: Sequence[Cell], measure: Measure, scale: Scale, title: str) -> None:
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    wide, high = figure.get_size_inches()
    axes.set(xlim=(-2, wide / LETTER - 2), ylim=(high / ROW - HEAD - 0.5, -HEAD - 0.5))
    axes.text(0, 0.5 - HEAD, one_line(title, WIDE), va="center", fontsize=10, color=scale.ink)
    boxes = [(cell.column, cell.row, cell.columns, measure.step(cell.spot)) for cell in cells]
    _fill(axes, boxes + [(LEGEND * k, 1 - HEAD, LEGEND, step) for k, (step, _) in enumerate(measure.legend())], scale)
    for k, (_, said) in enumerate(measure.legend()):
        if k % 2 == 0:
            axes.text(LEGEND * k + 0.5, 1.5 - HEAD, said, va="center", fontsize=7, color=scale.ink)
    look = {"ha": "center", "va": "center", "fontsize": 9, "family": "monospace", "color": scale.ink}
    for cell in cells:
        if cell.text.strip():
            axes.text(cell.column + cell.columns / 2, cell.row + 0.52, cell.text.strip(), **look)
        if cell.spot.reset:
            axes.vlines(cell.column + cell.columns, cell.row + 0.05, cell.row + 0.95, color=scale.ink, linewidth=3)


def _fill(axes: Any, boxes: Sequence[tuple[int, int, int, int]], scale: Scale) -> None:
    from matplotlib.collections import PolyCollection

    corners = [[(x, y), (x + w, y), (x + w, y + 0.96), (x, y + 0.96)] for x, y, w, _ in boxes]
    axes.add_collection(
        PolyCollection(corners, facecolors=[scale.at(step / STEPS) for *_, step in boxes], linewidths=0)
    )

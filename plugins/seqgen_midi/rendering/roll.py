"""A piano roll in characters."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, takewhile

from seqgen_midi.bars import COMMON, Bar, Bars, bar_length, beat_length
from seqgen_midi.rendering.summary import note_name, summary
from seqgen_midi.score import DRUMS, Note, Score

LABEL = 4
"""Characters of a note's name at the left."""
NARROWEST = 24
SYSTEMS = 6
GRIDS = (1, 2, 3, 4, 6, 8, 12)
"""Columns of a quarter that are tried, the fewest first."""
USUAL = 4
"""Columns of a quarter where notes begin on no grid."""
NEAR, ENOUGH = 48, 0.98
"""Which part of a quarter a note may be off a grid, and for how many notes that must hold."""
NOTHING, HELD, STRUCK = 0, 1, 2
CELLS = {
    (NOTHING, STRUCK): "▄",
    (STRUCK, NOTHING): "▀",
    (STRUCK, STRUCK): "█",
    (HELD, STRUCK): "▄",
    (STRUCK, HELD): "▀",
    (NOTHING, HELD): "▁",
    (HELD, NOTHING): "▔",
    (HELD, HELD): "═",
}
"""A character for two pitches, the upper one first."""
COLOURS = (36, 33, 35, 32, 34, 31)
FAINT = 2
"""Codes of the terminal: by track, and for lines (ECMA-48, SGR)."""

Column = tuple[int, int]
"""How a pitch sounds in a column, and in which track."""
Cell = tuple[str, int]
"""A character, and its colour or 0."""


def roll(score: Score, *, width: int = 100, colour: bool = False, systems: int = SYSTEMS) -> str:
    """A piano roll of so many characters a line, in systems of whole bars, behind a line that sums the piece up.

    A row is two pitches. A note begins with a half block and is held by a thin line; in `colour` each track has its
    own. Drums are left out unless there is nothing else. After so many systems it says how many bars are left.
    """
    lines = textwrap.wrap(summary(score), max(width, NARROWEST))
    if score.notes:
        lines += _Roll.of(score, max(width, NARROWEST)).lines(systems, colour=colour)
    return "\n".join(line.rstrip() for line in lines)


@dataclass(frozen=True)
class _Roll:
    """What is drawn: notes with the number of their track, their bars, and how many ticks a column has."""

    notes: list[tuple[int, Note]]  # by start
    bars: Bars
    ticks: Fraction
    width: int

    @classmethod
    def of(cls, score: Score, width: int) -> "_Roll":
        pitched = any(track.notes and track.channel != DRUMS for track in score.tracks)
        notes = [
            (number, note)
            for number, track in enumerate(score.tracks)
            if track.channel != DRUMS or not pitched
            for note in track.notes
        ]
        notes.sort(key=lambda each: each[1].start)
        metres = score.metres if score.metres and not score.metres[0].start else (COMMON, *score.metres)
        longest = Fraction(max(bar_length(score.division, each) for each in metres), width - LABEL - 2)
        return cls(notes, Bars.of(score), max(_ticks(score, notes), longest), width)

    def lines(self, systems: int, *, colour: bool) -> Iterator[str]:
        """The lines of the first systems, and what is left."""
        end = max(max(note.end, note.start + 1) for _, note in self.notes)
        bars, drawn = self.bars.until(end), list[Bar]()
        waiting = next(bars, None)
        for _ in range(systems):
            system, used = list[Bar](), LABEL + 1
            while waiting and (used := used + self._columns(waiting) + 1) <= self.width:
                system.append(waiting)
                waiting = next(bars, None)
            drawn += system
            if system:
                yield ""
                yield from self._system(system, colour=colour)
        left = 1 + self.bars.at(end - 1).number - len(drawn)
        if left:
            yield ""
            yield f"and {left} more {'bar' if left == 1 else 'bars'}"

    def _columns(self, bar: Bar) -> int:
        return -int((bar.start - bar.stop) // self.ticks)

    def _system(self, bars: list[Bar], *, colour: bool) -> Iterator[str]:
        pitches = [note.pitch for _, note in self.notes]
        high, low = max(pitches), min(pitches)
        yield " " * LABEL + "".join(
            f" {bar.number + 1:<{self._columns(bar)}}"[: self._columns(bar) + 1] for bar in bars
        )
        drawn = [(self._drawn(bar), self._beats(bar), self._columns(bar)) for bar in bars]
        for upper in range(high, low - 1, -2):
            cells: list[Cell] = [(f"{_label(upper, high, low):<{LABEL}}", 0), ("│", FAINT)]
            for columns, beats, count in drawn:
                cells += [_cell(columns, beats, place=(column, upper)) for column in range(count)]
                cells.append(("│", FAINT))
            yield _written(cells, colour=colour)

    def _drawn(self, bar: Bar) -> dict[tuple[int, int], Column]:
        """How each pitch sounds in each column of a bar, where it does."""
        found: dict[tuple[int, int], Column] = {}
        count = self._columns(bar)
        for track, note in takewhile(lambda each: each[1].start < bar.stop, self.notes):
            if max(note.end, note.start + 1) > bar.start:
                first = min(self._near(max(note.start, bar.start) - bar.start), count - 1)
                last = min(max(self._near(note.end - bar.start), first + 1), count)
                for column in range(first, last):
                    state = STRUCK if column == first and note.start >= bar.start else HELD
                    found[column, note.pitch] = max(found.get((column, note.pitch), (NOTHING, 0)), (state, track))
        return found

    def _beats(self, bar: Bar) -> set[int]:
        """The columns in which beats begin."""
        return {self._near(tick) for tick in range(0, bar.stop - bar.start, beat_length(self.bars.division, bar.metre))}

    def _near(self, ticks: int) -> int:
        return int(ticks / self.ticks + Fraction(1, 2))


def _ticks(score: Score, notes: Iterable[tuple[int, Note]]) -> Fraction:
    """Ticks of a column, as many as show where nearly all notes begin."""
    starts, whole = [note.start for _, note in notes], score.division
    for count in GRIDS:
        beyond = ((start * count) % whole for start in starts)  # in parts of a tick, `count` to one
        off = sum(min(part, whole - part) * NEAR > whole * count for part in beyond)
        if off <= (1 - ENOUGH) * len(starts):
            return Fraction(whole, count)
    return Fraction(whole, USUAL)


def _label(upper: int, high: int, low: int) -> str:
    """The name of the highest and lowest note, and of each C."""
    if upper == high:
        return note_name(upper)
    if upper - 1 <= low:
        return note_name(low)
    return note_name(upper - upper % 12) if upper % 12 in (0, 1) else ""


def _cell(columns: dict[tuple[int, int], Column], beats: set[int], *, place: tuple[int, int]) -> Cell:
    column, upper = place
    above, below = columns.get((column, upper), (NOTHING, 0)), columns.get((column, upper - 1), (NOTHING, 0))
    if above[0] or below[0]:
        return CELLS[above[0], below[0]], COLOURS[max(above, below)[1] % len(COLOURS)]
    dotted = column in beats and upper % 12 in (0, 1)
    return ("·", FAINT) if dotted else (" ", 0)


def _written(cells: Iterable[Cell], *, colour: bool) -> str:
    """The cells in a row, in colours if they are wanted."""
    if not colour:
        return "".join(text for text, _ in cells)
    runs = ((code, "".join(text for text, _ in run)) for code, run in groupby(cells, key=lambda cell: cell[1]))
    return "".join(f"\x1b[{code}m{text}\x1b[0m" if code else text for code, text in runs)

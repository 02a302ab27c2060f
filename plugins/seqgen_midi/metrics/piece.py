"""A piece, or the beginning of one, as the figures look at it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from seqgen.metric import Excerpt
from seqgen_midi.bars import Bars
from seqgen_midi.piece import whole
from seqgen_midi.score import DRUMS, Note, Score
from seqgen_midi.topline import pitched, top_line

GRID = 12
"""Positions of a quarter on which a groove is compared: sixteenths, and triplets of them are on it or next to it."""


class Stroke(NamedTuple):
    """A note within its bar: ticks behind the bar line, whether it is percussion, pitch, and ticks that it lasts."""

    offset: int
    drum: bool
    pitch: int
    duration: int


@dataclass(frozen=True)
class Piece:
    """A score, and whether it begins and ends where its piece does.

    Bars are counted from 0 to the last in which a note sounds. Of a piece that was cut, the bar in which the last note
    begins may lack some, so it does not count, nor does what comes later; without its beginning nobody knows where the
    bars are, and there are none.
    """

    score: Score
    begins: bool = True
    ends: bool = True

    @classmethod
    def of(cls, excerpt: Excerpt) -> "Piece":
        """The only piece of an excerpt."""
        return cls(whole(excerpt.pieces), excerpt.begins, excerpt.ends)

    @cached_property
    def notes(self) -> list[Note]:
        """The notes but for percussion, by start, then by pitch."""
        return pitched(self.score)

    @cached_property
    def line(self) -> list[Note]:
        """The highest notes."""
        return top_line(self.notes)

    @cached_property
    def size(self) -> int:
        """How many bars count."""
        notes = [note for track in self.score.tracks for note in track.notes]
        if not notes or not self.begins:
            return 0
        if not self.ends:
            return self._bars.at(max(note.start for note in notes)).number
        return 1 + self._bars.at(max(_last(note) for note in notes)).number

    @cached_property
    def bars(self) -> dict[int, tuple[Stroke, ...]]:
        """What begins in each bar that counts and in which something does, in order."""
        found: dict[int, list[Stroke]] = {}
        for drum, note in self._struck():
            bar = self._bars.at(note.start)
            found.setdefault(bar.number, []).append(Stroke(note.start - bar.start, drum, note.pitch, note.duration))
        return {bar: tuple(sorted(strokes)) for bar, strokes in found.items() if bar < self.size}

    @cached_property
    def positions(self) -> dict[int, set[int]]:
        """For each of these bars where in it notes begin, to the nearest of `GRID` to a quarter."""
        found: dict[int, set[int]] = {}
        for start in {note.start for _, note in self._struck()}:
            bar = self._bars.at(start)
            step = (2 * (start - bar.start) * GRID + self.score.division) // (2 * self.score.division)
            late = step * self.score.division >= (bar.stop - bar.start) * GRID
            found.setdefault(bar.number + late, set()).add(0 if late else step)
        return {bar: steps for bar, steps in found.items() if bar < self.size}

    @cached_property
    def sounding(self) -> int:
        """In how many of the bars that count something sounds."""
        spans = [
            (self._bars.at(note.start).number, self._bars.at(_last(note)).number + 1) for _, note in self._struck()
        ]
        return covered((first, min(stop, self.size)) for first, stop in spans if first < self.size)

    @cached_property
    def _bars(self) -> Bars:
        return Bars.of(self.score)

    def _struck(self) -> Iterable[tuple[bool, Note]]:
        return ((track.channel == DRUMS, note) for track in self.score.tracks for note in track.notes)


def covered(spans: Iterable[tuple[int, int]]) -> int:
    """How much the spans, each from its first up to its second, cover together."""
    total, reached = 0, None
    for first, stop in sorted(spans):
        begin = first if reached is None else max(first, reached)
        total += max(0, stop - begin)
        reached = stop if reached is None else max(stop, reached)
    return total


def _last(note: Note) -> int:
    """The last tick in which it sounds."""
    return max(note.start, note.end - 1)

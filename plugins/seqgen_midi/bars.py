"""Where bars, beats and sections begin."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from seqgen_midi.score import Metre, Score

COMMON = Metre(0, 4, 4)
"""The metre where a file says nothing (Standard MIDI Files 1.0)."""
COMPOUND = (6, 9, 12)
"""Numbers of eighths or shorter notes that are counted in threes."""


class Bar(NamedTuple):
    """A bar: its number from 0, the tick at which it starts, and the one at which the next does."""

    number: int
    start: int
    stop: int
    metre: Metre


def bar_length(division: int, metre: Metre) -> int:
    """Ticks of a whole bar; at least 1."""
    return max(1, metre.beats * 4 * division // metre.unit)


def beat_length(division: int, metre: Metre) -> int:
    """Ticks of a beat: of 6/8, 9/8 and 12/8 a dotted quarter; at least 1."""
    threes = 3 if metre.beats in COMPOUND and metre.unit >= 8 else 1
    return max(1, threes * 4 * division // metre.unit)


@dataclass(frozen=True)
class _Stretch:
    """Bars of one metre, from a tick on; `first` is the number of the first."""

    start: int
    length: int
    first: int
    metre: Metre


class Bars:
    """The bars of a piece. A change of the metre within a bar cuts it short and begins another.

    Before the first metre, and without any, there are bars of 4/4.
    """

    def __init__(self, division: int, metres: Iterable[Metre] = ()) -> None:
        self.division, self._stretches = division, list[_Stretch]()
        for metre in [COMMON, *metres]:
            self._go_on(metre)
        self._starts = [each.start for each in self._stretches]

    @classmethod
    def of(cls, score: Score) -> "Bars":
        """Those of a score."""
        return cls(score.division, score.metres)

    def at(self, tick: int) -> Bar:
        """The bar in which a tick lies."""
        index = bisect_right(self._starts, tick) - 1
        each = self._stretches[index]
        count = (tick - each.start) // each.length
        start = each.start + count * each.length
        stop = start + each.length
        if index + 1 < len(self._stretches):
            stop = min(stop, self._starts[index + 1])
        return Bar(each.first + count, start, stop, each.metre)

    def until(self, end: int) -> Iterator[Bar]:
        """The bars that begin before a tick, and the first in any case."""
        tick = 0
        while tick < max(end, 1):
            bar = self.at(tick)
            yield bar
            tick = bar.stop

    def _go_on(self, metre: Metre) -> None:
        length = bar_length(self.division, metre)
        if not self._stretches:
            self._stretches.append(_Stretch(0, length, 0, metre))
            return
        last = self._stretches[-1]
        if metre.start == last.start:
            self._stretches[-1] = _Stretch(last.start, length, last.first, metre)
        else:
            bars = -((last.start - metre.start) // last.length)
            self._stretches.append(_Stretch(metre.start, length, last.first + bars, metre))

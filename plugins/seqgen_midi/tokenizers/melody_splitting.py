"""A line to symbols of melodies."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seqgen.tokenizer import Boundary
from seqgen_midi.bars import Bar, Bars
from seqgen_midi.marks import at_bar
from seqgen_midi.score import Note
from seqgen_midi.tokenizers.lines import Line
from seqgen_midi.tokenizers.melody_symbols import FOUR, Pair, Symbols, key_symbol

BEAT = Boundary("beat")
LAST = Note(1 << 62, 0, 0, 1)
"""Never comes."""

Heard = dict[int, Pair]
"""The (pitch, duration) of what begins at each place in a bar."""


class Marks(NamedTuple):
    """The levels of which each unit is marked, and the bars of a section."""

    levels: tuple[str, ...]
    section_bars: int

    def at(self, bar: int) -> str | None:
        """The strongest of the levels of which a unit begins with the bar of that number; None for the first bar, which
        begins with the piece."""
        return at_bar(self.levels, bar, self.section_bars) or None if bar else None

    @property
    def beats(self) -> bool:
        """Whether beats are marked, so that what is said ends with them."""
        return "beat" in self.levels


def spoken(line: Line, symbols: Symbols, marks: Marks) -> Iterator[str | Boundary]:
    """The symbols of a line, with a Boundary before the bar, beat or section that begins there."""
    if line.tempo:
        yield from symbols.tempos[line.tempo]
    if line.key:
        yield key_symbol(*line.key)
    if line.notes:
        yield from _bars(line, symbols, marks)


def _bars(line: Line, symbols: Symbols, marks: Marks) -> Iterator[str | Boundary]:
    durations, metre = symbols.durations, FOUR
    past = deque[Heard](maxlen=max(symbols.lookback, default=0))
    notes = iter(line.notes)
    start, pitch, _, duration = next(notes)
    for bar in Bars(symbols.steps, line.metres).until(line.end):
        if level := marks.at(bar.number):
            yield Boundary(level)
        if bar.metre[1:] != metre:
            metre = bar.metre[1:]
            yield from symbols.metre(metre)
        at, here = bar.start, Heard()
        earlier = [(f"<{bars}", past[bars - 1]) for bars in symbols.lookback if bars <= len(past)]
        for stop in _stops(bar, symbols, marks):
            if at > bar.start:
                yield BEAT
            while at < stop:
                end = min(start if start > at else start + duration, stop)
                if start == at:
                    here[at - bar.start] = sound = pitch, end - at
                    symbol = _again(earlier, at - bar.start, sound=sound) or f"p{pitch}"
                else:
                    symbol = "r" if start > at else "~"
                yield symbol
                if symbol[0] != "<":
                    yield from durations[end - at]
                at = end
                if at == start + duration:
                    start, pitch, _, duration = next(notes, LAST)
        past.appendleft(here)


def _again(earlier: Iterable[tuple[str, Heard]], place: int, *, sound: Pair) -> str | None:
    """What says that the same began at the same place in an earlier bar."""
    for symbol, heard in earlier:
        if heard.get(place) == sound:
            return symbol
    return None


def _stops(bar: Bar, symbols: Symbols, marks: Marks) -> Iterable[int]:
    """Where durations end at the latest: the end of the bar, and of each beat if those are marked."""
    if not marks.beats:
        return (bar.stop,)
    beat = symbols.lengths(bar.metre[1:])[1]
    return (*range(bar.start + beat, bar.stop, beat), bar.stop)

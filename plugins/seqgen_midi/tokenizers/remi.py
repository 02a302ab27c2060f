"""The tokenizer whose symbols are bars, positions in them, and notes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import Final

from seqgen.errors import UnknownName, UsageError
from seqgen.records import flag, option, within
from seqgen.tokenizer import Boundary, Tokenizer
from seqgen_midi.bars import Bar, Bars, bar_length, beat_length
from seqgen_midi.marks import at_bar
from seqgen_midi.score import Metre, Score
from seqgen_midi.tokenizers.grid import (
    LONGEST_BAR,
    PERCUSSION,
    TEMPOS,
    WHOLES,
    Grid,
    Row,
    grid_of,
    gridded,
    metres_of,
    score_of,
    velocities_of,
)

LEVELS: Final = ("section", "bar", "beat")
BAR: Final = "bar"
TEMPO: Final = -1
"""Stands where a program does in what is said at a position: before all notes."""


class Kind(IntEnum):
    """What a symbol is about."""

    BAR = 0
    METRE = 1
    PLACE = 2
    TEMPO = 3
    PROGRAM = 4
    VELOCITY = 5
    DURATION = 6
    PITCH = 7
    DRUM = 8


@dataclass(frozen=True)
class Remi(Tokenizer):
    """Bars, positions, programs, velocities and durations, each said where it changes, and pitches, which sound.

    After REMI (Huang and Yang 2020, "Pop Music Transformer"), with every bar said and every metre. Law: `join` of what
    `split` gives is `quantised`, and `split` of that gives the same symbols.
    """

    name = "remi"
    domain = "midi"
    version = 1

    levels: tuple[str, ...] = option(("bar",), "The levels of structure to mark, strongest first: section, bar, beat")
    resolution: int = option(12, "Steps to a quarter note; 12 hold triplets and sixteenths exactly")
    velocities: int = option(32, "Steps of loudness; 0 makes all notes equally loud")
    tempos: bool = option(True, "Keep the tempo")
    programs: bool = option(True, "Keep the instruments; otherwise all but the percussion becomes one piano")
    section_bars: int = option(4, "Bars to a section")

    def __post_init__(self) -> None:
        """Check the options."""
        within(flag("resolution"), self.resolution, 1, 96)
        within(flag("velocities"), self.velocities, 0, 127)
        within(flag("section_bars"), self.section_bars, 1, 1 << 20)
        for level in self.levels:
            if level not in LEVELS:
                raise UnknownName("the level", level, LEVELS)
        if list(self.levels) != sorted(set(self.levels), key=LEVELS.index):
            raise UsageError(f"the levels {self.levels}", "they are not in order, each once", f"Order: {LEVELS}")

    def split(self, content: Score) -> Iterator[str | Boundary]:
        """The symbols, with a Boundary before the `bar` that begins there, and before the first position of a beat."""
        return iter(self._said(self.grid(content)))

    def join(self, symbols: Iterable[str]) -> Iterator[Score]:
        """One score. What makes no sense where it stands is left out; a pitch struck again ends the note before."""
        heard, nothing = _Heard(self.resolution, velocities_of(self.velocities)[64]), (None, 0)
        for symbol in symbols:
            kind, value = self.meaning.get(symbol, nothing)
            if kind is not None:
                heard.take(kind, value)
        yield score_of(heard.grid, self.resolution)

    def quantised(self, score: Score) -> Score:
        """What is kept of a score: notes, on the grid, in a track for each program; tempos and metres."""
        return score_of(self.grid(score), self.resolution)

    def grid(self, score: Score) -> Grid:
        """What is kept of a score, in steps."""
        return grid_of(score, self.resolution, velocities=self.velocities, tempos=self.tempos, programs=self.programs)

    def alphabet(self) -> tuple[str, ...]:
        """All symbols there are."""
        return tuple(self.meaning)

    def length(self, symbol: str) -> int:
        """1 for a pitch, which is where a note sounds; 0 for all others."""
        return int(self.meaning.get(symbol, (Kind.BAR, 0))[0] >= Kind.PITCH)

    def level_of(self, bar: int) -> str | None:
        """The strongest level that begins with the bar of that number; None if none does, or with the piece itself."""
        return at_bar(self.levels, bar, self.section_bars) or None if bar else None

    @cached_property
    def meaning(self) -> Mapping[str, tuple[Kind, int]]:
        """What each symbol says. A metre's value has the beats before 5 bits of the unit."""
        whole = 4 * self.resolution
        durations = [*range(1, whole), *(whole << power for power in range(WHOLES))]
        found = {BAR: (Kind.BAR, 0)}
        found |= {f"m{beats}/{unit}": (Kind.METRE, beats << 5 | unit) for beats, unit in metres_of(self.resolution)}
        found |= {f"@{place}": (Kind.PLACE, place) for place in range(1, LONGEST_BAR * self.resolution)}
        found |= {f"q{tempo}": (Kind.TEMPO, tempo) for tempo in TEMPOS if self.tempos}
        found |= {f"i{program}": (Kind.PROGRAM, program) for program in range(128) if self.programs}
        found |= {f"v{loud}": (Kind.VELOCITY, loud) for loud in velocities_of(self.velocities) if self.velocities}
        found |= {f"d{duration}": (Kind.DURATION, duration) for duration in durations}
        found |= {f"p{pitch}": (Kind.PITCH, pitch) for pitch in range(128)}
        return found | {f"drum{pitch}": (Kind.DRUM, pitch) for pitch in range(128)}

    def _said(self, grid: Grid) -> list[str | Boundary]:
        said, stop, origin, place, cut = list[str | Boundary](), 0, 0, 0, False
        program, loud, length = 0, 0 if self.velocities else velocities_of(0)[0], 0
        bars, beats, beat = self._bars(grid), "beat" in self.levels, 1
        speeds = [(start, TEMPO, tempo, 0, 0) for start, tempo in grid.tempos]
        for start, voice, pitch, duration, velocity in sorted([*speeds, *grid.notes]) if speeds else grid.notes:
            while start >= stop:
                if cut:
                    said += self._places(place, stop - origin, beat)
                bar, cut, opening = next(bars)
                said += opening
                origin, stop, place, beat = bar.start, bar.stop, 0, beat_length(self.resolution, bar.metre)
            at = start - origin
            if at != place:
                said += self._places(place, at, beat) if beats else (f"@{at}",)
                place = at
            if voice == TEMPO:
                said.append(f"q{pitch}")
                continue
            if voice != program and voice != PERCUSSION:
                program = voice
                said.append(f"i{voice}")
            if velocity != loud:
                loud = velocity
                said.append(f"v{velocity}")
            if duration != length:
                length = duration
                said += lasting(duration, 4 * self.resolution)
            said.append(f"p{pitch}" if voice != PERCUSSION else f"drum{pitch}")
        return said

    def _places(self, before: int, at: int, beat: int) -> list[str | Boundary]:
        """The position behind another, with the boundary of a beat that begins between them."""
        begins = "beat" in self.levels and at // beat != before // beat
        return [Boundary("beat"), f"@{at}"] if begins else [f"@{at}"]

    def _bars(self, grid: Grid) -> Iterator[tuple[Bar, bool, list[str | Boundary]]]:
        """Each bar, whether it ends before its time, and the symbols that begin it."""
        metres = {start: f"m{beats}/{unit}" for start, beats, unit in grid.metres}
        for bar in Bars(self.resolution, [Metre(*each) for each in grid.metres]).until(grid.notes[-1][0] + 1):
            opening: list[str | Boundary] = [BAR]
            if bar.start in metres:
                opening.append(metres[bar.start])
            if level := self.level_of(bar.number):
                opening.insert(0, Boundary(level))
            yield bar, bar.stop - bar.start < bar_length(self.resolution, bar.metre), opening


@lru_cache(1 << 16)
def lasting(duration: int, whole: int) -> tuple[str, ...]:
    """The symbols of a duration: powers of 2 of whole notes, falling, and the rest."""
    parts = [whole << power for power in reversed(range(WHOLES)) if duration // whole >> power & 1]
    return tuple(f"d{part}" for part in [*parts, duration % whole] if part)


class _Heard:
    """What symbols have said so far."""

    def __init__(self, steps: int, velocity: int) -> None:
        self._steps, self._velocity, self._program, self._duration = steps, velocity, 0, steps
        self._origin, self._length, self._place, self._begun = 0, 4 * steps, 0, False
        self._last, self._value, self._cut = Kind.PITCH, 0, 0
        self._rows, self._tempos, self._metres = list[Row](), dict[int, int](), dict[int, tuple[int, int]]()

    @property
    def grid(self) -> Grid:
        """What is kept of it."""
        return gridded(self._rows, tempos=self._tempos, metres=self._metres, steps=self._steps)

    def take(self, kind: Kind, value: int) -> None:
        """Hear one more."""
        if kind >= Kind.PITCH:
            self._note(PERCUSSION if kind is Kind.DRUM else self._program, value)
        elif kind is Kind.BAR:
            self._bar()
        elif kind is Kind.METRE:
            self._metre(value >> 5, value & 31)
        elif kind is Kind.PLACE:
            if not self._place < value < self._length:
                return
            self._place = value
        elif kind is Kind.TEMPO:
            self._tempos[self._origin + self._place] = value
        elif kind is Kind.PROGRAM:
            self._program = value
        elif kind is Kind.VELOCITY:
            self._velocity = value
        else:
            goes_on = self._last is Kind.DURATION and 4 * self._steps <= self._value > value
            self._duration = value + (self._duration if goes_on else 0)
        self._last, self._value = kind, value

    def _note(self, program: int, pitch: int) -> None:
        self._begun = True
        self._rows.append((self._origin + self._place, program, pitch, self._duration, self._velocity))

    def _bar(self) -> None:
        """A bar begins; one before it may turn out to be cut where a position stands last, if a metre follows."""
        self._cut = self._length - self._place if self._last is Kind.PLACE else 0
        if self._begun:
            self._origin += self._length
        self._begun, self._place = True, 0

    def _metre(self, beats: int, unit: int) -> None:
        if self._last is Kind.BAR:
            self._origin -= self._cut
            self._metres[self._origin] = beats, unit
            self._length = bar_length(self._steps, Metre(0, beats, unit))

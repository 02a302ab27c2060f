"""A melody on a grid: what is kept of a score where one note sounds at a time.

Times are in steps, of which there are so many to a quarter. A bar line is where a metre begins or a bar of it is over;
all lie on `fine` steps, a sixteenth or the shortest note of a half, a quarter and so on that the grid has.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import gcd
from typing import Any, NamedTuple

from seqgen_midi.bars import COMMON, bar_length
from seqgen_midi.score import DIVISION, Key, Metre, Note, Score, Tempo, Track
from seqgen_midi.skyline import bounded, line, melody_track
from seqgen_midi.tokenizers.grid import UNITS, metre_on

LONGEST = 1024
"""Quarters for which a note or a silence lasts at most."""
VELOCITY = 80
"""That of every note; no other is kept."""
TEMPOS = (4, 500)
"""Quarters a minute, the fewest and the most."""
MINUTE = 60_000_000
"""Microseconds."""
CAREFUL = 4
"""The unit of a bar that is cut short, where it can be told in that."""


class Line(NamedTuple):
    """What is kept: notes, each until the next begins at most; metres, the first of which begins the piece, if there
    are notes, and each of which differs from the one before; quarters a minute, or 0; and the key signature."""

    notes: tuple[Note, ...] = ()
    metres: tuple[Metre, ...] = ()
    tempo: int = 0
    key: tuple[int, bool] | None = None

    @property
    def end(self) -> int:
        """The step at which the last note ends."""
        return self.notes[-1].end if self.notes else 0


def fine_of(steps: int) -> int:
    """The steps of which all bar lines are multiples."""
    return 4 * steps // gcd(4 * steps, UNITS[-1])


def line_of(score: Score, steps: int) -> Line:
    """What is kept of a score; each onset and end moves to the nearest step, halves up, and no note is shorter than
    one."""
    track = melody_track(score)
    notes = bounded(line(_rounded(track.notes, score.division, steps=steps)), LONGEST * steps) if track else ()
    start = track.notes[0].start if track else 0
    tempo = _holding(score.tempos, start)
    key = _holding(score.keys, start)
    made = Line(notes, (), _tempo(tempo) if tempo else 0, (key.sharps, key.minor) if key else None)
    return made._replace(metres=_metres(score, steps, end=made.end)) if notes else made


def score_of(line: Line, steps: int) -> Score:
    """The score of a line, with one track, on channel 0. The reverse of `line_of`."""
    ticks = max(1, DIVISION // steps)
    notes = tuple([Note(start * ticks, pitch, VELOCITY, last * ticks) for start, pitch, _, last in line.notes])
    return Score(
        ticks * steps,
        (Track(0, notes),) if notes else (),
        (Tempo(0, round(MINUTE / line.tempo)),) if line.tempo else (),
        tuple(Metre(start * ticks, beats, unit) for start, beats, unit in line.metres),
        (Key(0, *line.key),) if line.key else (),
    )


def _rounded(notes: Iterable[Note], division: int, *, steps: int) -> Iterator[Note]:
    factor, twice = 2 * steps, 2 * division
    for start, pitch, velocity, duration in notes:
        first = (start * factor + division) // twice
        last = ((start + duration) * factor + division) // twice
        yield Note(first, pitch, velocity, last - first if last > first else 1)


def _holding(said: Sequence[Any], start: int) -> Any:
    """What holds at a tick, of what is sorted by start; None where nothing is said."""
    return next((each for each in reversed(said) if each.start <= start), None)


def _tempo(tempo: Tempo) -> int:
    low, high = TEMPOS
    return min(max((2 * MINUTE + tempo.micros) // (2 * max(tempo.micros, 1)), low), high)


def _metres(score: Score, steps: int, *, end: int) -> tuple[Metre, ...]:
    """The metres of the grid, each from a bar line on; a bar that is cut short has a metre of its own."""
    fine, twice = fine_of(steps), 2 * score.division
    found: dict[int, Metre] = {0: COMMON}
    for start, beats, unit in score.metres:
        first = (start * steps * 2 + fine * score.division) // (fine * twice) * fine
        pair = metre_on(steps, beats, unit)
        if pair and first < end:
            found[first] = Metre(first, *pair)
    said: list[Metre] = []
    for metre in _uncut(list(found.values()), steps):
        if not said or said[-1][1:] != metre[1:]:
            said.append(metre)
    return tuple(said)


def _uncut(metres: Sequence[Metre], steps: int) -> Iterator[Metre]:
    """These metres, each with one more for what is left of its last bar."""
    for metre, after in zip(metres, [*metres[1:], None], strict=True):
        length = bar_length(steps, metre)
        lasts = after.start - metre.start if after else length
        if lasts >= length:
            yield metre
        if lasts % length:
            yield Metre(metre.start + lasts - lasts % length, *_short(lasts % length, steps))


def _short(length: int, steps: int) -> tuple[int, int]:
    """The metre of a bar that lasts so many steps, in the longest unit that will do, from a quarter on."""
    beats, unit = length // fine_of(steps), gcd(4 * steps, UNITS[-1])
    while beats % 2 == 0 and unit > CAREFUL:
        beats, unit = beats // 2, unit // 2
    return beats, unit

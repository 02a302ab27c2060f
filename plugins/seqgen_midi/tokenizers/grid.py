"""Music on a grid: so many steps to a quarter, and nothing between them.

What is kept of a score stands in a `Grid`, in one way only, so that two scores sound alike on the grid exactly if their
grids are equal. A `Row` is a note: (start, program, pitch, duration, velocity), times in steps.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from math import gcd
from typing import NamedTuple

from seqgen_midi.bars import COMMON, bar_length
from seqgen_midi.score import DIVISION, DRUMS, LAST_TICK, Metre, Note, Program, Score, Tempo, Track

PERCUSSION = 128
"""Stands where a program does, for the notes of the drum channel."""
UNITS = (1, 2, 4, 8, 16)
LONGEST_BAR = 12
"""Quarters; a longer bar is taken for several."""
WHOLES = 10
"""A note lasts less than 2 to this power whole notes; a longer one is cut."""
TEMPOS = (*range(10, 50), *range(50, 100, 2), *range(100, 250, 5), *range(250, 501, 10))
"""Quarters a minute; one between 10 and 500 is at most 2.5 % from the nearest of these."""
CHANNELS = tuple(channel for channel in range(16) if channel != DRUMS)

Row = tuple[int, int, int, int, int]


class Grid(NamedTuple):
    """What is kept of a score, sorted: notes, (step, quarters a minute), (step, beats, unit).

    A tempo or metre is there where it differs from the one before, a metre also where it begins a bar before its time.
    """

    notes: tuple[Row, ...] = ()
    tempos: tuple[tuple[int, int], ...] = ()
    metres: tuple[tuple[int, int, int], ...] = ()


def ticks_of(steps: int) -> int:
    """How many ticks of the scores made here are a step, of which there are so many to a quarter."""
    return max(1, DIVISION // steps)


def metres_of(steps: int) -> tuple[tuple[int, int], ...]:
    """The metres whose bars are whole numbers of steps, and not too long."""
    pairs = ((beats, unit) for unit in UNITS for beats in range(1, LONGEST_BAR * unit // 4 + 1))
    return tuple((beats, unit) for beats, unit in pairs if 4 * steps * beats % unit == 0)


@lru_cache(1 << 10)
def metre_on(steps: int, beats: int, unit: int) -> tuple[int, int] | None:
    """The metre nearest to one on the grid: the bars of either are whole numbers of those of the other.

    3/32 on 12 steps becomes 3/16, and 24/4 two bars of 12/4. None for what is no metre.
    """
    if not 0 < beats < 256 or unit < 1 or unit & (unit - 1):
        return None
    unit = gcd(4 * steps * beats, unit, UNITS[-1])
    most = LONGEST_BAR * unit // 4
    fit = (each for each in range(min(beats, most), 0, -1) if beats % each == 0 and 4 * steps * each % unit == 0)
    return next(fit), unit


def tempo_of(micros: int) -> int:
    """The nearest of `TEMPOS` to so many microseconds per quarter."""
    wanted = 60_000_000 / max(micros, 1)
    index = min(max(bisect_left(TEMPOS, wanted), 1), len(TEMPOS) - 1)
    low, high = int(TEMPOS[index - 1]), int(TEMPOS[index])
    return low if wanted - low <= high - wanted else high


@lru_cache(1 << 7)
def velocities_of(bins: int) -> tuple[int, ...]:
    """The middle of the bin in which each velocity lies, 0 to 127; without bins, one for all."""
    if not bins:
        return (64,) * 128
    edges = [-(-127 * bin // bins) + 1 for bin in range(bins + 1)]
    return tuple((edges[k := (max(v, 1) - 1) * bins // 127] + edges[k + 1] - 1) // 2 for v in range(128))


def gridded(
    rows: Iterable[Row], *, tempos: Mapping[int, int], metres: Mapping[int, tuple[int, int]], steps: int
) -> Grid:
    """What is kept of these notes, tempos and metres on the grid. What stands behind the last onset goes."""
    notes = _untangled(rows, 4 * steps * (1 << WHOLES) - 1, limit=LAST_TICK // ticks_of(steps))
    if not notes:
        return Grid()
    last = notes[-1][0]
    at = ((start, tempos[start]) for start in sorted(tempos) if start <= last)
    changes = ((start, *metres[start]) for start in sorted(metres) if start <= last)
    return Grid(tuple(notes), tuple(_changes(at)), tuple(_cuts(changes, steps)))


def _untangled(rows: Iterable[Row], longest: int, *, limit: int) -> list[Row]:
    """The notes in order; of those that start at once on one pitch the longest, and a note ends where its pitch is
    struck again."""
    notes, running = list[Row](), dict[int, int]()
    for start, program, pitch, duration, velocity in sorted(rows, key=_order):
        key = program << 7 | pitch
        index = running.get(key)
        if index is not None:
            old = notes[index]
            if old[0] == start:
                continue
            if old[0] + old[3] > start:
                notes[index] = (old[0], program, pitch, start - old[0], old[4])
        if start < limit:
            running[key] = len(notes)
            notes.append((start, program, pitch, min(max(duration, 1), longest, limit - start), velocity))
    return notes


def _order(row: Row) -> Row:
    start, program, pitch, duration, velocity = row
    return start, program, pitch, -duration, -velocity


def _changes(tempos: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    before = 0
    for start, tempo in tempos:
        if tempo != before:
            yield start, tempo
        before = tempo


def _cuts(metres: Iterable[tuple[int, int, int]], steps: int) -> Iterable[tuple[int, int, int]]:
    line, length, before = 0, bar_length(steps, COMMON), (0, 0)
    for start, beats, unit in metres:
        if (beats, unit) != before or (start - line) % length:
            yield start, beats, unit
            line, length, before = start, bar_length(steps, Metre(start, beats, unit)), (beats, unit)


def grid_of(score: Score, steps: int, *, velocities: int, tempos: bool, programs: bool) -> Grid:
    """What is kept of a score; without `programs` all but the percussion is one voice."""
    division, heard = score.division, velocities_of(velocities)

    def step(tick: int) -> int:
        return (2 * tick * steps + division) // (2 * division)

    rows, twice = list[Row](), 2 * division
    for track in score.tracks:
        says = track.programs if programs and track.channel != DRUMS else ()
        starts = [each.start for each in says]
        program = track.program if says else PERCUSSION if track.channel == DRUMS else 0
        for start, pitch, velocity, duration in track.notes:
            if len(starts) > 1:
                program = says[max(bisect_right(starts, start) - 1, 0)].program
            first = (2 * start * steps + division) // twice
            end = (2 * (start + duration) * steps + division) // twice
            rows.append((first, program, pitch, end - first, heard[velocity]))
    speeds = {step(start): tempo_of(micros) for start, micros in score.tempos} if tempos else {}
    pairs = ((step(start), metre_on(steps, beats, unit)) for start, beats, unit in score.metres)
    return gridded(rows, tempos=speeds, metres={start: pair for start, pair in pairs if pair}, steps=steps)


def score_of(grid: Grid, steps: int) -> Score:
    """The score that sounds as a grid does, with a track for each program; percussion comes last."""
    ticks, tracks = ticks_of(steps), dict[int, list[Note]]()
    for start, program, pitch, duration, velocity in grid.notes:
        tracks.setdefault(program, []).append(Note(start * ticks, pitch, velocity, duration * ticks))
    return Score(
        ticks * steps,
        tuple(_track(*pair) for pair in zip(_channels(tracks), sorted(tracks.items()), strict=False)),
        tuple(Tempo(start * ticks, round(60_000_000 / tempo)) for start, tempo in grid.tempos),
        tuple(Metre(start * ticks, beats, unit) for start, beats, unit in grid.metres),
    )


def _channels(tracks: Iterable[int]) -> Iterable[int]:
    voices = sum(program != PERCUSSION for program in tracks)
    return chain((CHANNELS[i % len(CHANNELS)] for i in range(voices)), [DRUMS])


def _track(channel: int, voice: tuple[int, list[Note]]) -> Track:
    program, notes = voice
    return Track(channel, tuple(notes), programs=(Program(0, program),) if 0 < program < PERCUSSION else ())

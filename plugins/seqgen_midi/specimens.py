"""What the checks of seqgen.testing try music on."""

from collections.abc import Iterator
from typing import Any

from seqgen.specimens import Specimens
from seqgen_midi.score import DRUMS, Key, Metre, Note, Program, Score, Tempo, Track

QUARTER = 480
ABC = b"""X:1
T:Up and down
M:3/4
L:1/8
Q:1/4=100
K:Dm
|:"Dm"D2 F2 A2|(3dcB A4|[1 "Gm"G>A B2 z2:|[2 [DA]6|]

X:2
M:C
K:G
GABc d2 d2|e/f/g ^d-d z4|w:one two
"""
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def tunes() -> Iterator[Score]:
    """A melody in 3/4, and a piece for two hands and a drum."""
    yield melody(48, metre=(3, 4))
    low = tuple(Note(n * 2 * QUARTER, 36 + n % 5, 70, 2 * QUARTER) for n in range(16))
    beat = tuple(Note(n * QUARTER, 38, 100, QUARTER // 4) for n in range(32))
    high = melody(64, metre=(4, 4)).tracks[0]
    tracks = (high, Track(1, low, programs=(Program(0, 32),)), Track(DRUMS, beat))
    yield Score(QUARTER, tracks, (Tempo(0, 600_000),), (Metre(0, 4, 4),), (Key(0, -2, True),))


def melody(notes: int, *, metre: tuple[int, int] = (4, 4)) -> Score:
    """A melody of so many notes, up and down, in quarters and eighths."""
    played, start = list[Note](), 0
    for n in range(notes):
        duration = QUARTER // (1 + (n % 7 in (2, 3)))
        played.append(Note(start, SCALE[n * n % 11 % 8], 80, duration))
        start += duration
    return Score(QUARTER, (Track(0, tuple(played)),), (Tempo(0, 500_000),), (Metre(0, *metre),))


def pieces() -> Any:
    """A Hypothesis strategy of pieces: notes that sound together or apart, in odd metres, keys and tempos.

    Each track has a note, and nothing is said twice at a tick, for no file needs more.
    """
    from hypothesis import strategies as st

    ticks = st.one_of(st.integers(0, 8).map(lambda n: n * QUARTER // 4), st.integers(0, 4000))
    notes = st.lists(st.builds(Note, ticks, st.integers(0, 127), st.integers(1, 127), ticks), min_size=1, max_size=12)

    def some(kind: Any, *parts: Any) -> Any:
        found = st.lists(st.builds(kind, ticks, *parts), max_size=2, unique_by=lambda each: each.start)
        return found.map(lambda each: tuple(sorted(each)))

    return st.builds(
        Score,
        st.just(QUARTER),
        st.lists(st.builds(_track, st.integers(0, 15), notes, some(Program, st.integers(0, 127))), max_size=3).map(
            tuple
        ),
        some(Tempo, st.integers(100_000, 2_000_000)),
        some(Metre, st.integers(1, 12), st.sampled_from((2, 4, 8))),
        some(Key, st.integers(-7, 7), st.booleans()),
    )


def _track(channel: int, notes: list[Note], programs: tuple[Program, ...]) -> Track:
    return Track(channel, tuple(sorted(notes)), programs=programs)


SPECIMENS = (
    Specimens(
        "midi",
        contents=tunes,
        strategy=pieces,
        grow=melody,
        files={"tunes.abc": ABC},
        symbols=("", "p60", "p128", "t-1", "x", "no symbol"),
    ),
    Specimens("midi", tokenizers=("melody",), lossy="all but one line of notes, on a grid, without velocities"),
    Specimens("midi", tokenizers=("remi",), lossy="times between the steps of a grid, keys, controllers"),
    Specimens("midi", tokenizers=("performance",), lossy="bars, tempos, programs, drums, times below 10 ms"),
)

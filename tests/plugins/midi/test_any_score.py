"""Whatever is a score can be measured, drawn and played."""

import math
import random
from pathlib import Path

import numpy as np
import pytest

from seqgen_midi.metrics import measure
from seqgen_midi.rendering.plot import plot
from seqgen_midi.rendering.roll import roll
from seqgen_midi.rendering.summary import names
from seqgen_midi.rendering.synth import render
from seqgen_midi.score import Bend, Control, Metre, Note, Program, Score, Tempo, Track


def anything(seed: int) -> Score:
    """A score with overlaps, notes of no length, metres within bars, and whatever controllers there are."""
    rng = random.Random(seed)
    ticks = rng.choice((1, 7, 96, 480, 1024))
    end = ticks * rng.choice((1, 9, 40))

    def starts(most: int) -> list[int]:
        return sorted(rng.randrange(end) for _ in range(rng.randrange(most)))

    def track() -> Track:
        notes = sorted(
            Note(start, rng.randrange(128), rng.randint(1, 127), rng.choice((0, 1, ticks, 5 * ticks)))
            for start in starts(30)
        )
        controls = tuple(Control(start, rng.choice((1, 7, 10, 11, 64)), rng.randrange(128)) for start in starts(9))
        bends = tuple(Bend(start, rng.randint(-8192, 8191)) for start in starts(6))
        programs = tuple(Program(start, rng.randrange(128)) for start in starts(4))
        return Track(rng.choice((0, 1, 9)), tuple(notes), "", programs, controls, bends)

    return Score(
        ticks,
        tuple(track() for _ in range(rng.randrange(4))),
        tuple(Tempo(start, rng.choice((1, 100_000, 500_000, 900_000))) for start in starts(4)),
        tuple(Metre(start, rng.choice((1, 4, 7, 255)), rng.choice((1, 4, 8, 64))) for start in starts(5)),
    )


@pytest.mark.parametrize("seed", range(80))
def test_it_is_measured_and_drawn(seed: int) -> None:
    score = anything(seed)
    found = measure(score)
    assert all(value is None or math.isfinite(value) for value in found.values())
    shares = [value for name, value in found.items() if name not in ("pitch_class_entropy", "polyphony") and value]
    assert min(shares, default=1) >= 0
    assert all(0 <= (found[name] or 0) <= 1 for name in ("in_key", "groove_consistency", "empty_bars", "wide_leaps"))
    for width in (30, 100):
        assert max(map(len, roll(score, width=width).splitlines())) <= width
    assert names(score)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_played_and_drawn(seed: int, tmp_path: Path) -> None:
    score = anything(seed)
    sound = render(score, rate=11025)
    assert np.isfinite(sound).all() and np.abs(sound).max(initial=0) <= 1
    plot(score, tmp_path / "tune.png")

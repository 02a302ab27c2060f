from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen.errors import UsageError
from seqgen_midi.augmenting import stretched, transposed, variants
from seqgen_midi.losses import losses
from seqgen_midi.score import Key, Metre, Note, Score, Tempo, Track

TUNE = Track(0, (Note(0, 60, 90, 480), Note(480, 67, 80, 480)))
DRUM = Track(9, (Note(0, 36, 90, 10),))
SCORE = Score(480, (TUNE, DRUM), (Tempo(0, 400_000), Tempo(480, 600_000)), (Metre(0, 3, 4),), (Key(0, 1, False),))


def test_all_but_drums_is_moved() -> None:
    higher = transposed(SCORE, 5)
    assert higher and [note.pitch for note in higher.tracks[0].notes] == [65, 72]
    assert higher.tracks[1] == DRUM and higher.keys == (Key(0, 0, False),)
    assert (higher.tempos, higher.metres) == (SCORE.tempos, SCORE.metres)


@pytest.mark.parametrize(("semitones", "inside"), [(60, True), (61, False), (-60, True), (-61, False)])
def test_a_pitch_that_is_none_ends_it(semitones: int, inside: bool) -> None:
    score = replace(SCORE, tracks=(Track(0, (Note(0, 60, 90, 1), Note(0, 67, 90, 1))), DRUM))
    assert (transposed(score, semitones) is not None) == inside


@pytest.mark.parametrize(
    ("sharps", "semitones", "moved"),
    [
        (0, 2, 2),
        (0, 1, -5),
        (0, -1, 5),
        (0, 7, 1),
        (2, -2, 0),
        (1, -1, 6),
        (-1, 1, -6),
        (4, 2, 6),
        (-4, 2, -2),
        (-7, 0, 5),
        (5, 1, 0),
    ],
)
def test_keys_move_by_fifths(sharps: int, semitones: int, moved: int) -> None:
    (key,) = (transposed(Score(keys=(Key(3, sharps, True),)), semitones) or Score()).keys
    assert key == Key(3, moved, True)


@given(st.integers(-7, 7), st.integers(-30, 30))
def test_the_first_note_of_a_key_moves_with_it(sharps: int, semitones: int) -> None:
    (key,) = (transposed(Score(keys=(Key(0, sharps, False),)), semitones) or Score()).keys
    assert (7 * key.sharps - 7 * sharps - semitones) % 12 == 0 and abs(key.sharps) <= 6


@given(st.integers(-12, 12))
def test_back_again_is_where_it_was(semitones: int) -> None:
    there = transposed(SCORE, semitones)
    assert there and transposed(there, -semitones) == SCORE


def test_stretching_moves_seconds_and_no_ticks() -> None:
    slower = stretched(SCORE, 1.05)
    assert slower.tempos == (Tempo(0, 420_000), Tempo(480, 630_000))
    assert replace(slower, tempos=SCORE.tempos) == SCORE
    assert losses(SCORE, slower).counts["kept exactly"] == 3
    assert losses(SCORE, slower, seconds=True).counts["duration changed"] == 3


def test_what_no_tempo_says_is_stretched_too() -> None:
    assert stretched(Score(tempos=(Tempo(9, 400_000),)), 2).tempos == (Tempo(0, 1_000_000), Tempo(9, 800_000))
    assert stretched(Score(tempos=(Tempo(0, 400_000),)), 1000).tempos == (Tempo(0, (1 << 24) - 1),)


@pytest.mark.parametrize("factor", [0, -1.0, float("nan"), float("inf")])
def test_a_factor_must_be_above_0(factor: float) -> None:
    with pytest.raises(UsageError, match="above 0"):
        stretched(SCORE, factor)


def test_variants_have_names() -> None:
    found = dict(variants(SCORE, transpose=2, stretch=(0.95, 1.0, 1.05)))
    assert list(found) == ["-2", "-1", "+1", "+2", "x0.95", "x1.05"]
    assert found["-2"] == transposed(SCORE, -2) and found["x1.05"] == stretched(SCORE, 1.05)
    assert SCORE not in found.values()


def test_variants_leave_out_what_cannot_be() -> None:
    highest = Score(tracks=(Track(0, (Note(0, 126, 1, 1),)),))
    assert [name for name, _ in variants(highest, transpose=3)] == ["-3", "-2", "-1", "+1"]
    assert list(variants(highest)) == []

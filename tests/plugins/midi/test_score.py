"""A piece with other ticks is the same piece, and still one that can be played."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seqgen_midi.score import Key, Metre, Note, Program, Score, Tempo, Track

STARTS = st.integers(0, 40)
GAPS = st.tuples(st.integers(0, 4), st.integers(60, 61), st.integers(0, 4))


def one_after_the_other(gaps: list[tuple[int, int, int]]) -> tuple[Note, ...]:
    """Notes that follow each other after silences, some of them without any duration."""
    notes, now = list[Note](), 0
    for gap, pitch, duration in gaps:
        notes.append(Note(now + gap, pitch, 80, duration))
        now += gap + duration
    return tuple(sorted(notes))


def ascending(starts: list[int]) -> list[int]:
    return sorted(set(starts))


@given(st.lists(GAPS, max_size=12), st.lists(STARTS, max_size=8), st.integers(1, 12), st.integers(1, 12))
def test_nothing_overlaps_or_shares_a_tick_after_rounding(
    gaps: list[tuple[int, int, int]], starts: list[int], before: int, after: int
) -> None:
    at = ascending(starts)
    notes, programs = one_after_the_other(gaps), tuple(Program(start, start) for start in at)
    tempos, keys = tuple(Tempo(start, 1 + start) for start in at), tuple(Key(start, start % 7, False) for start in at)
    metres = tuple(Metre(start, 1 + start, 4) for start in at)
    score = Score(before, (Track(0, notes, programs=programs),), tempos, metres, keys).at(after)
    (track,) = score.tracks
    for marks in (score.tempos, score.metres, score.keys, track.programs):
        ticks = [mark.start for mark in marks]
        assert ticks == ascending(ticks) and bool(ticks) == bool(at)
    assert [tempo.micros for tempo in score.tempos[-1:]] == [1 + start for start in at[-1:]], "the last stays"
    for pitch in (60, 61):
        same = [note for note in track.notes if note.pitch == pitch]
        assert all(one.end <= other.start for one, other in pairwise(same))
    assert list(track.notes) == sorted(track.notes)
    assert sum(not note.duration for note in track.notes) == sum(not note.duration for note in notes)


def test_what_is_cut_and_what_goes() -> None:
    notes = (Note(0, 60, 80, 1), Note(1, 60, 70, 1), Note(1, 62, 80, 0), Note(8, 60, 80, 8))
    score = Score(8, (Track(0, notes),)).at(1)
    assert score.tracks[0].notes == (Note(0, 60, 70, 1), Note(0, 62, 80, 0), Note(1, 60, 80, 1))


def test_the_same_division_changes_nothing() -> None:
    score = Score(8, (Track(0, (Note(3, 60, 80, 9),)),), (Tempo(3, 7),))
    assert score.at(8) == score == score.at(24).at(8)

"""A piece as the core sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen.errors import InputError
from seqgen_midi.piece import digest, lost, playable, whole
from seqgen_midi.reading import read_bytes
from seqgen_midi.score import Metre, Note, Score, Tempo, Track
from seqgen_midi.writing import to_bytes

NOTES = st.builds(Note, st.integers(0, 12), st.integers(60, 61), st.just(80), st.integers(1, 9))
INNER, OUTER = Note(4, 60, 80, 2), Note(0, 60, 80, 10)


def one(*notes: Note) -> Score:
    return Score(4, (Track(0, tuple(sorted(notes))),))


def test_a_note_within_another_cuts_it() -> None:
    assert playable(one(OUTER, INNER)) == one(Note(0, 60, 80, 4), INNER)
    assert playable(one(OUTER, Note(2, 60, 80, 9))) == one(OUTER, Note(2, 60, 80, 9))
    assert playable(one(OUTER, Note(4, 61, 80, 2))) == one(OUTER, Note(4, 61, 80, 2))


@given(st.lists(NOTES, min_size=1, max_size=8))
def test_whatever_is_playable_is_written_and_read_back(notes: list[Note]) -> None:
    score = playable(one(*notes))
    ((again, report),) = read_bytes(to_bytes(score))
    assert again == score and not report.findings
    assert playable(score) == score


def test_what_is_not_playable_cannot_be_written() -> None:
    with pytest.raises(InputError, match="within another"):
        to_bytes(one(OUTER, INNER))


def test_a_digest_is_of_notes_alone() -> None:
    plain = one(OUTER)
    assert digest(plain) == digest(Score(4, plain.tracks, (Tempo(0, 1),))) != digest(one(INNER))
    assert digest(plain) not in (digest(Score(8, plain.tracks)), digest(Score(4, plain.tracks, (), (Metre(0, 3, 4),))))


def test_whole_takes_the_one_score() -> None:
    assert whole([one(OUTER)]) == one(OUTER) and whole([]) == Score()


def test_what_is_lost_is_counted_in_beats_or_in_seconds() -> None:
    slow = Score(4, one(OUTER).tracks, (Tempo(0, 1_000_000),))
    assert lost(one(OUTER), slow, "events")["kept exactly"] == 1
    assert lost(one(OUTER), slow, "performance")["duration changed"] == 1

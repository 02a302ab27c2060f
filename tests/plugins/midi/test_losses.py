from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen_midi.losses import Losses, losses
from seqgen_midi.score import Bend, Control, Key, Metre, Note, Program, Score, Tempo, Text, Track

NOTES = (Note(0, 60, 90, 480), Note(480, 62, 90, 240), Note(960, 60, 80, 480))
TRACK = Track(2, NOTES, "tune", (Program(0, 5),), (Control(0, 64, 127),), (Bend(0, 100),))
SCORE = Score(480, (TRACK,), (Tempo(0, 400_000),), (Metre(0, 3, 4),), (Key(0, 1, False),), (Text(0, "text", "x"),))


def counted(again: Score, original: Score = SCORE) -> dict[str, int]:
    return dict(losses(original, again).counts)


def with_notes(*notes: Note) -> Score:
    return replace(SCORE, tracks=(replace(TRACK, notes=notes),))


def test_nothing_is_lost_of_the_same() -> None:
    assert losses(SCORE, SCORE) == losses(SCORE, SCORE, seconds=True)
    assert losses(SCORE, SCORE) == Losses(Counter({"notes": 3, "kept exactly": 3}), 0)


def test_a_quarter_is_one_in_any_division() -> None:
    assert counted(SCORE.at(960)) == counted(SCORE)
    assert losses(Score(480, (Track(0, NOTES),)), Score(7, (Track(0, NOTES),))).counts["onset moved"] == 2


@pytest.mark.parametrize(
    ("change", "new"),
    [
        ("onset moved", NOTES[1]._replace(start=481)),
        ("duration changed", NOTES[1]._replace(duration=241)),
        ("velocity changed", NOTES[1]._replace(velocity=91)),
    ],
)
def test_each_change_of_a_note_is_seen(change: str, new: Note) -> None:
    assert counted(with_notes(NOTES[0], new, NOTES[2])) == {"notes": 3, "kept exactly": 2, change: 1}


def test_notes_lost_and_added_are_seen() -> None:
    assert counted(with_notes(*NOTES[:2])) == {"notes": 3, "kept exactly": 2, "lost": 1}
    assert counted(with_notes(*NOTES, Note(960, 62, 1, 1))) == {"notes": 3, "kept exactly": 3, "added": 1}
    assert counted(with_notes(NOTES[0], NOTES[1]._replace(pitch=63), NOTES[2])) == {
        "notes": 3,
        "kept exactly": 2,
        "lost": 1,
        "added": 1,
    }


@pytest.mark.parametrize(
    ("kind", "again"),
    [
        ("tempos", replace(SCORE, tempos=())),
        ("tempos", replace(SCORE, tempos=(Tempo(0, 400_001),))),
        ("metres", replace(SCORE, metres=())),
        ("keys", replace(SCORE, keys=())),
        ("texts", replace(SCORE, texts=())),
        ("texts", replace(SCORE, tracks=(replace(TRACK, name=""),))),
        ("programs", replace(SCORE, tracks=(replace(TRACK, programs=()),))),
        ("controls", replace(SCORE, tracks=(replace(TRACK, controls=()),))),
        ("pitch bends", replace(SCORE, tracks=(replace(TRACK, bends=()),))),
    ],
)
def test_what_is_dropped_beside_the_notes_is_seen(kind: str, again: Score) -> None:
    assert counted(again) == {"notes": 3, "kept exactly": 3, f"{kind} dropped": 1}


def test_what_says_nothing_new_may_go() -> None:
    said = replace(TRACK, programs=(Program(0, 0),), bends=(Bend(0, 0),), controls=(Control(0, 7, 1), Control(9, 7, 1)))
    original = Score(480, (said,), (Tempo(0, 500_000),), (Metre(0, 4, 4), Metre(1920, 4, 4)))
    again = Score(480, (replace(said, programs=(), bends=(), controls=said.controls[:1]),))
    assert counted(again, original) == {"notes": 3, "kept exactly": 3}


def test_a_change_of_the_channel_is_seen() -> None:
    moved = Score(480, (Track(3, NOTES),))
    assert counted(moved, Score(480, (Track(2, NOTES),))) == {"notes": 3, "channels changed": 3}


def test_channels_are_told_apart_where_both_are_there() -> None:
    low, high = Track(0, (Note(0, 60, 1, 4),)), Track(1, (Note(1, 60, 1, 4),))
    swapped = Score(480, (replace(low, channel=1), replace(high, channel=0)))
    assert counted(swapped, Score(480, (low, high))) == {"notes": 2, "onset moved": 2}
    assert counted(Score(480, (low, replace(high, channel=0))), Score(480, (low, high)))["channels changed"] == 1


def test_tempos_are_heard_where_seconds_are_asked_for() -> None:
    slower = replace(SCORE, tempos=(Tempo(0, 800_000),))
    as_slow = replace(SCORE, division=240, tempos=(Tempo(0, 200_000),))
    assert losses(SCORE, slower).counts["onset moved"] == 0
    found = losses(SCORE, slower, seconds=True)
    assert (found.counts["onset moved"], found.counts["duration changed"], found.greatest) == (2, 3, 0.8)
    assert losses(SCORE, as_slow, seconds=True).counts["kept exactly"] == 3
    assert losses(SCORE, as_slow).greatest == 2


def test_several_pieces_add_up() -> None:
    late = losses(SCORE, with_notes(NOTES[0]._replace(start=240), *NOTES[1:]))
    both = late + losses(SCORE, SCORE)
    assert both == Losses(Counter({"notes": 6, "kept exactly": 5, "onset moved": 1}), 0.5)


@given(*[st.lists(st.integers(0, 30), max_size=6)] * 2)
def test_no_other_pairs_move_less(one: list[int], other: list[int]) -> None:
    original, again = (Score(1, (Track(0, tuple(Note(at, 60, 1, 1) for at in sorted(side))),)) for side in (one, other))
    found = losses(original, again)
    short, long = sorted((sorted(one), sorted(other)), key=len)
    ways = [[abs(a - b) for a, b in zip(short, some, strict=True)] for some in combinations(long, len(short))]
    least = min(map(sum, ways))
    matching = [way for way in ways if sum(way) == least]
    assert any(
        (sum(map(bool, way)), max(way, default=0)) == (found.counts["onset moved"], found.greatest) for way in matching
    )
    assert found.counts["lost"] - found.counts["added"] == len(one) - len(other)

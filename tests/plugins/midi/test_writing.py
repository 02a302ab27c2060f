"""Writing MIDI files: what is written reads back as the same score, and what cannot be written is refused."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen.errors import InputError
from seqgen_midi import writing
from seqgen_midi.reading import read_bytes, read_file
from seqgen_midi.reading.metas import TEXTS
from seqgen_midi.score import Bend, Control, Key, Metre, Note, Program, Score, Tempo, Text, Track
from seqgen_midi.writing import to_bytes, to_bytes_many, to_midi, write, write_many
from tests.plugins.midi import twin

LATEST = (1 << 28) - 1
TICKS = st.one_of(st.integers(0, 9), st.integers(0, 400), st.integers(0, LATEST - 300))
BYTE = st.integers(0, 127)
PITCH = st.one_of(st.integers(60, 62), BYTE)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)


def in_turn(kind: Callable[..., Any], *fields: st.SearchStrategy[Any], once: bool = False) -> st.SearchStrategy[Any]:
    """Events of a kind, sorted by their starts; with `once` no two of them at one tick."""
    one = st.builds(kind, TICKS, *fields)
    many = st.lists(one, max_size=6, unique_by=(lambda each: each[0]) if once else None)
    return many.map(lambda each: tuple(sorted(each, key=lambda event: event[0])))


def first_in_first_out(notes: list[Note]) -> tuple[Note, ...]:
    """Notes whose ends, of each pitch, come in the order of their starts: the ends are dealt out anew."""
    by_pitch: dict[int, list[Note]] = {}
    for note in notes:
        by_pitch.setdefault(note.pitch, []).append(note)
    kept = []
    for each in by_pitch.values():
        spans = zip(sorted(note.start for note in each), sorted(note.end for note in each), strict=True)
        kept += [
            note._replace(start=start, duration=end - start) for note, (start, end) in zip(each, spans, strict=True)
        ]
    return tuple(sorted(kept))


NOTES = st.lists(st.builds(Note, TICKS, PITCH, st.integers(1, 127), st.integers(0, 300)), max_size=12)
CONTROLS = in_turn(Control, BYTE.filter(lambda number: number not in (120, 123)), BYTE)
TRACKS = st.builds(
    Track,
    st.integers(0, 15),
    NOTES.map(first_in_first_out),
    WORDS,
    in_turn(Program, BYTE),
    CONTROLS,
    in_turn(Bend, st.integers(-8192, 8191)),
).filter(lambda track: bool(track.notes or track.programs or track.controls or track.bends))
MARKS = (
    in_turn(Tempo, st.integers(1, (1 << 24) - 1), once=True),
    in_turn(Metre, st.integers(1, 255), st.integers(0, 7).map(lambda power: 1 << power), once=True),
    in_turn(Key, st.integers(-7, 7), st.booleans(), once=True),
    in_turn(Text, st.sampled_from(sorted(TEXTS.values())), WORDS),
)
DIVISIONS = st.integers(1, 32767)
SCORES = st.builds(Score, DIVISIONS, st.lists(TRACKS, max_size=4).map(tuple), *MARKS)
PATTERNS = st.lists(TRACKS, max_size=4, unique_by=lambda track: track.channel).map(
    lambda tracks: tuple(replace(each, name=tracks[0].name) for each in sorted(tracks, key=lambda each: each.channel))
)


@settings(max_examples=60, deadline=None)
@given(SCORES)
def test_what_is_written_reads_back(score: Score) -> None:
    ((back, report),) = read_bytes(to_bytes(score))
    assert back == score and (report.findings, report.dropped) == ((), ())


@settings(max_examples=60, deadline=None)
@given(SCORES)
def test_mido_reads_what_is_written(score: Score) -> None:
    assert twin.score_of(to_bytes(score)) == score


@settings(max_examples=60, deadline=None)
@given(DIVISIONS, st.lists(st.builds(Score, st.just(480), PATTERNS, *MARKS), min_size=1, max_size=3))
def test_several_scores_in_one_file_read_back(division: int, scores: list[Score]) -> None:
    scores = [replace(score, division=division) for score in scores]
    assert [score for score, _ in read_bytes(to_bytes_many(scores))] == scores


@pytest.mark.parametrize("seed", range(40))
def test_what_was_read_can_be_written(seed: int) -> None:
    ((score, _),) = read_bytes(twin.random_file(Random(seed)))
    assert read_bytes(to_bytes(score))[0][0] == score


def test_a_note_within_another_would_be_another_when_read(monkeypatch: pytest.MonkeyPatch) -> None:
    score = Score(96, (Track(0, (Note(0, 60, 64, 10), Note(3, 60, 80, 5))),))
    monkeypatch.setattr(writing, "check", lambda score: None)
    assert read_bytes(to_bytes(score))[0][0].tracks[0].notes == (Note(0, 60, 64, 8), Note(3, 60, 80, 7))


def test_the_order_at_one_tick() -> None:
    notes = (Note(0, 60, 64, 10), Note(10, 60, 64, 5), Note(10, 62, 64, 0))
    track = Track(3, notes, "Lead", (Program(10, 5),), (Control(10, 0, 1),), (Bend(10, 7),))
    events = [(event.type, event.time) for event in to_midi(Score(96, (track,))).tracks[1]]
    assert events == [
        ("track_name", 0),
        ("note_on", 0),
        ("note_off", 10),
        ("control_change", 0),
        ("program_change", 0),
        ("pitchwheel", 0),
        ("note_on", 0),
        ("note_on", 0),
        ("note_off", 0),
        ("note_off", 5),
    ]


def test_the_first_track_is_for_all() -> None:
    score = Score(
        96, (Track(0, (Note(0, 60, 64, 10),)), Track(1)), (Tempo(0, 1),), (Metre(0, 6, 8),), (Key(0, 3, True),)
    )
    file = to_midi(score)
    assert (file.type, file.ticks_per_beat, len(file.tracks)) == (1, 96, 2)
    kinds = [message.type for message in file.tracks[0]]
    assert kinds == ["set_tempo", "time_signature", "key_signature", "end_of_track"]
    assert file.tracks[0][1].clocks_per_click == 36 and file.tracks[0][2].key == "F#m"


def test_a_score_without_anything() -> None:
    for score in (Score(), Score(7, (Track(0),))):
        assert read_bytes(to_bytes(score))[0][0] == Score(score.division)
    assert [score for score, _ in read_bytes(to_bytes_many([Score(), Score()]))] == [Score(), Score()]


def with_track(**fields: object) -> Score:
    return Score(96, (replace(Track(0), **fields),))  # type: ignore[arg-type]


WRONG = {
    "velocity of a note": with_track(notes=(Note(0, 60, 0, 1),)),
    "pitch of a note": with_track(notes=(Note(0, 128, 1, 1),)),
    "start of a note": with_track(notes=(Note(-1, 60, 1, 1),)),
    "duration of a note": with_track(notes=(Note(0, 60, 1, -1),)),
    "start of a bend": with_track(bends=(Bend(0.5, 0),)),  # type: ignore[arg-type]
    "lies within another": with_track(notes=(Note(0, 60, 1, 10), Note(3, 60, 1, 5))),
    "time between two events": with_track(notes=(Note(0, 60, 1, LATEST + 1),)),
    "program of a program": with_track(programs=(Program(0, 128),)),
    "value of a control": with_track(controls=(Control(0, 1, -1),)),
    "value of a bend": with_track(bends=(Bend(0, 8192),)),
    "channel of a track": Score(96, (Track(16),)),
    "name of a track": Score(96, (Track(0, name="\udc80"),)),
    "the division": Score(0),
    "micros of a tempo": Score(96, tempos=(Tempo(0, 1 << 24),)),
    "beats of a metre": Score(96, metres=(Metre(0, 0, 4),)),
    "no power of 2": Score(96, metres=(Metre(0, 4, 6),)),
    "sharps of a key": Score(96, keys=(Key(0, 8, False),)),
    "of the kind 'poem'": Score(96, texts=(Text(0, "poem", "x"),)),
    "no Unicode text": Score(96, texts=(Text(0, "lyric", "\ud800"),)),
    "start of a text": Score(96, texts=(Text(-1, "lyric", ""),)),
}


@pytest.mark.parametrize("why", WRONG)
def test_what_cannot_be_written_is_refused(why: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=why):
        write(WRONG[why], tmp_path / "tune.mid")
    with pytest.raises(InputError, match=why):
        to_bytes_many([WRONG[why]])
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_one_file() -> None:
    one = Score(96, (Track(0, (Note(0, 60, 1, 10),)), Track(0, (Note(2, 60, 1, 3),))))
    assert read_bytes(to_bytes(one))[0][0] == one
    for scores, why in ([one], "within another"), ([Score(1), Score(2)], "1, 2"), ([], "there are none"):
        with pytest.raises(InputError, match=why):
            to_bytes_many(scores)


def test_files(tmp_path: Path) -> None:
    score = Score(96, (Track(0, (Note(0, 60, 64, 10),), "é"),))
    write(score, tmp_path / "one.mid")
    write_many([score, score], tmp_path / "two.mid")
    assert read_file(tmp_path / "one.mid")[0][0] == score
    assert [each for each, _ in read_file(tmp_path / "two.mid")] == [score, score]
    assert mido.MidiFile(file=io.BytesIO((tmp_path / "two.mid").read_bytes())).type == 2
    with pytest.raises(InputError, match="folder"):
        write(score, tmp_path / "none" / "one.mid")

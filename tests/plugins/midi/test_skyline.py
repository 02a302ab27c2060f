"""The melody of a polyphonic piece."""

from itertools import pairwise
from random import Random

from seqgen_midi.score import Note, Score, Track
from seqgen_midi.skyline import line, melody_track, skyline
from tests.plugins.midi.melodies import random_score

TUNE = tuple(Note(100 * n, 72 + n % 5, 90, 100) for n in range(8))
CHORDS = tuple(Note(400 * n, pitch, 90, 400) for n in range(2) for pitch in (48, 52, 55))
BASS = tuple(Note(200 * n, 36, 90, 200) for n in range(4))


def test_of_notes_that_begin_together_the_highest_stays() -> None:
    assert line([Note(0, 60, 1, 9), Note(0, 67, 2, 9), Note(0, 64, 3, 20)]) == (Note(0, 67, 2, 9),)
    assert line([Note(0, 60, 1, 5), Note(0, 60, 2, 9), Note(0, 60, 3, 7)]) == (Note(0, 60, 2, 9),)


def test_a_later_note_cuts_the_running_one_short() -> None:
    assert line([Note(0, 72, 1, 9), Note(4, 60, 1, 2)]) == (Note(0, 72, 1, 4), Note(4, 60, 1, 2))


def test_the_melody_is_found_among_chords_bass_and_drums() -> None:
    drums = Track(9, tuple(Note(50 * n, 81, 90, 50) for n in range(16)))
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        tracks = [Track(0, TUNE), Track(1, CHORDS), Track(2, BASS)]
        score = Score(tracks=(drums, *(tracks[index] for index in order)))
        assert skyline(score) == TUNE


def test_a_few_high_notes_are_no_melody() -> None:
    bells = Track(1, (Note(0, 96, 90, 50),))
    assert melody_track(Score(tracks=(bells, Track(0, TUNE)))) == Track(0, TUNE)


def test_chords_are_no_melody_even_if_they_are_high() -> None:
    high = Track(1, tuple(note._replace(pitch=note.pitch + 36) for note in CHORDS))
    assert melody_track(Score(tracks=(high, Track(0, TUNE)))) == Track(0, TUNE)


def test_a_name_helps() -> None:
    low, high = Track(0, tuple(note._replace(pitch=60) for note in TUNE), "Melody"), Track(1, TUNE)
    assert melody_track(Score(tracks=(high, low))) == low
    assert melody_track(Score(tracks=(high, Track(0, low.notes)))) == high


def test_where_there_is_nothing_the_line_is_empty() -> None:
    assert skyline(Score()) == skyline(Score(tracks=(Track(9, TUNE), Track(0)))) == ()


def test_a_gap_ends_the_line_and_bounds_its_notes() -> None:
    notes = (Note(10, 60, 1, 50), Note(80, 60, 1, 10), Note(111, 60, 1, 10))
    score = Score(tracks=(Track(0, notes),))
    assert skyline(score, gap=20) == (Note(10, 60, 1, 20),)
    assert skyline(score, gap=30) == (Note(10, 60, 1, 30),)
    assert skyline(score, gap=50) == notes
    assert skyline(score, gap=9) == ()


def test_a_line_has_one_note_at_a_time_and_is_its_own() -> None:
    random = Random(1)
    for _ in range(500):
        score = random_score(random)
        notes = skyline(score)
        assert all(a.start < b.start and a.end <= b.start for a, b in pairwise(notes))
        assert line(notes) == notes
        track = melody_track(score)
        assert {note.start for note in notes} == ({note.start for note in track.notes} if track else set())

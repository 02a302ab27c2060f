"""The melody of a polyphonic piece: one line of notes, taken from the track that is most like a melody."""

import re
from collections.abc import Iterable
from itertools import pairwise

from seqgen_midi.score import DRUMS, Note, Score, Track

NAMES = re.compile(r"melod|lead|voice|vocal|sing|solo|theme|tune|soprano|cantus", re.IGNORECASE)
"""What the name of a track with the melody often has in it."""
LIKELY = 1.5
"""How much such a name adds, as a factor."""
PRESENT = 0.5
"""A track that sounds for this share of the piece is not thought less of for its rests."""


def skyline(score: Score, *, gap: int | None = None) -> tuple[Note, ...]:
    """The melody: the line of the track that `melody_track` chooses; empty where there is none.

    With `gap`, a silence of more ticks ends it, also at the start of the piece, and no note is longer.
    """
    track = melody_track(score)
    notes = line(track.notes) if track else ()
    return notes if gap is None else bounded(notes, gap)


def melody_track(score: Score) -> Track | None:
    """The track that is most like a melody, of equals the first; None where no track but drums has notes.

    That is the one with the highest product of its mean pitch, weighted by duration; the share of its notes that begin
    alone; the share of the piece in which it sounds, where half is as good as all; and 1.5 if its name speaks of
    a melody.
    """
    tracks = [track for track in score.tracks if track.notes and track.channel != DRUMS]
    if len(tracks) < 2:
        return tracks[0] if tracks else None
    end = max(score.end, 1)
    return max(tracks, key=lambda track: _likeness(track, end))


def line(notes: Iterable[Note]) -> tuple[Note, ...]:
    """One line of notes that are sorted by start: of those that begin together the highest, and of equals the longest,
    each until the next begins."""
    found: list[Note] = []
    start = -1
    for note in notes:
        if note[0] != start:
            start = note[0]
            found.append(note)
        elif (note[1], note[3]) > (found[-1][1], found[-1][3]):
            found[-1] = note
    return tuple([_until(note, after[0]) for note, after in pairwise(found)] + found[-1:])


def bounded(notes: Iterable[Note], gap: int) -> tuple[Note, ...]:
    """A line as far as the first silence of more ticks than `gap`, its notes cut to that length."""
    found, end = list[Note](), 0
    for note in notes:
        start, pitch, velocity, duration = note
        if start - end > gap:
            break
        if duration > gap:
            duration = gap
            note = Note(start, pitch, velocity, duration)
        end = start + duration
        found.append(note)
    return tuple(found)


def _until(note: Note, end: int) -> Note:
    start, pitch, velocity, duration = note
    return note if start + duration <= end else Note(start, pitch, velocity, end - start)


def _likeness(track: Track, end: int) -> float:
    total = max(sum(note.duration for note in track.notes), 1)
    pitch = sum(note.pitch * note.duration for note in track.notes) / total
    alone = len({note.start for note in track.notes}) / len(track.notes)
    return pitch * alone * min(_sounding(track) / end, PRESENT) * (LIKELY if NAMES.search(track.name) else 1)


def _sounding(track: Track) -> int:
    """The ticks in which any note of the track sounds."""
    ticks = until = 0
    for start, _, _, duration in track.notes:
        if start + duration > until:
            ticks += start + duration - max(start, until)
            until = start + duration
    return ticks

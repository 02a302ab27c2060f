"""What a piece is: notes, and what stands around them, at exact ticks.

Ticks count from the start of the piece; `division` of them make a quarter note. A track is what one voice plays on one
channel; what holds for the whole piece, such as tempo and metre, stands in the score. Everything is sorted by its
start.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

DRUMS = 9
"""The channel, counted from 0, on which General MIDI has percussion."""
TEMPO = 500_000
"""Microseconds per quarter where a file says nothing: 120 quarters a minute (Standard MIDI Files 1.0)."""
DIVISION = 480
"""Ticks per quarter of what is made here."""
PITCHES = 128
MOST_SHARPS = 7
"""Of a key signature, and flats too."""
LAST_TICK = (1 << 28) - 1
"""The most ticks that a file can say between two events (Standard MIDI Files 1.0)."""
KEYS = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")
"""The first notes of the major keys, from seven flats on; three further on stand those of the minor keys."""


class Note(NamedTuple):
    """A note: `start` and `duration` in ticks, pitch 0 to 127 (60 is middle C), velocity 1 to 127."""

    start: int
    pitch: int
    velocity: int
    duration: int

    @property
    def end(self) -> int:
        """The tick at which it ends."""
        return self.start + self.duration


class Tempo(NamedTuple):
    """From this tick on a quarter takes so many microseconds."""

    start: int
    micros: int


class Metre(NamedTuple):
    """From this tick on a bar has so many `beats` of a 1/`unit` note each: 6/8 is (6, 8)."""

    start: int
    beats: int
    unit: int

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"


class Key(NamedTuple):
    """A key signature: so many sharps, flats below 0, from -7 to 7."""

    start: int
    sharps: int
    minor: bool


class Program(NamedTuple):
    """From this tick on the instrument is this one, 0 to 127 (General MIDI counts from 1)."""

    start: int
    program: int


class Control(NamedTuple):
    """A controller, such as the sustain pedal (64), is set to a value, both 0 to 127."""

    start: int
    controller: int
    value: int


class Bend(NamedTuple):
    """The pitch wheel, -8192 to 8191; 0 is its rest."""

    start: int
    value: int


class Text(NamedTuple):
    """Words in the file: `kind` is text, copyright, name, instrument, lyric, marker or cue."""

    start: int
    kind: str
    text: str


Mark = TypeVar("Mark", Tempo, Metre, Key, Program, Control, Bend, Text)


@dataclass(frozen=True)
class Track:
    """What one voice plays on a channel, 0 to 15."""

    channel: int
    notes: tuple[Note, ...] = ()
    name: str = ""
    programs: tuple[Program, ...] = ()
    controls: tuple[Control, ...] = ()
    bends: tuple[Bend, ...] = ()

    @property
    def program(self) -> int:
        """The instrument that it begins with; 0, a piano, where nothing is said."""
        return self.programs[0].program if self.programs else 0


@dataclass(frozen=True)
class Score:
    """A piece."""

    division: int = DIVISION
    tracks: tuple[Track, ...] = ()
    tempos: tuple[Tempo, ...] = ()
    metres: tuple[Metre, ...] = ()
    keys: tuple[Key, ...] = ()
    texts: tuple[Text, ...] = ()

    @property
    def notes(self) -> int:
        """How many notes it has."""
        return sum(len(track.notes) for track in self.tracks)

    @property
    def end(self) -> int:
        """The tick at which the last note ends."""
        return max((note.end for track in self.tracks for note in track.notes), default=0)

    def at(self, division: int) -> "Score":
        """The same piece with so many ticks per quarter, each time rounded to the nearest tick, halves up.

        Where that brings things together, a note ends with the next one of its pitch on its track, and of tempos,
        metres, keys and programs of a tick the last stays. A note that has a duration keeps one, or goes.
        """
        if division == self.division:
            return self

        def tick(old: int) -> int:
            return (2 * old * division + self.division) // (2 * self.division)

        def note(old: Note) -> Note:
            start = tick(old.start)
            return old._replace(start=start, duration=max(tick(old.end) - start, min(old.duration, 1)))

        def moved(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
            return tuple(each._replace(start=tick(each.start)) for each in marks)

        tracks = tuple(
            replace(
                track,
                notes=_apart([note(each) for each in track.notes]),
                programs=_last(moved(track.programs)),
                controls=moved(track.controls),
                bends=moved(track.bends),
            )
            for track in self.tracks
        )
        tempos, metres, keys = _last(moved(self.tempos)), _last(moved(self.metres)), _last(moved(self.keys))
        return Score(division, tracks, tempos, metres, keys, moved(self.texts))


def _apart(notes: list[Note]) -> tuple[Note, ...]:
    """These notes by start, each cut where the next of its pitch begins; one that loses all of its duration goes."""
    found, following = list[Note](), dict[int, int]()
    for note in reversed(notes):
        duration = min(note.duration, following.get(note.pitch, note.end) - note.start)
        following[note.pitch] = note.start
        if duration or not note.duration:
            found.append(note._replace(duration=duration))
    return tuple(sorted(found))


def _last(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Of those at one tick the last."""
    return tuple({each.start: each for each in marks}.values())

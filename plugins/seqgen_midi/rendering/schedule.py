"""When each note of a piece sounds, how loudly, and from where."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seqgen.errors import LimitError
from seqgen_midi.clock import Clock
from seqgen_midi.score import DRUMS, Control, Note, Score, Track

VOLUME, PAN, EXPRESSION, SUSTAIN = 7, 10, 11, 64
RESTS = {VOLUME: 100, PAN: 64, EXPRESSION: 127, SUSTAIN: 0}
"""Where these controllers stand before anything is said (General MIDI 1)."""
DOWN = 64
"""The least value at which the sustain pedal is down."""
TOP = 127
BEND = 2.0
"""Semitones of the pitch wheel at its end (General MIDI 1)."""
WHEEL = 8192
APART = 0.35
"""How far from the middle, of 1, the outermost tracks sit."""
CURVE = 1.5
"""The power of velocity to which a note's amplitude goes."""
LONGEST = 3600
"""Seconds of sound at most."""


class Sound(NamedTuple):
    """A note as it is to be heard. Times are in samples; `stop` is where it is let go.

    `loudness` is the amplitude, 1 for full velocity at the usual volume; `force` the velocity as 0 to 1; `pan` from -1,
    left, to 1. `bends` are the times behind its start, the first 0, from which on its frequency has another factor.
    """

    start: int
    stop: int
    pitch: int
    force: float
    loudness: float
    pan: float
    program: int
    drum: bool
    bends: tuple[tuple[int, float], ...]


def schedule(score: Score, rate: int) -> list[Sound]:
    """The sounds of a piece by start, with so many samples a second. Raises LimitError if it lasts over an hour."""
    clock = Clock.of(score)
    check_length(score, clock)
    channels = {channel: _Channel(score, channel) for channel in {track.channel for track in score.tracks}}
    seats = _seats(score.tracks)
    found = [
        sound
        for track, seat in zip(score.tracks, seats, strict=True)
        for sound in _sounds(track, channels[track.channel], seat=seat, clock=clock, rate=rate)
    ]
    return sorted(found)


def check_length(score: Score, clock: Clock) -> None:
    """Raise LimitError for a piece that lasts over an hour."""
    seconds = clock.at(score.end) // clock.parts
    if seconds > LONGEST:
        there = f"it lasts {seconds} s, and {LONGEST} s is the limit"
        raise LimitError("the sound of a piece", there, "Choose a part of it, or a faster tempo")


def _sounds(track: Track, channel: "_Channel", *, seat: float, clock: Clock, rate: int) -> Iterator[Sound]:
    programs = _Settings(((each.start, each.program) for each in track.programs or channel.programs), 0)
    for note in track.notes:
        start, stop = clock.step(note.start, rate), clock.step(channel.until(note), rate)
        volume = channel.value(VOLUME, note.start) / RESTS[VOLUME] * channel.value(EXPRESSION, note.start) / TOP
        yield Sound(
            start,
            max(stop, start + 1),
            note.pitch,
            note.velocity / TOP,
            (note.velocity / TOP) ** CURVE * volume,
            channel.value(PAN, note.start) / RESTS[PAN] - 1 if channel.says(PAN) else seat,
            programs.at(note.start),
            track.channel == DRUMS,
            tuple((clock.step(tick, rate) - start, factor) for tick, factor in channel.bent(note)),
        )


def _seats(tracks: Iterable[Track]) -> list[float]:
    """Where the tracks sit, from -1 to 1: the first in the middle, the others by turns left and right of it."""
    given = list(tracks)
    widest = max(1, len(given) // 2)
    return [
        APART * (-1) ** i * ((i + 1) // 2) / widest if track.channel != DRUMS else 0 for i, track in enumerate(given)
    ]


class _Settings:
    """A value that changes at certain ticks, and is `rest` before."""

    def __init__(self, changes: Iterable[tuple[int, int]], rest: int) -> None:
        self.changes = sorted(changes, key=lambda each: each[0])
        self._starts, self._rest = [start for start, _ in self.changes], rest

    def at(self, tick: int) -> int:
        """The value at a tick."""
        index = bisect_right(self._starts, tick)
        return self.changes[index - 1][1] if index else self._rest

    def after(self, tick: int) -> Iterator[tuple[int, int]]:
        """The changes behind a tick."""
        for index in range(bisect_right(self._starts, tick), len(self.changes)):
            yield self.changes[index]


class _Channel:
    """What is said of a channel in any of its tracks."""

    def __init__(self, score: Score, number: int) -> None:
        tracks = [track for track in score.tracks if track.channel == number]
        self._end = score.end
        self.programs = [each for track in tracks for each in track.programs]
        self._controls = _by_number(control for track in tracks for control in track.controls)
        pedal = self._controls[SUSTAIN].changes if SUSTAIN in self._controls else []
        self._pedal = _Settings(((tick, value >= DOWN) for tick, value in pedal), 0)
        self._wheel = _Settings(((bend.start, bend.value) for track in tracks for bend in track.bends), 0)
        self._struck = _struck(note for track in tracks for note in track.notes)

    def says(self, controller: int) -> bool:
        """Whether a controller is ever set."""
        return controller in self._controls

    def value(self, controller: int, tick: int) -> int:
        """What a controller is set to at a tick."""
        found = self._controls.get(controller)
        return found.at(tick) if found else RESTS[controller]

    def until(self, note: Note) -> int:
        """The tick at which a note is let go: that at which the pedal is, but not behind the pitch's next stroke."""
        if not self._pedal.at(note.end):
            return note.end
        lifted = next((tick for tick, down in self._pedal.after(note.end) if not down), self._end)
        strokes = self._struck[note.pitch]
        index = bisect_right(strokes, note.start)
        return max(note.end, min([lifted, *strokes[index : index + 1]]))

    def bent(self, note: Note) -> Iterator[tuple[int, float]]:
        """The ticks at which its pitch changes, with the factor of its frequency; its start is the first."""
        yield note.start, _factor(self._wheel.at(note.start))
        stop = self.until(note)
        for tick, value in self._wheel.after(note.start):
            if tick >= stop:
                return
            yield tick, _factor(value)


def _by_number(controls: Iterable[Control]) -> dict[int, _Settings]:
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for control in controls:
        found[control.controller].append((control.start, control.value))
    return {number: _Settings(changes, RESTS.get(number, 0)) for number, changes in found.items()}


def _struck(notes: Iterable[Note]) -> dict[int, list[int]]:
    """Where each pitch begins."""
    found: dict[int, list[int]] = defaultdict(list)
    for start, pitch in sorted((note.start, note.pitch) for note in notes):
        found[pitch].append(start)
    return found


def _factor(wheel: int) -> float:
    return float(2 ** (wheel / WHEEL * BEND / 12))

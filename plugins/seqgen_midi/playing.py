"""What is heard of a piece when a piano plays all of it: notes on a grid of time, no two of one pitch at once."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seqgen_midi.clock import Clock
from seqgen_midi.score import DRUMS, Control, Note, Score

SUSTAIN = 64
"""The controller that is the pedal."""
DOWN = 64
"""The least of its values that is down (MIDI 1.0)."""
HOUR = 3600
"""Seconds in which something happens, or the rest of them is cut, lest a few bytes of a file make more symbols than
there is room for."""


class Sound(NamedTuple):
    """A note from one step of time to another."""

    start: int
    pitch: int
    velocity: int
    end: int


def played(score: Score, rate: int, *, pedal: bool) -> list[Sound]:
    """The sounds of all tracks but drums in order, `rate` steps a second; each has a step at least.

    With `pedal` a note goes on until its channel's pedal is let go, or to the end of the piece. A pitch that is struck
    anew ends there; struck twice in one step it is one sound, the loudest and longest of them. Where nothing happens
    for more than an hour, an hour is left.
    """
    step = Clock.of(score).step
    found: list[Sound] = []
    for note in _sustained(score) if pedal else _all(score):
        start = step(note.start, rate)
        found.append(Sound(start, note.pitch, note.velocity, max(step(note.end, rate), start + 1)))
    found.sort()
    return _shortened(_struck(found), HOUR * rate)


def _struck(sounds: Iterable[Sound]) -> list[Sound]:
    """The sounds, each ended where its pitch is struck anew; of those struck in one step the loudest comes last."""
    found: list[Sound] = []
    latest: dict[int, int] = {}
    for sound in sounds:
        index = latest.get(sound.pitch)
        before = found[index] if index is not None else None
        if before and before.start == sound.start:
            found[latest[sound.pitch]] = sound._replace(end=max(before.end, sound.end))
            continue
        if before and before.end > sound.start:
            found[latest[sound.pitch]] = before._replace(end=sound.start)
        latest[sound.pitch] = len(found)
        found.append(sound)
    return found


def _shortened(sounds: list[Sound], farthest: int) -> list[Sound]:
    """The sounds, with no more steps than that between any two times at which something happens."""
    if max((sound.end for sound in sounds), default=0) <= farthest:
        return sounds
    moved, before, cut = dict[int, int](), 0, 0
    for time in sorted({time for sound in sounds for time in (sound.start, sound.end)}):
        cut += max(time - before - farthest, 0)
        moved[time], before = time - cut, time
    return [sound._replace(start=moved[sound.start], end=moved[sound.end]) for sound in sounds]


def _all(score: Score) -> Iterator[Note]:
    return (note for track in score.tracks if track.channel != DRUMS for note in track.notes)


def _sustained(score: Score) -> Iterator[Note]:
    """The notes, each prolonged to where the pedal of its channel is let go."""
    pedals: dict[int, list[Control]] = defaultdict(list)
    for track in score.tracks:
        pedals[track.channel] += (each for each in track.controls if each.controller == SUSTAIN)
    releases = {channel: _Pedal(controls, score.end) for channel, controls in pedals.items() if controls}
    for track in score.tracks:
        if track.channel != DRUMS:
            held = releases.get(track.channel)
            yield from track.notes if held is None else map(held.sustained, track.notes)


class _Pedal:
    """A channel's pedal; where it is never let go, `end` is."""

    def __init__(self, controls: Iterable[Control], end: int) -> None:
        self._starts, self._down, self._end = list[int](), list[bool](), end
        for control in sorted(controls, key=lambda each: each.start):
            down = control.value >= DOWN
            if down != (self._down[-1] if self._down else False):
                self._starts.append(control.start)
                self._down.append(down)

    def sustained(self, note: Note) -> Note:
        """The note as it sounds; what is said of the pedal where it ends counts already."""
        index = bisect_right(self._starts, note.end)
        if not index or not self._down[index - 1]:
            return note
        end = self._starts[index] if index < len(self._starts) else self._end
        return note._replace(duration=end - note.start)

"""Sound by the instruments of a soundfont, through the package tinysoundfont if it is there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqgen.errors import InputError, UsageError
from seqgen.files import unread
from seqgen_midi.clock import Clock
from seqgen_midi.rendering import wav
from seqgen_midi.rendering.schedule import WHEEL, check_length
from seqgen_midi.rendering.synth import limited
from seqgen_midi.score import DRUMS, Score, Track

RATE = 44100
BLOCK = 1 << 16
"""Samples made at a time at most."""
TAIL = 2.5
"""Seconds after the last note."""
GAIN = 6.0
"""Decibels: soundfonts leave much room above."""
OFF, PROGRAM, CONTROL, BEND, ON = range(5)
"""What happens in one moment happens in this order."""


class Event(NamedTuple):
    """Something that happens at a sample: what, on which channel, and its two numbers."""

    time: int
    kind: int
    channel: int
    first: int
    second: int = 0


def soundfonts(soundfont: Path) -> Any:
    """The class that plays soundfonts. Raises UsageError if it is not installed, InputError if this file is missing."""
    try:
        from tinysoundfont import Synth  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        there, remedy = "it needs the package tinysoundfont", "pip install 'seqgen[soundfont]'"
        raise UsageError("playing by a soundfont", there, f"{remedy}, or leave the soundfont out") from error
    if not soundfont.is_file():
        raise UsageError(f"the soundfont {soundfont}", "there is no such file", "Check the path")
    return Synth


def render_with(score: Score, soundfont: Path, path: Path) -> None:
    """Write the sound of a piece as a WAV file of 16 bits, played by the instruments of a soundfont.

    One that the soundfont lacks is played by its first. Raises UsageError if tinysoundfont is not installed, InputError
    if the soundfont cannot be read or has no instrument, LimitError for more than an hour, and what
    `seqgen.files.write_atomically` does.
    """
    synth_of = soundfonts(soundfont)
    clock = Clock.of(score)
    check_length(score, clock)
    synth = synth_of(gain=GAIN, samplerate=RATE)
    _load(synth, soundfont)
    samples = clock.step(score.end, RATE) + round(TAIL * RATE)
    events = sorted(event for track in score.tracks for event in _events(track, clock))
    wav.write(path, _blocks(synth, events, samples=samples, soundfont=soundfont), samples=samples, rate=RATE)


def _load(synth: Any, soundfont: Path) -> None:
    try:
        synth.sfload(soundfont.read_bytes())
    except OSError as error:
        raise unread(error, f"reading {soundfont}") from error
    except Exception as error:  # whatever the package raises of a file that is none
        raise InputError(f"reading {soundfont}", f"it is no soundfont: {error}", "Choose a .sf2 file") from error


def _events(track: Track, clock: Clock) -> Iterator[Event]:
    def event(tick: int, kind: int, *numbers: int) -> Event:
        return Event(clock.step(tick, RATE), kind, track.channel, *numbers)

    if not any(each.start == 0 for each in track.programs):
        yield event(0, PROGRAM, track.program)
    for program in track.programs:
        yield event(program.start, PROGRAM, program.program)
    for control in track.controls:
        yield event(control.start, CONTROL, control.controller, control.value)
    for bend in track.bends:
        yield event(bend.start, BEND, bend.value + WHEEL)
    for note in track.notes:
        yield event(note.start, ON, note.pitch, note.velocity)
        end = max(clock.step(note.end, RATE), clock.step(note.start, RATE) + 1)
        yield Event(end, OFF, track.channel, note.pitch)


def _blocks(synth: Any, events: list[Event], *, samples: int, soundfont: Path) -> Iterator[NDArray[np.float32]]:
    """The sound from event to event, in blocks of (n, 2)."""
    done = 0
    for each in [*events, None]:
        stop = min(each.time, samples) if each else samples
        while done < stop:
            size = min(BLOCK, stop - done)
            yield limited(np.frombuffer(synth.generate(size), np.float32).reshape(-1, 2))
            done += size
        if each:
            _do(synth, each, soundfont)


def _do(synth: Any, event: Event, soundfont: Path) -> None:
    if event.kind == ON:
        synth.noteon(event.channel, event.first, event.second)
    elif event.kind == OFF:
        synth.noteoff(event.channel, event.first)
    elif event.kind == CONTROL:
        synth.control_change(event.channel, event.first, event.second)
    elif event.kind == BEND:
        synth.pitchbend(event.channel, event.first)
    else:
        _choose(synth, event, soundfont)


def _choose(synth: Any, event: Event, soundfont: Path) -> None:
    """Take a program, or the first there is."""
    for program in (event.first, 0):
        try:
            synth.program_change(event.channel, program, event.channel == DRUMS)
        except RuntimeError:
            continue
        return
    remedy = "Choose one of General MIDI"
    raise InputError(f"playing by {soundfont}", f"it has no instrument for channel {event.channel + 1}", remedy)

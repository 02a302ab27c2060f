"""A small synthesiser: a piece as sound, without any samples of instruments.

A note is a function of time (`voices`, `percussion`), so the sound is made block by block, and the memory that it takes
does not grow with the piece.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqgen.errors import UsageError
from seqgen_midi.rendering import percussion, voices, wav
from seqgen_midi.rendering.room import SIZE, Room
from seqgen_midi.rendering.schedule import Sound, schedule
from seqgen_midi.score import Score

Samples = NDArray[np.float32]

RATE = 44100
RATES = (8000, 192_000)
BLOCK = 1 << 17
"""Samples made at a time."""
SILENCE = 0.25
"""Seconds of a piece without notes."""
LEVEL = 0.5
"""What a full note counts; of several at once each counts less, so that they are as loud together."""
ECHO = 0.28
"""The part of the sound that comes back from the room."""
KNEE = 0.8
"""Up to here the sound is left as it is; what is louder comes nearer and nearer to 1."""


def render(score: Score, *, rate: int = RATE) -> Samples:
    """The sound of a piece, (samples, 2) in float32 between -1 and 1; left is first.

    Tempo, velocity, sustain pedal, pitch wheel, volume, expression and pan are obeyed. The last note rings out; a piece
    without notes is a quarter of a second of silence. Raises LimitError for more than an hour, UsageError for a rate
    out of bounds.
    """
    sounds = _scheduled(score, rate)
    found, done = np.empty((_length(sounds, rate), 2), np.float32), 0
    for block in _blocks(sounds, rate):
        found[done : done + len(block)] = block
        done += len(block)
    return found


def write_wav(score: Score, path: Path, *, rate: int = RATE) -> None:
    """Write the sound of a piece as a WAV file of 16 bits. Raises what `render` does, and what
    `seqgen.files.write_atomically` does."""
    sounds = _scheduled(score, rate)
    wav.write(path, _blocks(sounds, rate), samples=_length(sounds, rate), rate=rate)


def _scheduled(score: Score, rate: int) -> list[Sound]:
    if not RATES[0] <= rate <= RATES[1]:
        there = f"the rate is to be from {RATES[0]} to {RATES[1]}"
        raise UsageError(f"{rate} samples a second", there, f"Take {RATE}")
    return schedule(score, rate)


def _length(sounds: Iterable[Sound], rate: int) -> int:
    ends = [_stop(sound, rate) for sound in sounds]
    return max(ends) + round(SIZE * rate) if ends else round(SILENCE * rate)


def _blocks(sounds: list[Sound], rate: int) -> Iterator[Samples]:
    """The sound in blocks of (n, 2)."""
    total, gain = _length(sounds, rate), _gain(sounds)
    size = min(BLOCK, total)
    room = Room(rate, size)
    waiting, ringing = iter(sounds), list[Sound]()
    following = next(waiting, None)
    for start in range(0, total, size):
        while following and following.start < start + size:
            ringing.append(following)
            following = next(waiting, None)
        mixed = np.zeros((size, 2), np.float32)
        for sound in ringing:
            _add(mixed, sound, start, rate=rate, gain=gain)
        ringing = [each for each in ringing if _stop(each, rate) > start + size]
        mixed += np.float32(ECHO) * room(mixed.mean(axis=1))
        yield limited(mixed)[: total - start]


def _add(mixed: Samples, sound: Sound, start: int, *, rate: int, gain: float) -> None:
    """Add what of a sound falls into the block that begins there."""
    first = max(0, start - sound.start)
    last = min(_stop(sound, rate), start + len(mixed)) - sound.start
    if first < last:
        angle = (1 + min(1.0, sound.pan)) * math.pi / 4
        sides = np.array([math.cos(angle), math.sin(angle)], np.float32) * np.float32(gain * sound.loudness * 2**0.5)
        at = sound.start + first - start
        mixed[at : at + last - first] += _wave(sound, first, last, rate=rate)[:, None] * sides


def _wave(sound: Sound, first: int, last: int, *, rate: int) -> Samples:
    return (percussion.wave if sound.drum else voices.wave)(sound, first, last, rate=rate)


def _stop(sound: Sound, rate: int) -> int:
    """The sample from which on nothing is left of a sound."""
    return sound.start + (percussion.length if sound.drum else voices.length)(sound, rate)


def _gain(sounds: Iterable[Sound]) -> float:
    """What a note at full loudness counts, so that the power of all that sound at once is never more than one's."""
    edges = [edge for each in sounds for edge in ((each.start, each.loudness**2), (each.stop, -(each.loudness**2)))]
    power = np.cumsum([change for _, change in sorted(edges)])
    return LEVEL / math.sqrt(max(1.0, power.max(initial=0.0)))


def limited(sound: Samples) -> Samples:
    """The sound with its peaks bent so that none reaches 1, and without a kink."""
    over = np.maximum(np.abs(sound) - np.float32(KNEE), 0)
    bent = np.float32(KNEE) + np.float32(1 - KNEE) * np.tanh(over / np.float32(1 - KNEE))
    return np.where(over > 0, np.sign(sound) * np.minimum(bent, np.float32(1)), sound)

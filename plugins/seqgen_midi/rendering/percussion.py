"""What the percussion of General MIDI sounds like, roughly: a tone that falls, and noise that fades."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqgen_midi.rendering.noise import BRIGHT, DARK, WHITE, noise
from seqgen_midi.rendering.schedule import Sound

Samples = NDArray[np.float32]

LEVEL = 1.5
"""How loud a stroke is beside a note."""
ATTACK = 0.0015
"""Seconds until a stroke is at full strength."""
ENDED = 7.0
"""Times its slower fade until nothing is left of a stroke."""


class Stroke(NamedTuple):
    """A tone from `high` to `low` hertz, fallen to 1/e of the way after `sweep` seconds, of strength `tone` and faded
    to 1/e after `ring`; with noise of that `kind`, of strength `hiss` and faded after `hush`."""

    tone: float = 0.0
    high: float = 100.0
    low: float = 100.0
    sweep: float = 0.05
    ring: float = 0.05
    hiss: float = 0.0
    hush: float = 0.05
    kind: str = WHITE


KICK = Stroke(1.4, 160, 48, 0.03, 0.13, 0.12, 0.008, DARK)
SNARE = Stroke(0.6, 240, 185, 0.02, 0.07, 0.5, 0.09, WHITE)
STICK = Stroke(0.7, 1700, 1650, 0.01, 0.018, 0.2, 0.01, BRIGHT)
CLAP = Stroke(hiss=0.6, hush=0.07, kind=WHITE)
CLOSED = Stroke(hiss=0.3, hush=0.025, kind=BRIGHT)
OPEN = Stroke(hiss=0.3, hush=0.18, kind=BRIGHT)
CRASH = Stroke(0.06, 3200, 3100, 0.3, 0.5, 0.4, 0.55, BRIGHT)
RIDE = Stroke(0.18, 2950, 2940, 0.3, 0.4, 0.16, 0.3, BRIGHT)
BELL = Stroke(0.5, 845, 840, 0.1, 0.14, 0.06, 0.02, BRIGHT)
SHAKER = Stroke(hiss=0.25, hush=0.045, kind=BRIGHT)
BLOCK = Stroke(0.8, 900, 880, 0.02, 0.035, 0.05, 0.01, WHITE)

TOMS = {
    41: 80,
    43: 98,
    45: 118,
    47: 142,
    48: 170,
    50: 205,
    60: 390,
    61: 290,
    62: 360,
    63: 330,
    64: 230,
    65: 420,
    66: 320,
}
"""Drums with a pitch, by their key: its hertz."""
KEYS = {
    **dict.fromkeys((35, 36), KICK),
    **dict.fromkeys((38, 40), SNARE),
    37: STICK,
    39: CLAP,
    **dict.fromkeys((42, 44), CLOSED),
    46: OPEN,
    **dict.fromkeys((49, 52, 55, 57), CRASH),
    **dict.fromkeys((51, 53, 59), RIDE),
    **dict.fromkeys((56, 67, 68, 80, 81), BELL),
    **dict.fromkeys((54, 69, 70, 73, 74, 82), SHAKER),
    **{key: Stroke(1.0, hertz * 1.5, hertz, 0.05, 28 / (hertz + 60), 0.08, 0.02, DARK) for key, hertz in TOMS.items()},
}
"""The strokes of General MIDI 1 by their key; any other is a block of wood."""


def length(sound: Sound, rate: int) -> int:
    """Samples from a stroke until nothing is left of it; how long its note is does not matter."""
    stroke = KEYS.get(sound.pitch, BLOCK)
    return math.ceil(ENDED * max(stroke.ring if stroke.tone else 0.0, stroke.hush if stroke.hiss else 0.0) * rate)


def wave(sound: Sound, first: int, last: int, *, rate: int) -> Samples:
    """The samples of a stroke from one up to another, counted from its start, at full loudness."""
    stroke = KEYS.get(sound.pitch, BLOCK)
    t = (np.arange(first, last) / rate).astype(np.float32)
    swept = stroke.low * t + (stroke.high - stroke.low) * stroke.sweep * (1 - np.exp(-t / stroke.sweep))
    total = stroke.tone * np.sin(2 * np.pi * swept) * np.exp(-t / stroke.ring)
    if stroke.hiss:
        total = total + stroke.hiss * noise(stroke.kind, sound.start + first, len(t)) * np.exp(-t / stroke.hush)
    found: Samples = (LEVEL * total * np.minimum(t / ATTACK, 1)).astype(np.float32)
    return found

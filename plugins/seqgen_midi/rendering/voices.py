"""What a note of an instrument is at each moment: a function of time, so that any part of it can be had by itself."""

import math

import numpy as np
from numpy.typing import NDArray

from seqgen_midi.rendering.noise import WHITE, noise
from seqgen_midi.rendering.schedule import Sound
from seqgen_midi.rendering.timbres import Timbre, timbre_of

Samples = NDArray[np.float32]
Times = NDArray[np.float64]

A4, A4_PITCH = 440.0, 69
HIGHEST = 0.45
"""Partials above this part of the rate are left out; bent and swinging ones stay below half of it."""
SECOND = 0.5
"""The strength of a second voice: less than the first's, or the two would be silent together now and then."""
TAIL = 5.0
"""A note ends so many release times after it was let go."""
FADED = 7.0
"""So many fade times after its start what does not sustain is let go."""
SWING, SWING_DELAY = 5.5, 0.35
"""Hertz of a vibrato, and seconds until it is there."""
SOFT = 0.72
"""The brightness of the softest note, as a part of that of the loudest."""
FORMANT, WIDTH = 0.12, 130.0
"""What is left between formants, and how wide they are in hertz."""


def length(sound: Sound, rate: int) -> int:
    """Samples from the start of a note until nothing is left of it."""
    timbre = timbre_of(sound.program, sound.pitch)
    return math.ceil((_held(sound, timbre, rate) + TAIL * timbre.release) * rate)


def wave(sound: Sound, first: int, last: int, *, rate: int) -> Samples:
    """The samples of a note from one up to another, counted from its start, at full loudness."""
    timbre = timbre_of(sound.program, sound.pitch)
    times = np.arange(first, last) / rate
    cycles = _cycles(sound, times, timbre, rate)
    if timbre.modes:
        body = _rung(cycles, times, timbre=timbre, frequency=_highest(sound), rate=rate)
    else:
        partials = _partials(sound, timbre, rate)
        bright = _brightness(sound, timbre, times)
        body = _sung(cycles, partials, bright)
        if timbre.spread:
            body = body + np.float32(SECOND) * _sung(cycles * 2 ** (timbre.spread / 1200), partials, bright)
    if timbre.breath:
        body = body + np.float32(timbre.breath) * noise(WHITE, sound.start + first, len(times))
    found: Samples = body * _envelope(times, _held(sound, timbre, rate), timbre)
    return found


def frequency(pitch: int) -> float:
    """Hertz of a pitch, 440 for the A above middle C."""
    return float(A4 * 2 ** ((pitch - A4_PITCH) / 12))


def _highest(sound: Sound) -> float:
    return frequency(sound.pitch) * max(factor for _, factor in sound.bends)


def _cycles(sound: Sound, times: Times, timbre: Timbre, rate: int) -> Times:
    """How often the note has swung since its start: the integral of its frequency, which is constant between bends."""
    hertz = frequency(sound.pitch)
    if len(sound.bends) == 1:
        found = times * (hertz * sound.bends[0][1])
    else:
        starts = np.array([start for start, _ in sound.bends]) / rate
        factors = hertz * np.array([factor for _, factor in sound.bends])
        sums = np.concatenate([[0.0], np.cumsum(np.diff(starts) * factors[:-1])])
        index = np.searchsorted(starts, times, side="right") - 1
        found = sums[index] + (times - starts[index]) * factors[index]
    if timbre.vibrato:
        swing = np.sin(2 * np.pi * SWING * times) * np.minimum(times / SWING_DELAY, 1)
        found = found + hertz * timbre.vibrato / (2 * np.pi * SWING) * swing
    return found


def _partials(sound: Sound, timbre: Timbre, rate: int) -> list[float]:
    """The strengths of the harmonics that can be had at this rate, so that their power is 1 at first."""
    hertz = _highest(sound)
    count = min(len(timbre.partials), int(HIGHEST * rate / hertz))
    levels = [level * _formed(hertz * k, timbre) for k, level in enumerate(timbre.partials[:count], 1)]
    brightest = max(timbre.bright[:2])
    power = sum((level * brightest**k) ** 2 for k, level in enumerate(levels))
    return [level / math.sqrt(power * (1 + SECOND**2 * (timbre.spread > 0))) for level in levels]


def _formed(hertz: float, timbre: Timbre) -> float:
    if not timbre.formants:
        return 1.0
    return FORMANT + sum(math.exp(-(((hertz - formant) / WIDTH) ** 2)) for formant in timbre.formants)


def _brightness(sound: Sound, timbre: Timbre, times: Times) -> Samples:
    """The factor from each partial to the next at each time: brighter with more force."""
    first, last, time = timbre.bright
    force = SOFT + (1 - SOFT) * sound.force
    found: Samples = (force * (last + (first - last) * np.exp(-times / time))).astype(np.float32)
    return found


def _sung(cycles: Times, partials: list[float], bright: Samples) -> Samples:
    """The sum of level_k bright^(k-1) sin(2 pi k cycles) over k from 1, as the imaginary part of a polynomial of
    bright exp(2 pi i cycles), by Horner's rule."""
    turn = (2 * np.pi * (cycles % 1)).astype(np.float32)
    unit = np.empty(len(turn), np.complex64)
    unit.real, unit.imag = np.cos(turn), np.sin(turn)
    step, total = unit * bright, np.zeros(len(turn), np.complex64)
    for level in reversed(partials):
        total *= step
        total += np.complex64(level)
    total *= unit
    return total.imag


def _rung(cycles: Times, times: Times, *, timbre: Timbre, frequency: float, rate: int) -> Samples:
    """The sum of modes that fade each at its own pace, beyond what the envelope fades."""
    total = np.zeros(len(times), np.float32)
    for ratio, level, pace in timbre.modes:
        if frequency * ratio < HIGHEST * rate:
            swing = np.sin((2 * np.pi * (cycles * ratio % 1)).astype(np.float32))
            total += np.float32(level) * swing * np.exp(-times * ((pace - 1) / timbre.fade)).astype(np.float32)
    return total


def _held(sound: Sound, timbre: Timbre, rate: int) -> float:
    """Seconds from its start until a note is let go, or has faded."""
    held = (sound.stop - sound.start) / rate
    if timbre.sustain:
        return held
    return FADED * timbre.fade if timbre.rings else min(held, FADED * timbre.fade)


def _envelope(times: Times, held: float, timbre: Timbre) -> Samples:
    """The strength at each time: it grows as half a cosine, falls to what it sustains, and goes to 0 once let go."""
    t = times.astype(np.float32)
    grown = 0.5 - 0.5 * np.cos(np.pi * np.minimum(t / np.float32(timbre.attack), 1))
    fallen = timbre.sustain + (1 - timbre.sustain) * np.exp(-t / np.float32(timbre.fade))
    left = np.clip((times - held) / timbre.release, 0, TAIL).astype(np.float32)
    found: Samples = (grown * fallen * np.exp(-left) * (1 - left / np.float32(TAIL))).astype(np.float32)
    return found

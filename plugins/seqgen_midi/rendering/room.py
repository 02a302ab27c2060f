"""A room around the sound: echoes that grow denser and fade, different for each ear."""

import numpy as np
from numpy.typing import NDArray

SIZE, LATE = 1.0, 0.012
"""Seconds until the echoes are gone, and until the first of them comes."""
FADE = 6.0
"""How often they fall to 1/e in that time."""
MELLOW = 0.12
"""The part of the highest frequency from which on the walls swallow it."""
SIDES = 2


class Room:
    """Gives block after block what comes back of a sound, by convolution (overlap-add)."""

    def __init__(self, rate: int, block: int) -> None:
        answer_2T = _answer(rate)
        self.tail = answer_2T.shape[1]
        self._block, self._size = block, 1 << (block + self.tail - 1).bit_length()
        self._spectrum = np.fft.rfft(answer_2T, self._size)
        self._left = np.zeros((SIDES, self._size - block), np.float32)

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is heard of the room while the next block, (block,), sounds: (block, 2)."""
        heard_2T = np.fft.irfft(np.fft.rfft(sound, self._size) * self._spectrum, self._size).astype(np.float32)
        heard_2T[:, : self._left.shape[1]] += self._left
        self._left = heard_2T[:, self._block :].copy()
        found: NDArray[np.float32] = heard_2T[:, : self._block].T
        return found


def _answer(rate: int) -> NDArray[np.float64]:
    """What comes back of a single click, (2, samples): of low sounds, for each ear, a power of 1."""
    count = round(SIZE * rate)
    time = np.arange(count) / count
    fade = np.clip(time * SIZE / LATE - 1, 0, 1) * np.exp(-FADE * time) * (1 - time)
    noise_2T = np.random.default_rng(1).standard_normal((SIDES, count)) * fade / np.sqrt((fade**2).sum())
    place = np.linspace(0, rate / 44100, count // 2 + 1)
    found: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(noise_2T) / (1 + (place / MELLOW) ** 2), count)
    return found

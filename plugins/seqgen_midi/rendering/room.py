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
    """What comes back of a single click, (2, samples), with a power of 1 for each ear."""
    count = round(SIZE * rate)
    noise_2T = np.random.default_rng(1).standard_normal((SIDES, count))
    place = np.linspace(0, 1, count // 2 + 1) * rate / 44100
    mellow_2T = np.fft.irfft(np.fft.rfft(noise_2T) / (1 + (place / MELLOW) ** 2), count)
    time = np.arange(count) / count
    rise = np.clip(time * SIZE / LATE - 1, 0, 1)
    faded_2T = mellow_2T * rise * np.exp(-FADE * time) * (1 - time)
    found: NDArray[np.float64] = faded_2T / np.sqrt((faded_2T**2).sum(axis=1, keepdims=True))
    return found

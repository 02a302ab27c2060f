"""Noise, always the same: a long row of it that is read in a circle."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

SIZE = 1 << 17
"""Samples until it comes again."""
WHITE, BRIGHT, DARK = "white", "bright", "dark"
_EDGES = {WHITE: (0.0, 1.0), BRIGHT: (0.25, 1.0), DARK: (0.0, 0.12)}
"""The band, in parts of the highest frequency."""


def noise(kind: str, first: int, count: int) -> NDArray[np.float32]:
    """So many samples from one on, with a variance of 1."""
    return _table(kind).take(np.arange(first, first + count), mode="wrap")


@cache
def _table(kind: str) -> NDArray[np.float32]:
    low, high = _EDGES[kind]
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(SIZE))
    place = np.linspace(0, 1, len(spectrum))
    softened = 1 / (1 + (low / np.maximum(place, 1e-9)) ** 4) / (1 + (place / high) ** 4)
    table = np.fft.irfft(spectrum * np.sqrt(softened), SIZE)
    found: NDArray[np.float32] = (table / table.std()).astype(np.float32)
    return found

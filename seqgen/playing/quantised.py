"""Weights in 8 bits, in plain numpy: the definition, and the twin of `compiled`.

Each row of a matrix has a scale of its own: what is 127 of it is the row's largest entry.

Shapes: G rows, D entries of a row.
"""

import numpy as np
from numpy.typing import NDArray

from seqgen.cells import Parameters
from seqgen.model import ModelSettings
from seqgen.playing.weights import Matrix, Vector

Integers = NDArray[np.int8]
LEVELS = 127


def quantise(W_GD: Matrix) -> tuple[Integers, Vector]:
    """The nearest whole numbers from -127 to 127, and the scale_G that turns them into weights."""
    largest_G = np.abs(W_GD).max(1, initial=0)
    scale_G = np.where(largest_G > 0, largest_G / LEVELS, 1).astype(np.float32)
    return np.rint(W_GD / scale_G[:, None]).astype(np.int8), scale_G


def rounded(settings: ModelSettings, params: Parameters) -> Parameters:
    """The parameters with every matrix that stands in a product as its 8 bits leave it; all others as they are.

    Law: what is rounded once stays as it is, but for the last bits.
    """
    return {name: _round(value) if _in_product(settings, name, value) else value for name, value in params.items()}


def _in_product(settings: ModelSettings, name: str, value: Matrix) -> bool:
    if name == "embedding":
        return settings.tied
    return np.ndim(value) == 2 and name != "chain.E"


def _round(W_GD: Matrix) -> Matrix:
    whole_GD, scale_G = quantise(W_GD)
    return whole_GD * scale_G[:, None]

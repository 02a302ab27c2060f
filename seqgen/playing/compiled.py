"""Products of a matrix in 8 bits and a vector, compiled by numba; `quantised` is the definition.

The weights are what is dear in playing one lane, so what takes a quarter of the room takes little more than a quarter
of the time. All else stays with numpy, whose tanh is quicker than a compiled one.

Shapes: G rows; D, R entries of a row of the first matrix and of the second.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numpy as np

from seqgen.errors import UsageError
from seqgen.playing.quantised import Integers, quantise
from seqgen.playing.weights import Matrix, Vector, aligned, columns

LARGE = 1 << 19
"""Weights from which on it pays to wake another thread."""
MOST = 2
"""Matrices side by side."""
INTEGERS, MATRIX, VECTOR = "int8[:, ::1]", "float32[:, ::1]", "float32[::1]"
SIGNATURE = f"void({INTEGERS}, {INTEGERS}, {MATRIX}, {VECTOR}, int64, {VECTOR}, {VECTOR})"

Product = Callable[[Integers, Integers, Matrix, Vector, int, Vector, Vector], None]


class Packed(np.ndarray[Any, np.dtype[np.float32]]):
    """A matrix as `columns` gives it, of which `dot` with a vector takes 8 bits a weight. A part of it is an array like
    any other."""

    _packed: tuple[Integers, Integers, Matrix, Vector, int] | None = None

    def __getitem__(self, key: Any) -> Any:
        return self.view(np.ndarray)[key]

    def __array_wrap__(self, array: Any, *_: Any) -> Any:
        return np.asarray(array)

    def dot(self, b: Any, out: Any = None) -> Any:
        """The product, in `out`."""
        if self._packed is None or out is None:
            return self.view(np.ndarray).dot(b, out)
        self._run(*self._packed, b, out)
        return out

    def pack(self, *parts: Matrix) -> None:
        """Keep the columns in 8 bits too: one matrix or two, and then, it may be, a bias."""
        matrices = [part for part in parts if part.ndim == MOST]
        bias_G = next((part for part in parts if part.ndim == 1), np.zeros(len(self), np.float32))
        pairs = [quantise(matrix) for matrix in [*matrices, np.zeros((len(self), 0), np.float32)][:MOST]]
        (first_GD, _), (second_GR, _) = pairs
        scales_2G = np.stack([scale_G for _, scale_G in pairs])
        threads = wake() if self.size >= LARGE else 1
        self._run = multiply(threads > 1)
        self._packed = aligned(first_GD), aligned(second_GR), scales_2G, bias_G.astype(np.float32), threads


def packed(*parts: Matrix) -> Matrix:
    """One matrix of these columns, in place of what `columns` makes of them. Raises UsageError without numba."""
    found = columns(*parts).view(Packed)
    found.pack(*parts)
    return found


@cache
def multiply(parallel: bool) -> Product:
    """The compiled product, kept on disk where there is a place for it. Raises UsageError if numba is missing."""
    try:
        import numba
    except ImportError:
        there, remedy = "they need the package numba", "pip install 'seqgen[fast]'"
        raise UsageError("weights of 8 bits", there, remedy) from None
    work = written(numba.prange if parallel else range)  # numba keeps both apart by this alone
    options = {"fastmath": True, "parallel": parallel}
    try:
        return cast(Product, numba.njit(SIGNATURE, cache=True, **options)(work))
    except RuntimeError:  # neither the folder of this file nor that of the user's caches can be written to
        return cast(Product, numba.njit(SIGNATURE, **options)(work))


def written(prange: Any) -> Product:
    """The product as it is written, its rows in so many parts; `prange` is numba's, or `range`."""

    def product(
        first_GD: Integers, second_GR: Integers, scales_2G: Matrix, bias_G: Vector, parts: int, x: Vector, y_G: Vector
    ) -> None:
        (rows, D), R = first_GD.shape, second_GR.shape[1]
        x_D, x_R = x[:D], x[D : D + R]
        size = -(-rows // parts)
        for part in prange(parts):
            for g in range(part * size, min(rows, part * size + size)):
                one = other = np.float32(0)
                for j in range(D):
                    one += np.float32(first_GD[g, j]) * x_D[j]
                for j in range(R):
                    other += np.float32(second_GR[g, j]) * x_R[j]
                y_G[g] = scales_2G[0, g] * one + scales_2G[1, g] * other + bias_G[g]

    return product


@cache
def wake() -> int:
    """How many threads a large product takes: numba's number, if threads of the program may share them."""
    import numba

    multiply(True)(*_nothing())
    return 1 if numba.threading_layer() == "workqueue" else int(numba.get_num_threads())


def _nothing() -> tuple[Any, ...]:
    matrix, vector = np.zeros((2, 0), np.int8), np.zeros(2, np.float32)
    return matrix, matrix, np.zeros((2, 2), np.float32), vector, 2, vector, vector.copy()

"""The weights of a cell, laid out once for playing.

Rows of sigmoid gates are halved, since sigmoid(a) = tanh(a / 2) / 2 + 1 / 2: so one tanh serves all gates.
A first layer that reads one of V symbols needs no product with its input: `W x + b` is one of V rows of a table.
Small matrices lie column by column, which suits the product with a single vector; a bias is one more column.

Shapes: V vocabulary, D inputs, G rows of all gates, R channels that a product reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from seqgen.cells import Cell, Parameters

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]
Blocks = Sequence[tuple[int, float]]
"""The blocks of a cell's rows in the order wanted, each with its factor: a half where a sigmoid is taken."""
Tabulate = Callable[[Matrix, Vector], Matrix | None]
"""From W_GD (the reserved channel too) and b_G to the rows `W x + b` of every symbol, or None for no table."""

LINE = 64
"""Bytes of a cache line, as wide as the widest registers."""
LARGE = 1 << 21
"""Bytes of a matrix from which on threads share a product, and each had better read a block of its own."""


class Lay(Protocol):
    """How a matrix of these columns is laid out for products with one vector."""

    def __call__(self, *parts: Matrix) -> Matrix: ...


def columns(*parts: Matrix) -> Matrix:
    """One matrix of these columns, lying column by column, or row by row if it is large."""
    whole = np.column_stack(parts)
    return aligned(whole) if whole.nbytes >= LARGE else aligned(whole.T).T


def aligned(matrix: NDArray[Any]) -> NDArray[Any]:
    """The same, in rows that lie from the start of a cache line on, as a product reads them fastest."""
    spare = LINE // matrix.itemsize
    room = np.empty(matrix.size + spare, matrix.dtype)
    first = -room.ctypes.data % LINE // matrix.itemsize
    lying = room[first : first + matrix.size].reshape(matrix.shape)
    lying[:] = matrix
    return lying


@dataclass(frozen=True)
class Weights:
    """What the copies of a layer share. `start` is the cell's start state, its output first.

    `memory` (G, R) takes what is remembered to the gates, and its input too where `table` (V, G) or `input` do not.
    """

    memory: Matrix
    start: tuple[Vector, ...]
    table: Matrix | None
    input: Matrix = field(default_factory=lambda: np.zeros((0, 1), np.float32))

    @property
    def width(self) -> int:
        """Channels of the output."""
        return len(self.start[0])

    @cached_property
    def without_input(self) -> Self:
        """The same for a layer whose input, and bias, come in rows."""
        inputs = self.memory.shape[1] - self.width - 1
        return replace(self, memory=columns(self.memory[:, inputs:-1]))


def arrange(params: Parameters, inputs: int, blocks: Blocks) -> tuple[Matrix, Matrix, Vector]:
    """W, U and b with their rows arranged, and W with columns of zeros for the channels that the cell does not read."""
    unread = inputs - params["W"].shape[1]
    whole = np.pad(params["W"], ((0, 0), (unread, 0))), params["U"], params["b"]
    split = [np.split(rows, len(blocks)) for rows in whole]
    W, U, b = (np.concatenate([parts[i] * np.float32(factor) for i, factor in blocks]) for parts in split)
    return W, U, b


def start(cell: Cell, params: Parameters) -> tuple[Vector, ...]:
    """The cell's start state, for one lane."""
    return tuple(part[0] for part in cell.start(params, 1))

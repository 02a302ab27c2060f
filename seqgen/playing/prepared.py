"""The built-in cells, prepared: every operation goes into a buffer that is already there.

Shapes: T steps, D inputs, H width, G rows of all gates.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Self

import numpy as np

from seqgen.cells import GRU, LSTM, RNN, Cell, Parameters, State, steps_linearly
from seqgen.playing.layers import Layer, PlainLayer, Trail
from seqgen.playing.linear import LinearLayer
from seqgen.playing.mixers import MIXERS
from seqgen.playing.products import product
from seqgen.playing.weights import Blocks, Lay, Matrix, Tabulate, Vector, Weights, arrange, columns, start

HALF = np.array(0.5, np.float32)
"""An array, since a ufunc takes twice as long over a scalar."""


class PreparedLayer(Layer):
    """A layer whose state lies in buffers; `_state` names them in the cell's order, the output first."""

    _state: tuple[Vector, ...]
    pays = 16

    def __init__(self, weights: Weights) -> None:
        self._weights, self.table = weights, weights.table
        self._lay_out(weights)
        self.clear()

    @abstractmethod
    def _lay_out(self, weights: Weights) -> None:
        """Make the buffers."""

    def run(self, x_TD: Matrix, rows: Matrix | None = None) -> tuple[Matrix, Trail]:
        rows_TG, layer = (rows, self) if rows is not None else (self._inward(x_TD), self._without_input())
        if layer is not self:
            layer._fill(self._state)
        behind = []
        for row in rows_TG:
            layer.step(row)
            behind.append(tuple(buffer.copy() for buffer in layer._state))
        self._fill(behind[-1])
        return np.stack([values[0] for values in behind]), lambda count: self._fill(behind[count - 1])

    @abstractmethod
    def _inward(self, x_TD: Matrix) -> Matrix:
        """The rows that `step` takes in place of these inputs."""

    def _without_input(self) -> Self:
        """A layer of the same kind that takes rows."""
        return self

    def clear(self) -> None:
        self._fill(self._weights.start)

    def state(self) -> State:
        return tuple(buffer[None].copy() for buffer in self._state)

    def resume(self, state: State, *, place: int = 0) -> None:
        self._fill([part[0] for part in state])

    def copy(self) -> Self:
        twin = type(self)(self._weights)
        twin._fill(self._state)
        return twin

    def _fill(self, values: Sequence[Vector]) -> None:
        for buffer, value in zip(self._state, values, strict=True):
            buffer[:] = value


class JoinedLayer(PreparedLayer):
    """A layer whose gates come from one product: with [x h 1], or with h alone where the table holds the rest."""

    def _lay_out(self, weights: Weights) -> None:
        self._product, self._read = weights.memory.dot, np.ones(weights.memory.shape[1], np.float32)
        inputs = max(0, len(self._read) - weights.width - 1)
        self.x, self.y = self._read[:inputs], self._read[inputs:][: weights.width]
        self._alone: Self | None = None

    def _inward(self, x_TD: Matrix) -> Matrix:
        memory = self._weights.memory
        return product(memory[:, : len(self.x)], x_TD, b_G=memory[:, -1])

    def _without_input(self) -> Self:
        if self._alone is None:
            self._alone = type(self)(self._weights.without_input)
        return self._alone


class RNNLayer(JoinedLayer):
    """State: (h,)."""

    def _lay_out(self, weights: Weights) -> None:
        super()._lay_out(weights)
        self._gate, self._state = np.zeros_like(self.y), (self.y,)

    def step(self, row: Vector | None = None) -> None:
        gate = self._product(self._read, self._gate)
        if row is not None:
            np.add(gate, row, gate)
        np.tanh(gate, self.y)


class LSTMLayer(JoinedLayer):
    """State: (h, c). One buffer holds i f o g c, so that (i f) * (g c) is one multiplication."""

    def _lay_out(self, weights: Weights) -> None:
        super()._lay_out(weights)
        H = weights.width
        buffer, self._products = np.zeros(5 * H, np.float32), np.zeros(2 * H, np.float32)
        self._gates, self._sigmoids, self._o = buffer[: 4 * H], buffer[: 3 * H], buffer[2 * H : 3 * H]
        self._if, self._gc, self._c = buffer[: 2 * H], buffer[3 * H :], buffer[4 * H :]
        self._ig, self._fc = self._products[:H], self._products[H:]
        self._t, self._state = np.zeros(H, np.float32), (self.y, self._c)

    def step(self, row: Vector | None = None) -> None:
        gates, sigmoids, c, t = self._product(self._read, self._gates), self._sigmoids, self._c, self._t
        if row is not None:
            np.add(gates, row, gates)
        np.tanh(gates, gates)
        np.multiply(sigmoids, HALF, sigmoids)
        np.add(sigmoids, HALF, sigmoids)
        np.multiply(self._if, self._gc, self._products)
        np.add(self._ig, self._fc, c)
        np.tanh(c, t)
        np.multiply(self._o, t, self.y)


class GRULayer(PreparedLayer):
    """State: (h,). The candidate keeps apart what comes from h and what from x, so each has its product."""

    def _lay_out(self, weights: Weights) -> None:
        H = weights.width
        self._from_x, self._x1 = weights.input.dot, np.ones(weights.input.shape[1], np.float32)
        self._from_h, self._h1 = weights.memory.dot, np.ones(H + 1, np.float32)
        self.x, self.y = self._x1[:-1], self._h1[:-1]
        self._row, self._gates, self._t = (np.zeros(size * H, np.float32) for size in (3, 3, 1))
        self._rz, self._r, self._z, self._n = (self._gates[a * H : b * H] for a, b in ((0, 2), (0, 1), (1, 2), (2, 3)))
        self._state = (self.y,)

    def _inward(self, x_TD: Matrix) -> Matrix:
        return product(self._weights.input[:, :-1], x_TD, b_G=self._weights.input[:, -1])

    def step(self, row: Vector | None = None) -> None:
        rz, n, t, h = self._rz, self._n, self._t, self.y
        if row is None:
            row = self._from_x(self._x1, self._row)
        self._from_h(self._h1, self._gates)
        np.add(rz, row[: len(rz)], rz)
        np.tanh(rz, rz)
        np.multiply(rz, HALF, rz)
        np.add(rz, HALF, rz)
        np.multiply(n, self._r, n)
        np.add(n, row[len(rz) :], n)
        np.tanh(n, n)
        np.subtract(h, n, t)
        np.multiply(t, self._z, t)
        np.add(n, t, h)


def prepare(
    cell: Cell, params: Parameters, *, inputs: int, outputs: int, tabulate: Tabulate, lay: Lay = columns
) -> Layer:
    """The layer of a cell with so many channels in and out.

    A cell that is not known here is stepped as it is written; so is a subclass of a known one, which may differ.
    """
    if type(cell) in MIXERS:
        return MIXERS[type(cell)](cell, params, lay=lay)
    if steps_linearly(cell):
        return LinearLayer(cell, params, tabulate=tabulate, lay=lay)
    if type(cell) not in ROWS:
        return PlainLayer(cell, params, inputs=inputs, outputs=outputs)
    return GATED[type(cell)](weights_of(cell, params, inputs=inputs, tabulate=tabulate, lay=lay))


def weights_of(cell: Cell, params: Parameters, *, inputs: int, tabulate: Tabulate, lay: Lay) -> Weights:
    """The weights of a cell in `ROWS`, for one lane or for many."""
    W, U, b = arrange(params, inputs, ROWS[type(cell)])
    begin, table = start(cell, params), tabulate(W, b)
    if isinstance(cell, GRU):
        c_G = np.pad(params["c"], (len(b) - len(params["c"]), 0))
        return Weights(lay(U, c_G), begin, table, lay(W, b))
    return Weights(lay(W, U, b) if table is None else lay(U), begin, table)


ROWS: dict[type[Cell], Blocks] = {
    RNN: [(0, 1)],
    GRU: [(0, 0.5), (1, 0.5), (2, 1)],
    LSTM: [(0, 0.5), (1, 0.5), (3, 0.5), (2, 1)],
}

GATED: dict[type[Cell], Callable[[Weights], Layer]] = {RNN: RNNLayer, GRU: GRULayer, LSTM: LSTMLayer}
"""The prepared layers of the cells in `ROWS`, by the exact type of the cell."""

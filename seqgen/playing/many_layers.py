"""The layers of many lanes, prepared like those of one: see `prepared` and `linear` for why they look as they do.

Shapes: B lanes, V vocabulary, D inputs, H width, G rows of all gates, K products of a linear cell.
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from seqgen import arrays
from seqgen.cells import Cell, LinearCell, Parameters, State
from seqgen.model import blank
from seqgen.playing.weights import Matrix, Tabulate, Weights

Ids = NDArray[np.intp]
Some = Ids | slice
"""Which lanes."""
HALF = np.array(0.5, np.float32)


class Lanes(ABC):
    """A recurrence with the states of B lanes, each in a column."""

    x: Matrix
    """The input (D, B) of the next step, where the caller puts it."""
    y: Matrix
    """The output (H, B) of the last step."""
    table: NDArray[np.float32] | None = None
    """One row a symbol, for `step` to read in place of `x`."""

    def rows(self, ids_B: Ids) -> NDArray[np.float32] | None:
        """The rows of the table for these symbols, if there is a table."""
        return None if self.table is None else self.table.take(ids_B, 0)

    @abstractmethod
    def lay_out(self, lanes: int) -> None:
        """Make buffers of its own for so many lanes."""

    @abstractmethod
    def step(self, rows: NDArray[np.float32] | None = None) -> None:
        """One step from `x`, or from rows of the table."""

    @abstractmethod
    def clear(self, lanes: Some) -> None:
        """The start state for these lanes, and in `y` what it outputs."""

    @abstractmethod
    def resume(self, lanes: Ids, state: State) -> None:
        """Let lanes go on from there: what the cell carries on, as its own `step` has it, of one lane."""

    @abstractmethod
    def keep(self, lanes: Ids) -> None:
        """Go on with these lanes alone."""


class PlainLanes(Lanes):
    """Any cell, by its own `step`; its arrays have the lanes first."""

    def __init__(self, cell: Cell, params: Parameters, *, inputs: int, outputs: int) -> None:
        self._cell, self._params, self._inputs, self._outputs = cell, params, inputs, outputs
        self._begin = cell.start(params, 1)
        self._blank_H = blank(cell, self._begin, like=np.zeros((1, outputs), np.float32))[0]

    def lay_out(self, lanes: int) -> None:
        self.x, self.y = np.zeros((self._inputs, lanes), np.float32), np.zeros((self._outputs, lanes), np.float32)
        self._state: State = tuple(np.repeat(part, lanes, axis=0) for part in self._begin)

    def step(self, rows: NDArray[np.float32] | None = None) -> None:
        y_BH, state = self._cell.step(self._params, self.x.T, self._state)
        # Copies, for what a cell gives may be a view of what it was given, and lanes are written into it.
        self.y, self._state = y_BH.T.copy(), tuple(np.array(part) for part in state)

    def clear(self, lanes: Some) -> None:
        for part, begin in zip(self._state, self._begin, strict=True):
            part[lanes] = begin
        self.y[:, lanes] = self._blank_H[:, None]

    def resume(self, lanes: Ids, state: State) -> None:
        for part, value in zip(self._state, state, strict=True):
            part[lanes] = value

    def keep(self, lanes: Ids) -> None:
        kept = tuple(part[lanes] for part in self._state)
        self.lay_out(len(lanes))
        self._state = kept


class PreparedLanes(Lanes):
    """Lanes whose states lie in buffers; `_state` names them in the cell's order, the output first."""

    _state: tuple[Matrix, ...]

    def __init__(self, weights: Weights) -> None:
        self._weights, self.table = weights, weights.table

    def clear(self, lanes: Some) -> None:
        for part, begin_H in zip(self._state, self._weights.start, strict=True):
            part[:, lanes] = begin_H[:, None]

    def resume(self, lanes: Ids, state: State) -> None:
        for part, value in zip(self._state, state, strict=True):
            part[:, lanes] = value.T

    def keep(self, lanes: Ids) -> None:
        kept = [part[:, lanes] for part in self._state]
        self.lay_out(len(lanes))
        for part, value in zip(self._state, kept, strict=True):
            part[:] = value


class JoinedLanes(PreparedLanes):
    """Lanes whose gates come from one product: with [x h 1], or with h alone where the table holds the rest."""

    def lay_out(self, lanes: int) -> None:
        weights = self._weights
        self._read = np.ones((weights.memory.shape[1], lanes), np.float32)
        inputs = max(0, len(self._read) - weights.width - 1)
        self.x, self.y = self._read[:inputs], self._read[inputs:][: weights.width]

    def _product(self, out_GB: Matrix, rows_BG: Matrix | None) -> Matrix:
        np.dot(self._weights.memory, self._read, out_GB)
        return out_GB if rows_BG is None else np.add(out_GB, rows_BG.T, out_GB)


class RNNLanes(JoinedLanes):
    """State: (h,)."""

    def lay_out(self, lanes: int) -> None:
        super().lay_out(lanes)
        self._gate, self._state = np.zeros_like(self.y), (self.y,)

    def step(self, rows: Matrix | None = None) -> None:
        np.tanh(self._product(self._gate, rows), self.y)


class LSTMLanes(JoinedLanes):
    """State: (h, c). One buffer holds i f o g c, so that (i f) * (g c) is one multiplication."""

    def lay_out(self, lanes: int) -> None:
        super().lay_out(lanes)
        H = self._weights.width
        self._buffer, self._products = np.zeros((5 * H, lanes), np.float32), np.zeros((2 * H, lanes), np.float32)
        self._t, self._state = np.zeros((H, lanes), np.float32), (self.y, self._buffer[4 * H :])

    def step(self, rows: Matrix | None = None) -> None:
        H, buffer, products, t = self._weights.width, self._buffer, self._products, self._t
        gates, sigmoids, c = self._product(buffer[: 4 * H], rows), buffer[: 3 * H], buffer[4 * H :]
        np.tanh(gates, gates)
        np.multiply(sigmoids, HALF, sigmoids)
        np.add(sigmoids, HALF, sigmoids)
        np.multiply(buffer[: 2 * H], buffer[3 * H :], products)
        np.add(products[:H], products[H:], c)
        np.tanh(c, t)
        np.multiply(buffer[2 * H : 3 * H], t, self.y)


class GRULanes(PreparedLanes):
    """State: (h,). The candidate keeps apart what comes from h and what from x, so each has its product."""

    def lay_out(self, lanes: int) -> None:
        H = self._weights.width
        self._x1, self._h1 = (np.ones((n, lanes), np.float32) for n in (self._weights.input.shape[1], H + 1))
        self.x, self.y = self._x1[:-1], self._h1[:-1]
        self._from_x, self._gates, self._t = (np.zeros((k * H, lanes), np.float32) for k in (3, 3, 1))
        self._state = (self.y,)

    def step(self, rows: Matrix | None = None) -> None:
        H, gates, t, h = self._weights.width, self._gates, self._t, self.y
        row = np.dot(self._weights.input, self._x1, self._from_x) if rows is None else rows.T
        np.dot(self._weights.memory, self._h1, gates)
        rz, n = gates[: 2 * H], gates[2 * H :]
        np.add(rz, row[: 2 * H], rz)
        np.tanh(rz, rz)
        np.multiply(rz, HALF, rz)
        np.add(rz, HALF, rz)
        np.multiply(n, gates[:H], n)
        np.add(n, row[2 * H :], n)
        np.tanh(n, n)
        np.subtract(h, n, t)
        np.multiply(t, gates[H : 2 * H], t)
        np.add(n, t, h)


class LinearLanes(Lanes):
    """State: (h,). A row of the table is a, b and the products of a symbol, (2 + K, H)."""

    def __init__(self, cell: LinearCell, params: Parameters, *, tabulate: Tabulate) -> None:
        self._cell, self._params, state = cell, params, cell.start(params, 1)
        self._begin_H, self._blank_H = state[0][0], blank(cell, state, like=state[0])[0]
        products_VG, self._weights = tabulate(params["W"], params["b"]), np.zeros((0, 1), np.float32)
        if products_VG is None:
            self._weights = np.ascontiguousarray(np.column_stack([params["W"], params["b"]]))
        else:
            products = arrays.split(products_VG, cell.products)
            self.table = np.stack([*cell.gates(params, products), *products], axis=1)

    def lay_out(self, lanes: int) -> None:
        G, D1 = self._weights.shape
        self._x1, self._products = np.ones((D1, lanes), np.float32), np.zeros((G, lanes), np.float32)
        self.x, self._h = self._x1[:-1], np.zeros((len(self._begin_H), lanes), np.float32)
        self.y = np.zeros_like(self._h)

    def step(self, rows: NDArray[np.float32] | None = None) -> None:
        h = self._h
        if rows is None:
            np.dot(self._weights, self._x1, self._products)
            products = [part.T for part in np.split(self._products, self._cell.products)]
            a_BH, b_BH = self._cell.gates(self._params, products)
        else:
            a_BH, b_BH, *products = rows.transpose(1, 0, 2)
        np.multiply(h, a_BH.T, h)
        np.add(h, b_BH.T, h)
        self.y[:] = self._cell.read(self._params, products, h.T).T

    def clear(self, lanes: Some) -> None:
        self._h[:, lanes], self.y[:, lanes] = self._begin_H[:, None], self._blank_H[:, None]

    def resume(self, lanes: Ids, state: State) -> None:
        self._h[:, lanes] = state[0].T

    def keep(self, lanes: Ids) -> None:
        kept = self._h[:, lanes]
        self.lay_out(len(lanes))
        self._h[:] = kept

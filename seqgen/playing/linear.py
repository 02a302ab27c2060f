"""Linear cells, prepared: one product, and for a first layer with a table none.

The gates are read from the input alone. So what they are for each symbol that a first layer may read is known before
anything is read, and its step is `a * h + b`.

Shapes: T steps, D inputs, V vocabulary, H width, G all products of an input, K = G / H.
"""

import copy
from typing import Self

import numpy as np

from seqgen import arrays
from seqgen.cells import LinearCell, Parameters, State
from seqgen.model import blank
from seqgen.playing.layers import Layer, Trail
from seqgen.playing.products import product
from seqgen.playing.weights import Lay, Matrix, Tabulate, Vector, columns


class LinearLayer(Layer):
    """State: (h,). A row of the table is a, b and the products of a symbol, (2 + K, H)."""

    def __init__(self, cell: LinearCell, params: Parameters, *, tabulate: Tabulate, lay: Lay = columns) -> None:
        self._cell, self._params, state = cell, params, cell.start(params, 1)
        self._begin_H, self._output_H = state[0][0], blank(cell, state, like=state[0])[0]
        products_VG = tabulate(params["W"], params["b"])
        if products_VG is None:
            self._weights = lay(params["W"], params["b"])
        else:
            products = arrays.split(products_VG, cell.products)
            self._weights = np.zeros((0, 1), np.float32)
            self.table = np.stack([*cell.gates(params, products), *products], axis=1)
        self._lay_out()
        self.clear()

    def _lay_out(self) -> None:
        G, D1 = self._weights.shape
        self._x1_D, self._products_G = np.ones(D1, np.float32), np.zeros(G, np.float32)
        self.x, self._products = self._x1_D[:-1], list(arrays.split(self._products_G, self._cell.products))
        self._h_H = np.zeros_like(self._begin_H)

    def step(self, row: Vector | None = None) -> None:
        h_H, products = self._h_H, self._products
        if row is None:
            self._weights.dot(self._x1_D, self._products_G)
            a_H, b_H = self._cell.gates(self._params, products)
        else:
            a_H, b_H, *products = row
        np.multiply(h_H, a_H, h_H)
        np.add(h_H, b_H, h_H)
        self.y = self._cell.read(self._params, products, h_H)

    def run(self, x_TD: Matrix, rows: Matrix | None = None) -> tuple[Matrix, Trail]:
        if rows is None:
            products_TG = product(self._weights[:, :-1], x_TD, b_G=self._weights[:, -1])
            products = list(arrays.split(products_TG, self._cell.products))
            a_TH, b_TH = self._cell.gates(self._params, products)
        else:
            a_TH, b_TH, *products = rows.swapaxes(0, 1)
        h_TH, h_H = np.empty(b_TH.shape, np.float32), self._h_H
        for a_H, b_H, next_H in zip(a_TH, b_TH, h_TH, strict=True):
            h_H = np.add(np.multiply(a_H, h_H, next_H), b_H, next_H)
        self._h_H[:] = h_H
        return self._cell.read(self._params, products, h_TH), lambda count: np.copyto(self._h_H, h_TH[count - 1])

    def clear(self) -> None:
        self._h_H[:] = self._begin_H
        self.y = self._output_H

    def state(self) -> State:
        return (self._h_H[None].copy(),)

    def resume(self, state: State, *, place: int = 0) -> None:
        self._h_H[:] = state[0][0]

    def copy(self) -> Self:
        twin = copy.copy(self)
        twin._lay_out()
        twin._h_H[:], twin.y = self._h_H, self.y.copy()
        return twin

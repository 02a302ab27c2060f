"""Convolution and feed-forward, prepared. What is remembered lies in a ring, so that a step writes one row.

Shapes: D channels in, S rows of a ring, G rows of a product.
"""

import copy
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from seqgen.cells import Cell, Convolution, Feedforward, Parameters
from seqgen.playing.layers import Layer
from seqgen.playing.weights import Vector, columns


class FeedforwardLayer(Layer):
    """The rows of W are halved, since silu(a) = a / 2 * tanh(a / 2) + a / 2."""

    def __init__(self, cell: Feedforward, params: Parameters) -> None:
        half = params["W"] * np.float32(0.5)
        self._inner, self._outer = (columns(matrix) for matrix in (np.concatenate([half, params["V"]]), params["O"]))
        self._lay_out()

    def _lay_out(self) -> None:
        G, D = self._inner.shape
        self.x, self.y = np.zeros(D, np.float32), np.zeros(len(self._outer), np.float32)
        self._both = np.zeros(G, np.float32)
        self._half, self._value = np.split(self._both, 2)
        self._gate = np.zeros_like(self._half)

    def step(self, row: Vector | None = None) -> None:
        half, gate = self._half, self._gate
        self._inner.dot(self.x, self._both)
        np.tanh(half, gate)
        np.multiply(gate, half, gate)
        np.add(gate, half, gate)
        np.multiply(gate, self._value, gate)
        self._outer.dot(gate, self.y)

    def clear(self) -> None:
        self.y[:] = 0

    def copy(self) -> Self:
        twin = copy.copy(self)
        twin._lay_out()
        twin.y[:] = self.y
        return twin


class ConvolutionLayer(Layer):
    """The ring is filled backwards. The taps lie twice in a row, the latest first: where the ring stands says where to
    begin with them."""

    def __init__(self, cell: Convolution, params: Parameters) -> None:
        latest_SD = np.ascontiguousarray(params["taps"].reshape(-1, cell.size).T[::-1])
        self._taps = np.concatenate([latest_SD, latest_SD])
        self._lay_out()

    def _lay_out(self) -> None:
        shape = len(self._taps) // 2, self._taps.shape[1]
        self._ring, self._products, self._at = np.zeros(shape, np.float32), np.zeros(shape, np.float32), 0
        self.x, self.y = np.zeros(shape[1], np.float32), np.zeros(shape[1], np.float32)

    def step(self, row: Vector | None = None) -> None:
        ring = self._ring
        self._at = at = (self._at or len(ring)) - 1
        ring[at] = self.x
        np.multiply(ring, self._taps[len(ring) - at : 2 * len(ring) - at], self._products)
        np.add.reduce(self._products, 0, out=self.y)

    def clear(self) -> None:
        self._ring.fill(0)
        self.y.fill(0)

    def copy(self) -> Self:
        twin = copy.copy(self)
        twin._lay_out()
        twin._at, twin._ring[:], twin.y[:] = self._at, self._ring, self.y
        return twin


MIXERS: dict[type[Cell], Callable[[Any, Parameters], Layer]] = {
    Convolution: ConvolutionLayer,
    Feedforward: FeedforwardLayer,
}
"""The prepared layers of these cells, by the exact type of the cell."""

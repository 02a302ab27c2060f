"""Convolution, attention and feed-forward, prepared. What is remembered lies in a ring, so that a step writes one row.

Shapes: T steps, D channels in, S rows of a ring, R channels remembered, G rows of a product, N rows seen by any of
several steps.
"""

import copy
import math
from collections.abc import Callable
from typing import Self

import numpy as np

from seqgen import arrays
from seqgen.cells import Attention, Cell, Convolution, Feedforward, Parameters, State
from seqgen.playing.layers import Layer, Trail
from seqgen.playing.products import product
from seqgen.playing.weights import Lay, Matrix, Vector, columns


class FeedforwardLayer(Layer):
    """The rows of W are halved, since silu(a) = a / 2 * tanh(a / 2) + a / 2."""

    def __init__(self, cell: Feedforward, params: Parameters, *, lay: Lay = columns) -> None:
        half = params["W"] * np.float32(0.5)
        self._inner, self._outer = (lay(matrix) for matrix in (np.concatenate([half, params["V"]]), params["O"]))
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

    def run(self, x_TD: Matrix, rows: Matrix | None = None) -> tuple[Matrix, Trail]:
        half, value = np.split(product(self._inner, x_TD), 2, axis=1)
        return product(self._outer, (np.tanh(half) * half + half) * value), lambda count: None

    def clear(self) -> None:
        self.y[:] = 0

    def state(self) -> State:
        return ()

    def resume(self, state: State, *, place: int = 0) -> None:
        """There is nothing to resume."""

    def copy(self) -> Self:
        twin = copy.copy(self)
        twin._lay_out()
        twin.y[:] = self.y
        return twin


class ConvolutionLayer(Layer):
    """The ring is filled backwards. The taps lie twice in a row, the latest first: where the ring stands says where to
    begin with them."""

    def __init__(self, cell: Convolution, params: Parameters, *, lay: Lay = columns) -> None:
        latest_SD = np.ascontiguousarray(params["taps"].reshape(-1, cell.size).T[::-1])
        self._taps = np.concatenate([latest_SD, latest_SD])
        self._lay_out()

    def _lay_out(self) -> None:
        shape = len(self._taps) // 2, self._taps.shape[1]
        self._ring, self._products, self.place = np.zeros(shape, np.float32), np.zeros(shape, np.float32), 0
        self.x, self.y = np.zeros(shape[1], np.float32), np.zeros(shape[1], np.float32)

    def step(self, row: Vector | None = None) -> None:
        ring = self._ring
        self.place = at = (self.place or len(ring)) - 1
        ring[at] = self.x
        np.multiply(ring, self._taps[len(ring) - at : 2 * len(ring) - at], self._products)
        np.add.reduce(self._products, 0, out=self.y)

    def run(self, x_TD: Matrix, rows: Matrix | None = None) -> tuple[Matrix, Trail]:
        size, count = len(self._ring), len(x_TD)
        seen = np.concatenate([np.roll(self._ring, -self.place, 0)[::-1], x_TD])
        y_TD = self._taps[0] * x_TD
        for past in range(1, size):
            y_TD += self._taps[past] * seen[size - past : size - past + count]

        def back(count: int) -> None:
            self.place, self._ring[:] = 0, seen[count : count + size][::-1]

        back(count)
        return y_TD, back

    def clear(self) -> None:
        self._ring.fill(0)
        self.y.fill(0)

    def state(self) -> State:
        return (np.roll(self._ring, -self.place, 0)[-2::-1].T[None].copy(),)

    def resume(self, state: State, *, place: int = 0) -> None:
        latest_SD = np.vstack([state[0][0].T[::-1], np.zeros_like(self.x)])
        self.place = place % len(self._ring)
        self._ring[:] = np.roll(latest_SD, self.place, 0)

    def copy(self) -> Self:
        twin = copy.copy(self)
        twin._lay_out()
        twin.place, twin._ring[:], twin.y[:] = self.place, self._ring, self.y
        return twin


class AttentionLayer(Layer):
    """The ring is filled backwards, so what is there is its end until it is full. The distances lie twice in a row, the
    latest first, like the taps of a convolution."""

    pays = 16

    def __init__(self, cell: Attention, params: Parameters, *, lay: Lay = columns) -> None:
        latest_S = params["distance"][::-1]
        self._distances = np.concatenate([latest_S, latest_S])
        self._inner, self._outer = lay(np.concatenate([params["Q"], params["M"]])), lay(params["O"])
        self._lay_out()

    def _lay_out(self) -> None:
        S, R = len(self._distances) // 2, self._outer.shape[1]
        self._ring, self.place, self._full = np.zeros((S, R), np.float32), 0, False
        self.x, self.y = (np.zeros(size, np.float32) for size in self._inner.shape[1:] + self._outer.shape[:1])
        self._read, self._mixed, self._scores = (np.zeros(size, np.float32) for size in (2 * R, R, S))
        self._q, self._m = np.split(self._read, 2)

    def step(self, row: Vector | None = None) -> None:
        size, q, m, mixed = len(self._ring), self._q, self._m, self._mixed
        self.place = at = (self.place or size) - 1
        self._full = self._full or at == 0
        begin = 0 if self._full else at
        self._inner.dot(self.x, self._read)
        np.multiply(q, 1 / math.sqrt(q.dot(q) + len(q) * arrays.TINY), q)
        np.multiply(m, 1 / math.sqrt(m.dot(m) / len(m) + arrays.TINY), self._ring[at])
        seen = self._ring[begin:]
        scores = seen.dot(q, self._scores[begin:])
        np.add(scores, self._distances[size - at + begin : 2 * size - at], scores)
        np.subtract(scores, scores.max(), scores)
        np.exp(scores, scores)
        scores.dot(seen, mixed)
        np.multiply(mixed, 1 / scores.sum(), mixed)
        self._outer.dot(mixed, self.y)

    def run(self, x_TD: Matrix, rows: Matrix | None = None) -> tuple[Matrix, Trail]:
        q_TR, m_TR = np.split(product(self._inner, x_TD), 2, axis=1)
        size, R = len(self._ring), q_TR.shape[1]
        known = size - 1 if self._full else -self.place % size
        seen_NR = np.concatenate([np.roll(self._ring, -self.place, 0)[:known][::-1], arrays.unit(m_TR)])
        scores_TN = (arrays.unit(q_TR) * np.float32(R**-0.5)) @ seen_NR.T
        ago_TN = known + np.arange(len(x_TD))[:, None] - np.arange(len(seen_NR))
        scores_TN += np.where((ago_TN < 0) | (ago_TN >= size), -np.inf, self._distances[np.clip(ago_TN, 0, size - 1)])

        def back(count: int) -> None:
            there = min(known + count, size)
            self._full, self.place = there == size, size - there
            self._ring[size - there :] = seen_NR[known + count - there : known + count][::-1]

        back(len(x_TD))
        return product(self._outer, arrays.softmax(scores_TN) @ seen_NR), back

    def clear(self) -> None:
        self.place, self._full = 0, False
        self.y.fill(0)

    def state(self) -> State:
        size = len(self._ring)
        count = size - 1 if self._full else -self.place % size
        latest_PR = np.roll(self._ring, -self.place, 0)[:-1]
        latest_PR[count:] = 0
        there_P = (np.arange(size - 1)[::-1] < count).astype(np.float32)
        return latest_PR[None, ::-1].copy(), there_P[None]

    def resume(self, state: State, *, place: int = 0) -> None:
        memory_PR, count, size = state[0][0], int(np.count_nonzero(state[1][0])), len(self._ring)
        self._full = count == size - 1
        self.place = (place if self._full else -count) % size
        self._ring[:] = np.roll(np.vstack([memory_PR[::-1], np.zeros_like(self._ring[:1])]), self.place, 0)

    def copy(self) -> Self:
        twin = copy.copy(self)
        twin._lay_out()
        twin.place, twin._full, twin._ring[:], twin.y[:] = self.place, self._full, self._ring, self.y
        return twin


MIXERS: dict[type[Cell], Callable[..., Layer]] = {
    Convolution: ConvolutionLayer,
    Attention: AttentionLayer,
    Feedforward: FeedforwardLayer,
}
"""The prepared layers of these cells, by the exact type of the cell."""

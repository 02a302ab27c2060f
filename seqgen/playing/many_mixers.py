"""Convolution and attention in many lanes. What is remembered lies in a ring, as for one lane in `mixers`; where it
stands is the same for all lanes.

Shapes: B lanes, D channels in, S rows of a ring, P the last S - 1 steps, R channels remembered, N rows seen.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from seqgen import arrays
from seqgen.cells import Attention, Cell, Convolution, Parameters, State
from seqgen.playing.many_layers import Ids, Lanes, Some


class RingLanes(Lanes):
    """Lanes whose ring is filled backwards, so that the latest step comes first."""

    size: int
    """Rows of the ring."""
    place = 0
    """The row of the latest step."""

    def _behind(self, count: int) -> Ids:
        """The rows of the last steps, the latest first."""
        return (self.place + np.arange(count)) % self.size

    def _turn(self) -> int:
        """The row of the next step."""
        self.place = (self.place or self.size) - 1
        return self.place


class ConvolutionLanes(RingLanes):
    """The taps lie twice in a row, the latest first: where the ring stands says where to begin with them."""

    def __init__(self, cell: Convolution, params: Parameters) -> None:
        latest_SD = params["taps"].reshape(-1, cell.size).T[::-1]
        self.size, self._taps = cell.size, np.concatenate([latest_SD, latest_SD])[..., None]

    def lay_out(self, lanes: int) -> None:
        D = self._taps.shape[1]
        self._ring_SDB, self._products = np.zeros((2, self.size, D, lanes), np.float32)
        self.x, self.y = np.zeros((2, D, lanes), np.float32)

    def step(self, rows: Any = None) -> None:
        at = self._turn()
        self._ring_SDB[at] = self.x
        np.multiply(self._ring_SDB, self._taps[self.size - at : 2 * self.size - at], self._products)
        np.add.reduce(self._products, 0, out=self.y)

    def clear(self, lanes: Some) -> None:
        self._ring_SDB[..., lanes] = 0
        self.y[:, lanes] = 0

    def resume(self, lanes: Ids, state: State) -> None:
        latest_PD = state[0][0].T[::-1]
        for row, value_D in zip(self._behind(len(latest_PD)), latest_PD, strict=True):
            self._ring_SDB[row][:, lanes] = value_D[:, None]

    def keep(self, lanes: Ids) -> None:
        kept = self._ring_SDB[..., lanes]
        self.lay_out(len(lanes))
        self._ring_SDB[:] = kept


class AttentionLanes(RingLanes):
    """Each lane has so many steps behind it, and a ring of its own, whose rows lie together."""

    def __init__(self, cell: Attention, params: Parameters) -> None:
        latest_S = params["distance"][::-1]
        self.size, self._distances = len(latest_S), np.concatenate([latest_S, latest_S])
        self._inner, self._outer = np.concatenate([params["Q"], params["M"]]), params["O"]

    def lay_out(self, lanes: int) -> None:
        R = self._outer.shape[1]
        self._ring_BSR, self._count_B = np.zeros((lanes, self.size, R), np.float32), np.zeros(lanes, np.intp)
        self.x, self.y = (np.zeros((n, lanes), np.float32) for n in (self._inner.shape[1], len(self._outer)))

    def step(self, rows: Any = None) -> None:
        at = self._turn()
        np.minimum(self._count_B + 1, self.size, out=self._count_B)
        q_BR, m_BR = np.split((self._inner @ self.x).T, 2, axis=1)
        q_BR, self._ring_BSR[:, at] = arrays.unit(q_BR) * np.float32(1 / math.sqrt(q_BR.shape[1])), arrays.unit(m_BR)
        most = int(self._count_B.max())
        begin, end = (at, at + most) if at + most <= self.size else (0, self.size)
        seen_BNR = self._ring_BSR[:, begin:end]
        scores_BN = (seen_BNR @ q_BR[..., None])[..., 0]
        scores_BN += self._distances[self.size - at + begin : self.size - at + end]
        ago_N = (np.arange(begin, end) - at) % self.size
        if self._count_B.min() < self.size:
            scores_BN[ago_N >= self._count_B[:, None]] = -np.inf
        np.dot(self._outer, (arrays.softmax(scores_BN)[:, None] @ seen_BNR)[:, 0].T, self.y)

    def clear(self, lanes: Some) -> None:
        self._count_B[lanes] = 0
        self.y[:, lanes] = 0

    def resume(self, lanes: Ids, state: State) -> None:
        latest_PR = state[0][0][::-1]
        self._ring_BSR[lanes[:, None], self._behind(len(latest_PR))] = latest_PR
        self._count_B[lanes] = np.count_nonzero(state[1][0])

    def keep(self, lanes: Ids) -> None:
        ring_BSR, count_B = self._ring_BSR[lanes], self._count_B[lanes]
        self.lay_out(len(lanes))
        self._ring_BSR, self._count_B = ring_BSR, count_B


MIXERS: dict[type[Cell], Callable[..., Lanes]] = {Convolution: ConvolutionLanes, Attention: AttentionLanes}
"""The prepared lanes of these cells, by the exact type of the cell."""

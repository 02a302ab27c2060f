"""Self-attention of one head over a window that slides along, in the manner of the single headed attention RNN: Merity,
arXiv 1911.11423. What is remembered are inputs, scaled to a root mean square of 1, so that no matrix that has changed
since went into them.

m_t = x_t / rms(x_t)        q_t = K' Q m_t / sqrt(R)
a_tj = softmax over j of q_t . m_j + distance_(t-j)        y_t = O (sum of a_tj m_j)        for t - size <= j <= t

Shapes: B lanes, D channels in and out, R rows of Q and K, M = size steps remembered, S = M + 1 seen, the oldest first.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Cell, Parameters, State

ROWS = 64
"""Rows of Q and K at most: as many products tell one input from another."""
SLOPE = 0.1
"""By how much each step back is less attractive than the one after it, at first: Press et al., arXiv 2108.12409."""


@dataclass(frozen=True)
class Attention(Cell):
    """State: (memory_BMD, there_BM), where `there` is 1 for a step that is remembered and 0 where none is yet. Its
    reset state is zero, and so is what it outputs there.

    `distance` begins with the largest: the order in which steps are remembered.
    """

    name: ClassVar[str] = "attention"
    size: int = 128

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        rows = min(ROWS, inputs)
        return {"Q": (rows, inputs), "K": (rows, inputs), "O": (inputs, inputs), "distance": (self.size + 1,)}

    def channels(self, inputs: int, width: int) -> int:
        return inputs

    def initial(self, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray | None:
        return -SLOPE * np.arange(shape[0])[::-1] if name == "distance" else None

    def start(self, params: Parameters, lanes: int) -> State:
        like = params["O"]
        return arrays.zeros(like, (lanes, self.size, len(like))), arrays.zeros(like, (lanes, self.size))

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        memory_BMD, there_BM = state
        m_BD, here_B1 = arrays.unit(x_BD), arrays.zeros(x_BD, (len(x_BD), 1)) + 1
        seen_BSD = arrays.concat([memory_BMD, m_BD[:, None]], axis=1)
        there_BS = arrays.concat([there_BM, here_B1])
        scores_BS = (seen_BSD * self.query(params, m_BD)[:, None]).sum(-1) + params["distance"]
        shares_BS = arrays.softmax(arrays.where(there_BS > 0.5, scores_BS, -np.inf))
        y_BD = (seen_BSD * shares_BS[..., None]).sum(1) @ params["O"].T
        return y_BD, (seen_BSD[:, 1:], there_BS[:, 1:])

    def query(self, params: Parameters, m: Array) -> Array:
        """q of one step, or of many."""
        Q = params["Q"]
        return m @ Q.T @ params["K"] * len(Q) ** -0.5

    def output(self, state: State) -> Array:
        memory_BMD, _ = state
        return arrays.zeros(memory_BMD, (memory_BMD.shape[0], memory_BMD.shape[2]))

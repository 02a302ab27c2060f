"""Self-attention of one head over a window that slides along, as the single headed attention RNN adds it to a
recurrence (Merity, arXiv 1911.11423), with one matrix for keys and values both.

q_t = unit(Q x_t)        m_t = unit(M x_t)        unit(z) = z / rms(z)
a_tj = softmax over j of q_t . m_j / sqrt(R) + distance_(t-j)        y_t = O (sum of a_tj m_j)        t - size <= j <= t

Shapes: B lanes, D channels in, R rows of Q and M, P = size steps remembered, S = P + 1 seen, the oldest first.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Cell, Parameters, State

ROWS = 64
"""Of Q and M at most: what is remembered of a step."""
SLOPE = 0.1
"""By how much each step back counts for less than the one after it, at first (Press et al., arXiv 2108.12409). Without
it all steps begin alike, and a stack that has such a layer learns more slowly than one that has none."""


@dataclass(frozen=True)
class Attention(Cell):
    """State: (memory_BPR, there_BP), where `there` is 1 for a step that is remembered and 0 where there was none. Its
    reset state is zero, and so is what it outputs there.

    `distance` begins with the largest: the order in which steps are remembered.
    """

    name: ClassVar[str] = "attention"
    size: int = 128
    """How many steps it remembers, beside the present one."""

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        inward = (min(ROWS, width), inputs)
        return {"Q": inward, "M": inward, "O": (width, inward[0]), "distance": (self.size + 1,)}

    def initial(self, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray | None:
        return -SLOPE * np.arange(shape[0])[::-1] if name == "distance" else None

    def start(self, params: Parameters, lanes: int) -> State:
        like = params["M"]
        return arrays.zeros(like, (lanes, self.size, len(like))), arrays.zeros(like, (lanes, self.size))

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        memory_BPR, there_BP = state
        q_BR, m_BR = self.read(params, x_BD)
        seen_BSR = arrays.concat([memory_BPR, m_BR[:, None]], axis=1)
        there_BS = arrays.concat([there_BP, arrays.zeros(there_BP, (len(there_BP), 1)) + 1])
        scores_BS = (seen_BSR * q_BR[:, None]).sum(-1) + params["distance"]
        shares_BS = arrays.softmax(arrays.where(there_BS > 0.5, scores_BS, -np.inf))
        y_BD = (seen_BSR * shares_BS[..., None]).sum(1) @ params["O"].T
        return y_BD, (seen_BSR[:, 1:], there_BS[:, 1:])

    def read(self, params: Parameters, x: Array) -> tuple[Array, Array]:
        """q over sqrt(R), and m, of one step or of many."""
        return arrays.unit(x @ params["Q"].T) * len(params["Q"]) ** -0.5, arrays.unit(x @ params["M"].T)

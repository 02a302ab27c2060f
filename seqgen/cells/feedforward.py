"""A gated feed-forward layer, SwiGLU: Shazeer, "GLU Variants Improve Transformer", arXiv 2002.05202, without biases.

y = O (silu(W x) * V x)
"""

from dataclasses import dataclass
from typing import ClassVar

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Cell, Parameters, State

MULTIPLE = 32
"""Products want widths that are multiples of this."""


@dataclass(frozen=True)
class Feedforward(Cell):
    """It keeps no state.

    `size` says how wide a layer without a gate would be at the same cost, in multiples of the width: the paper's two
    thirds.
    """

    name: ClassVar[str] = "feedforward"
    size: int = 4

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        hidden = -(-2 * self.size * width // (3 * MULTIPLE)) * MULTIPLE
        return {"W": (hidden, inputs), "V": (hidden, inputs), "O": (width, hidden)}

    def start(self, params: Parameters, lanes: int) -> State:
        return ()

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        return (arrays.silu(x_BD @ params["W"].T) * (x_BD @ params["V"].T)) @ params["O"].T, ()

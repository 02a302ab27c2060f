"""Long short-term memory: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000).

i, f, o = sigmoid(...)   g = tanh(...)   of W x + U h + b
c' = f * c + i * g       h' = o * tanh(c')
"""

from typing import ClassVar

import numpy as np

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Cell, Parameters, State


class LSTM(Cell):
    """State: (h, c). Input channel 0 is reserved for the reset flag of the fused kernels, so W does not read it.

    Rows of W, U and b in torch's order: i, f, g, o. Its reset state is zero.
    """

    name: ClassVar[str] = "lstm"

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return {"W": (4 * width, inputs - 1), "U": (4 * width, width), "b": (4 * width,)}

    def initial(self, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray | None:
        """Forget gates that begin open (Jozefowicz et al., 2015)."""
        return np.repeat([0.0, 1.0, 0.0, 0.0], shape[0] // 4) if name == "b" else None

    def start(self, params: Parameters, lanes: int) -> State:
        zero_BH = arrays.zeros(params["b"], (lanes, params["b"].shape[0] // 4))
        return zero_BH, zero_BH

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        h_BH, c_BH = state
        gates = x_BD[:, 1:] @ params["W"].T + h_BH @ params["U"].T + params["b"]
        i, f, g, o = arrays.split(gates, 4)
        c_BH = arrays.sigmoid(f) * c_BH + arrays.sigmoid(i) * arrays.tanh(g)
        h_BH = arrays.sigmoid(o) * arrays.tanh(c_BH)
        return h_BH, (h_BH, c_BH)

    def output(self, state: State) -> Array:
        return state[0]

"""The Mogrifier LSTM: Melis, Kocisky and Blunsom, arXiv 1909.01792, section 2, with matrices of full rank.

x_i = 2 sigmoid(Q_i h_(i-1)) * x_(i-2) in odd rounds      h_i = 2 sigmoid(R_i x_(i-1)) * h_(i-2) in even ones
i, f, o = sigmoid(...)   g = tanh(...)   of W x + U h + b, after the last round
c' = f * c + i * g       h' = o * tanh(c')
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells import Cell, Parameters, State


@dataclass(frozen=True)
class Mogrifier(Cell):
    """State: (h, c). `size` is the number of rounds. Rows of W, U and b: i, f, o, g. Its reset state is zero."""

    name: ClassVar[str] = "mogrifier"
    size: int = 5

    @property
    def rounds(self) -> list[str]:
        """The names of the matrices, in turn."""
        return [f"{'Q' if i % 2 else 'R'}{i}" for i in range(1, self.size + 1)]

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        gates = {"W": (4 * width, inputs), "U": (4 * width, width), "b": (4 * width,)}
        return gates | {name: (inputs, width) if name[0] == "Q" else (width, inputs) for name in self.rounds}

    def initial(self, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray | None:
        """The forget gate begins open."""
        return np.repeat([0.0, 1.0, 0.0, 0.0], shape[0] // 4) if name == "b" else None

    def start(self, params: Parameters, lanes: int) -> State:
        zero_BH = arrays.zeros(params["b"], (lanes, params["b"].shape[0] // 4))
        return zero_BH, zero_BH

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        h_BH, c_BH = state
        for name in self.rounds:
            if name[0] == "Q":
                x_BD = 2 * arrays.sigmoid(h_BH @ params[name].T) * x_BD
            else:
                h_BH = 2 * arrays.sigmoid(x_BD @ params[name].T) * h_BH
        gates = x_BD @ params["W"].T + h_BH @ params["U"].T + params["b"]
        i, f, o, g = arrays.split(gates, 4)
        c_BH = arrays.sigmoid(f) * c_BH + arrays.sigmoid(i) * arrays.tanh(g)
        h_BH = arrays.sigmoid(o) * arrays.tanh(c_BH)
        return h_BH, (h_BH, c_BH)

    def output(self, state: State) -> Array:
        return state[0]

    def scan(self, params: Parameters, x_TBD: Array, state: State, reset_TB: Array) -> tuple[Array, State]:
        from seqgen_mogrifier.window import scan

        return scan(self, params, x_TBD, state, reset_TB)

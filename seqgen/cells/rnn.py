"""The simple recurrent network: Elman, "Finding Structure in Time", Cognitive Science 14 (1990), with tanh.

h' = tanh(W x + U h + b)
"""

from typing import ClassVar

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Cell, Parameters, State


class RNN(Cell):
    """State: (h,). Its reset state is zero."""

    name: ClassVar[str] = "rnn"

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return {"W": (width, inputs), "U": (width, width), "b": (width,)}

    def start(self, params: Parameters, lanes: int) -> State:
        return (arrays.zeros(params["b"], (lanes, params["b"].shape[0])),)

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        (h_BH,) = state
        h_BH = arrays.tanh(x_BD @ params["W"].T + h_BH @ params["U"].T + params["b"])
        return h_BH, (h_BH,)

    def output(self, state: State) -> Array:
        return state[0]

"""The gated recurrent unit: Cho et al., arXiv 1406.1078, in the variant of cuDNN and torch (reset gate after the
product).

r = sigmoid(W_r x + U_r h + b_r)        z = sigmoid(W_z x + U_z h + b_z)
n = tanh(W_n x + b_n + r * (U_n h + c))  h' = (1 - z) * n + z * h
"""

from typing import ClassVar

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Cell, Parameters, State


class GRU(Cell):
    """State: (h,). Input channel 0 is reserved for the reset flag of the fused kernels, so W does not read it.

    A reset closes both gates, which leaves h = tanh(b_n): a start state that is learnt.
    Rows of W, U and b in the order r, z, n.
    """

    name: ClassVar[str] = "gru"

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return {"W": (3 * width, inputs - 1), "U": (3 * width, width), "b": (3 * width,), "c": (width,)}

    def start(self, params: Parameters, lanes: int) -> State:
        _, _, b_H = arrays.split(params["b"], 3)
        return (arrays.tanh(b_H) + arrays.zeros(b_H, (lanes, b_H.shape[0])),)

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        (h_BH,) = state
        xr, xz, xn = arrays.split(x_BD[:, 1:] @ params["W"].T + params["b"], 3)
        hr, hz, hn = arrays.split(h_BH @ params["U"].T, 3)
        r, z = arrays.sigmoid(xr + hr), arrays.sigmoid(xz + hz)
        n = arrays.tanh(xn + r * (hn + params["c"]))
        h_BH = (1 - z) * n + z * h_BH
        return h_BH, (h_BH,)

    def output(self, state: State) -> Array:
        return state[0]

"""Causal depthwise convolution: each channel is a weighted sum of its own last inputs, the present one included.

y_t = sum of taps_j * x_(t-j) for j = 0 ... size - 1

It stands in front of linear recurrences in H3 (Fu et al., arXiv 2212.14052) and Griffin (De et al., arXiv 2402.19427).
Shapes: B lanes, D channels in and out, S steps seen, P = S - 1 of them remembered, the oldest first.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Cell, Parameters, State


@dataclass(frozen=True)
class Convolution(Cell):
    """State: (memory_BDP,), the last inputs. Its reset state is zero, and so is what it outputs there.

    `taps` is a vector, channel by channel with the oldest step first: no optimiser should take it for a matrix.
    """

    name: ClassVar[str] = "convolution"
    size: int = 4
    """How many steps it sees, the present one included."""

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return {"taps": (inputs * self.size,)}

    def channels(self, inputs: int, width: int) -> int:
        return inputs

    def initial(self, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        return rng.normal(0, self.size**-0.5, shape)

    def start(self, params: Parameters, lanes: int) -> State:
        taps = params["taps"]
        return (arrays.zeros(taps, (lanes, taps.shape[0] // self.size, self.size - 1)),)

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        (memory_BDP,) = state
        seen_BDS = arrays.concat([memory_BDP, x_BD[..., None]])
        y_BD = (seen_BDS * params["taps"].reshape(-1, self.size)).sum(-1)
        return y_BD, (seen_BDS[..., 1:],)

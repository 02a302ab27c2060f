"""Cells small enough to see through, for the tests of stacks: one that looks back and one that keeps nothing.

Shapes: B lanes, D inputs, N steps back.
"""

from dataclasses import dataclass
from typing import ClassVar

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells import Cell, Parameters, State


@dataclass(frozen=True)
class Delay(Cell):
    """The input of `size` steps ago, times a gain; as many channels out as in."""

    name: ClassVar[str] = "delay"
    size: int = 2

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return {"b": (inputs,)}

    def channels(self, inputs: int, width: int) -> int:
        return inputs

    def start(self, params: Parameters, lanes: int) -> State:
        return (arrays.zeros(params["b"], (lanes, params["b"].shape[0], self.size)),)

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        (past_BDN,) = state
        return past_BDN[..., 0] * (1 + params["b"]), (arrays.concat([past_BDN[..., 1:], x_BD[..., None]]),)

    def output(self, state: State) -> Array:
        return 0 * state[0][..., 0]


class Squash(Cell):
    """tanh(W x), without any memory."""

    name: ClassVar[str] = "squash"

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return {"W": (width, inputs)}

    def start(self, params: Parameters, lanes: int) -> State:
        return ()

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        return arrays.tanh(x_BD @ params["W"].T), ()


EXTRA: dict[str, Cell] = {"delay": Delay(), "squash": Squash()}
MIXED = ("rnn,lstm", "delay:1,squash,gru", "lstm,delay")
"""Blocks of several kinds, with the cells of this file among them."""

"""Recurrences that are linear in their state: h' = a * h + b, where a and b are read from the input alone.

So the products of a whole window can be taken at once, and what is left for step after step is a multiplication and
an addition.

Shapes: B lanes, D inputs, H width; `...` any leading axes.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, TypeGuard

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Cell, Parameters, State


class LinearCell(Cell):
    """State: (h,), zero after a reset, in float32 whatever the precision of the products.

    A derived class says how many products of the input it wants, each H wide, and what it makes of them. As long as
    it leaves `step` alone it is scanned and played fast without further work.
    """

    products: ClassVar[int]
    """Blocks of rows in W and b."""

    @abstractmethod
    def gates(self, params: Parameters, products: Sequence[Array]) -> tuple[Array, Array]:
        """a and b, (..., H), from the blocks of W x + b, (..., H) each: entry by entry, for any leading axes."""

    def read(self, params: Parameters, products: Sequence[Array], h: Array) -> Array:
        """The output, (..., H): the state, unless a class says otherwise."""
        return h

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return {"W": (self.products * width, inputs), "b": (self.products * width,)}

    def start(self, params: Parameters, lanes: int) -> State:
        return (arrays.zeros(params["b"], (lanes, params["b"].shape[0] // self.products)),)

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        (h_BH,) = state
        products = arrays.split(x_BD @ params["W"].T + params["b"], self.products)
        a_BH, b_BH = self.gates(params, products)
        h_BH = a_BH * h_BH + b_BH
        return self.read(params, products, h_BH), (h_BH,)

    def output(self, state: State) -> Array:
        return state[0]


def steps_linearly(cell: Cell) -> TypeGuard[LinearCell]:
    """Whether the cell is a linear one that has no `step` of its own."""
    return isinstance(cell, LinearCell) and type(cell).step is LinearCell.step

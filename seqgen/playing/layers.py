"""What a layer is to a player: a recurrence with the state of one lane, and buffers for its input and output.

Shapes: B lanes (here one), H width, T steps, D inputs.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Self

import numpy as np

from seqgen.cells import Cell, Parameters, State
from seqgen.model import blank
from seqgen.playing.weights import Matrix, Vector

Trail = Callable[[int], None]
"""Puts a layer behind the first so many steps of a run, 1 or more; its `y` is left for the next step."""


class Layer(ABC):
    """A recurrence with the state of one lane. The law of the reset is the caller's: `clear` in place of `step`."""

    x: Vector
    """The input of the next step, where the caller puts it; empty if there is a table."""
    y: Vector
    """The output of the last step."""
    table: Matrix | None = None
    """One row a symbol, for `step` to read in place of `x`."""
    pays: int = 8
    """Fewer steps than these take no longer one by one."""
    place: int = 0
    """Where a ring stands. What is remembered does not depend on it, but the order in which it is summed up does."""

    @abstractmethod
    def step(self, row: Vector | None = None) -> None:
        """One step from `x`, or from a row of the table where there is one."""

    def run(self, x_TD: Matrix, rows: Matrix | None = None) -> tuple[Matrix, Trail]:
        """Several steps, from x or from rows of the table: their outputs y_TH, in arrays of their own, and the way
        back.

        What follows is the definition, step by step.
        """
        outputs, behind = [], []
        for step, x_D in enumerate(x_TD):
            if rows is None:
                self.x[:] = x_D
            self.step(None if rows is None else rows[step])
            outputs.append(self.y.copy())
            behind.append((self.state(), self.place))

        def back(count: int) -> None:
            state, place = behind[count - 1]
            self.resume(state, place=place)

        return np.stack(outputs), back

    @abstractmethod
    def clear(self) -> None:
        """The start state, and in `y` what it outputs."""

    @abstractmethod
    def state(self) -> State:
        """What the cell carries on, as its own `step` has it: one lane, in arrays of its own."""

    @abstractmethod
    def resume(self, state: State, *, place: int = 0) -> None:
        """Go on from such a state. `y` is left for the next step. The reverse of `state`, with its `place`, bit for
        bit."""

    @abstractmethod
    def copy(self) -> Self:
        """A layer with the same weights, the same state, and buffers of its own."""


class PlainLayer(Layer):
    """Any cell, by its own `step`."""

    def __init__(self, cell: Cell, params: Parameters, *, inputs: int, outputs: int) -> None:
        self._cell, self._params = cell, params
        self._state: State = ()
        self.x, self._zeros = np.zeros(inputs, np.float32), np.zeros(outputs, np.float32)
        self.clear()

    def step(self, row: Vector | None = None) -> None:
        y_BH, self._state = self._cell.step(self._params, self.x[None], self._state)
        self.y = y_BH[0]

    def clear(self) -> None:
        self._state = self._cell.start(self._params, 1)
        self.y = blank(self._cell, self._state, like=self._zeros[None])[0]

    def state(self) -> State:
        return tuple(part.copy() for part in self._state)

    def resume(self, state: State, *, place: int = 0) -> None:
        self._state = tuple(part.copy() for part in state)

    def copy(self) -> Self:
        twin = type(self)(self._cell, self._params, inputs=len(self.x), outputs=len(self._zeros))
        twin._state, twin.y = self.state(), self.y.copy()
        return twin

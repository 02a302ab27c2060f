"""What a cell is: one step of a recurrence, as pure functions of parameters, input and state.

Shapes: B lanes, D inputs, H width.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from seqgen.arrays import Array

Parameters = dict[str, Array]
"""Arrays by their names."""
State = tuple[Array, ...]
"""What a cell carries from step to step; every array has the lane as its first axis."""


class Cell(ABC):
    """A recurrence, written once over arrays: numpy plays it, torch trains it.

    Law of the reset: after a reset step the state is `start(params, lanes)` and the output is what `start` outputs,
    whatever the input and the past. The core applies it with `where`; a fast scan must agree.
    """

    name: ClassVar[str]
    """What `--cell` calls it."""

    @abstractmethod
    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, a vector or a matrix, for `inputs` channels in, in a model of that width.

        A matrix U is the one by which the state reads itself: weight drop is for it. The name `norm` is taken.
        """

    def channels(self, inputs: int, width: int) -> int:
        """Channels out."""
        return width

    def initial(self, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray | None:
        """The first values of that parameter; None leaves them to the core, which makes the blocks of a matrix U
        orthogonal, other matrices normal with variance 1/inputs, and vectors 0."""
        return None

    @abstractmethod
    def start(self, params: Parameters, lanes: int) -> State:
        """The state of `lanes` lanes after a reset."""

    @abstractmethod
    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        """The output y_BH and the next state."""

    def scan(self, params: Parameters, x_TBD: Array, state: State, reset_TB: Array) -> tuple[Array, State]:
        """A whole window in torch, T steps at once: the outputs y_TBH and the state behind it. Optional.

        It must equal `step` under the law of the reset, and import torch only when it is called. A class that is
        derived from one that has it, and may step otherwise, does not inherit it: it is stepped.
        """
        raise NotImplementedError

    def output(self, state: State) -> Array | None:
        """What a lane in that start state outputs, y_BH; None, which is what this returns, stands for zeros."""
        return None

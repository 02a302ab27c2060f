"""Lanes of a model, read in lockstep as its strategy reads.

Shapes: B lanes, V vocabulary, C context.
"""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from seqgen.generation.picking import Picker
from seqgen.generation.reader import Read
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Played
from seqgen.playing.weights import Matrix

Ids = NDArray[np.intp]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]


class Lanes(Protocol):
    """Lanes of a model: see `playing.many.Players`."""

    settings: ModelSettings
    lanes: int

    def clear(self, lanes: Ids | slice) -> None:
        """Let these lanes forget everything read."""

    def resume(self, lanes: Ids, state: Played) -> None:
        """Let lanes go on from there."""

    def keep(self, lanes: Ids) -> None:
        """Go on with these lanes alone."""

    def read(self, ids_B: Ids, inside_B: Mask | None = None) -> None:
        """Read one symbol a lane, some of them inside a block."""

    def logits(self) -> Matrix:
        """The logits_BV of the next symbols."""


@runtime_checkable
class Drawing(Lanes, Protocol):
    """Lanes that draw by themselves, where their logits are."""

    def draw(self, uniform_B: Numbers) -> tuple[Ids, Numbers]:
        """The symbols drawn and their probabilities under the model itself, as `Picker` has them."""


class Readers:
    """Lanes read as the model's strategy reads: the fast twin of as many a `Reader`.

    Every symbol is read when it comes, inside a block of one-to-many too: until its end the logits go on from the state
    before it by the chain, so it does not matter that the lanes' blocks end at different times.
    """

    def __init__(self, lanes: Lanes, strategy: Strategy) -> None:
        self.lanes, self._strategy = lanes, strategy
        self._recent_BC = np.zeros((lanes.lanes, strategy.context), np.intp)
        # Symbols of the context, or of the block, that are there.
        self._count_B = np.zeros(lanes.lanes, np.intp)

    def read(self, ids_B: Ids, given_B: Mask) -> None:
        """Take in a symbol a lane; behind what is given a block begins."""
        if self._strategy.context:
            self._recent_BC[:, :-1] = self._recent_BC[:, 1:]
            self._recent_BC[:, -1] = ids_B
            np.minimum(self._count_B + 1, self._strategy.context, out=self._count_B)
        elif self._strategy.horizon > 1:
            self._count_B += 1
            ended_B = given_B | (self._count_B == self._strategy.horizon) | (ids_B <= self.lanes.settings.reset_level)
            self._count_B[ended_B] = 0
            self.lanes.read(ids_B, ~ended_B)
        else:
            self.lanes.read(ids_B)

    def _read_contexts(self) -> None:
        """Read the contexts of many-to-one, each from a fresh state."""
        for back in range(self._count_B.max(initial=1), 0, -1):
            if len(short := np.flatnonzero(self._count_B == back)):
                self.lanes.clear(short)
            self.lanes.read(self._recent_BC[:, -back])

    def logits(self) -> Matrix:
        """The logits_BV of the next symbols; the next call overwrites the array."""
        if self._strategy.context:
            self._read_contexts()
        return self.lanes.logits()

    def draw(self, uniform_B: Numbers, pick: Picker) -> tuple[Ids, Numbers]:
        """The next symbols and their probabilities, drawn by the lanes if they can."""
        if not isinstance(self.lanes, Drawing):
            return pick(self.logits(), uniform_B)
        if self._strategy.context:
            self._read_contexts()
        return self.lanes.draw(uniform_B)

    def resume(self, lanes: Ids, state: Read) -> None:
        """Let lanes go on from what a reader remembers at the beginning of a block."""
        self.lanes.resume(lanes, state.played)
        self._count_B[lanes] = len(state.recent)
        if state.recent:
            self._recent_BC[lanes, -len(state.recent) :] = state.recent

    def keep(self, lanes: Ids) -> None:
        """Go on with these lanes alone."""
        self._recent_BC, self._count_B = self._recent_BC[lanes], self._count_B[lanes]
        self.lanes.keep(lanes)

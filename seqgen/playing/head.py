"""The way from features to logits, for one lane.

Shapes: V vocabulary, W width, F channels into the output layer.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Self

import numpy as np

from seqgen import model
from seqgen.cells import Parameters
from seqgen.model import ModelSettings
from seqgen.playing.weights import Matrix, Vector, aligned


class Head:
    """The fast twin of `model.logits`, which goes on from where the block of the last call ended."""

    def __init__(
        self, settings: ModelSettings, params: Parameters, *, lay: Callable[[Matrix], Matrix] = aligned
    ) -> None:
        self._settings, self._params = settings, params
        self._product = lay(model.output(settings, params)).dot
        self._bias_V: Vector = params["output.b"]
        self._logits_V: Vector = np.zeros_like(self._bias_V)
        self.forget()

    def forget(self) -> None:
        """The features have changed: begin the block anew."""
        self._block: tuple[int, ...] | None = None

    def logits(self, features_W: Vector, following: Sequence[int]) -> Vector:
        """The logits_V after the block so far; the array is overwritten by the next call."""
        if following or self._settings.head:
            features_W = self._follow(features_W, tuple(following))
        self._product(features_W, self._logits_V)
        np.add(self._logits_V, self._bias_V, self._logits_V)
        return self._logits_V

    def window(self, features_TW: Matrix) -> Matrix:
        """The logits_TV after the features of several steps, each at the beginning of a block."""
        logits_TV: Matrix = model.logits(self._settings, self._params, features_TW)
        return logits_TV

    def copy(self) -> Self:
        """A head with the same weights and a buffer of its own."""
        twin = copy.copy(self)
        twin._logits_V = np.zeros_like(self._bias_V)
        twin.forget()
        return twin

    def _follow(self, features_W: Vector, following: tuple[int, ...]) -> Vector:
        if self._block is None or following[: len(self._block)] != self._block:
            self._block, self._z_F = (), self._hidden(features_W)
        for id in following[len(self._block) :]:
            self._z_F = self._z_F + np.tanh(self._chain(id))
        self._block = following
        return self._z_F

    def _hidden(self, features_W: Vector) -> Vector:
        if not self._settings.head:
            return features_W
        hidden: Vector = np.tanh(self._params["head.W"] @ features_W + self._params["head.b"])
        return hidden

    def _chain(self, id: int) -> Vector:
        moved: Vector = self._params["chain.U"] @ self._z_F + self._params["chain.E"][id] + self._params["chain.b"]
        return moved

"""Two voices for one sequence: one in a single unit between resets, the other everywhere else.

Shapes: V vocabulary.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from seqgen.generation.voice import Reading, Voice
from seqgen.playing.weights import Vector


@dataclass(frozen=True)
class Turning:
    """`own` speaks in the unit behind that many resets, `usual` in all others.

    A reset is an id up to `level`. It clears the state of either, so whichever speaks next needs to read no more.
    """

    usual: Voice
    own: Voice
    level: int
    unit: int = 0

    def begin(self, labels: Sequence[int] = ()) -> "Turned":
        """A reading at the start of a document with the ids of these labels."""
        return Turned(self, labels)


class Turned:
    """A reading of two voices in turn."""

    def __init__(self, voice: Turning, labels: Sequence[int] = ()) -> None:
        self._voice, self._labels, self._unit = voice, tuple(labels), 0
        self._reading = self._begin()

    def read(self, id: int) -> None:
        """Take in the next symbol."""
        if id <= self._voice.level:
            self._unit += 1
            if self._unit - self._voice.unit in (0, 1):
                self._reading = self._begin()
        self._reading.read(id)

    def begin_block(self) -> None:
        """What was read is given: where symbols are drawn in blocks, one begins here."""
        self._reading.begin_block()

    def logits(self) -> Vector:
        """The logits_V of the next symbol; the next call may overwrite the array."""
        return self._reading.logits()

    def copy(self) -> Self:
        """A reading of the same, which goes its own way from here."""
        twin = copy.copy(self)
        twin._reading = self._reading.copy()
        return twin

    def _begin(self) -> Reading:
        own = self._unit == self._voice.unit
        return (self._voice.own if own else self._voice.usual).begin(self._labels)

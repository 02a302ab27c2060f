"""What can be played: whatever begins a document, and then says after each symbol what may come next.

Shapes: V vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

from seqgen.generation.reader import Read, Reader
from seqgen.lanes import Strategy
from seqgen.playing import Player
from seqgen.playing.weights import Vector


class Reading(Protocol):
    """A sequence being read. Whatever was read, `logits` are those of the next symbol."""

    def read(self, id: int) -> None:
        """Take in the next symbol."""

    def begin_block(self) -> None:
        """What was read is given: where symbols are drawn in blocks, one begins here."""

    def logits(self) -> Vector:
        """The logits_V of the next symbol; the next call may overwrite the array."""

    def copy(self) -> Self:
        """A reading of the same, which goes its own way from here."""


@runtime_checkable
class Swift(Reading, Protocol):
    """A reading that takes in many symbols faster than one by one."""

    def read_all(self, ids: Sequence[int]) -> None:
        """Take in several symbols: as many single reads, within the rounding of products."""


def read_all(reading: Reading, ids: Sequence[int]) -> None:
    """Let a reading take in several symbols, at once if it can."""
    if isinstance(reading, Swift):
        reading.read_all(ids)
        return
    for id in ids:
        reading.read(id)


class Voice(Protocol):
    """What draws samples side by side: each is a reading of its own."""

    def begin(self, labels: Sequence[int] = ()) -> Reading:
        """A reading at the start of a document with the ids of these labels."""


@dataclass(frozen=True)
class Solo:
    """A model alone, read as its strategy says. The player is left as it is."""

    player: Player
    strategy: Strategy

    def begin(self, labels: Sequence[int] = ()) -> Reader:
        """A reader at the start of a document."""
        return Reader(self.player, self.strategy, labels=labels)


@dataclass(frozen=True)
class Resumed:
    """A model alone that has read something already. Raises UsageError where that was another model."""

    player: Player
    """The network."""
    strategy: Strategy
    """How it reads."""
    state: Read
    """What it remembers."""

    def begin(self, labels: Sequence[int] = ()) -> Reader:
        """A reader behind what was read, its labels too."""
        reader = Reader(self.player, self.strategy)
        reader.resume(self.state)
        return reader

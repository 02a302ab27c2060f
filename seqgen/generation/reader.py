"""A player read as the model's strategy reads: whatever was read, `logits` are those of the next symbol.

Shapes: V vocabulary.
"""

import copy
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Self

from seqgen.lanes import Strategy
from seqgen.playing import Played, Player
from seqgen.playing.weights import Vector
from seqgen.store import MARK


class Read(NamedTuple):
    """What a reader remembers: the player, the last ids of many-to-one, the block so far of one-to-many, the labels."""

    played: Played
    """The state of the player."""
    recent: tuple[int, ...]
    """The last ids, which many-to-one reads anew."""
    block: tuple[int, ...]
    labels: tuple[int, ...]


class Reader:
    """A copy of a player at the start of a document.

    one-to-one reads every symbol. many-to-one reads its last `context` symbols anew, from a fresh state, for each that
    it predicts. one-to-many reads a block once it has `horizon` symbols or ends in one that clears the state. The ids
    `labels` are read behind the mark of each document, and behind each boundary that clears the state.
    """

    def __init__(self, player: Player, strategy: Strategy, *, labels: Sequence[int] = ()) -> None:
        self._player, self._strategy, self._labels = player.copy(), strategy, tuple(labels)
        self._again = max(player.settings.reset_level, MARK)
        self._recent: deque[int] = deque(maxlen=strategy.context)
        self._block: list[int] = []
        self._player.reset()
        self.read(MARK)
        self.begin_block()

    def read(self, id: int) -> None:
        """Take in the next symbol."""
        if self._strategy.context:
            self._recent.append(id)
        elif self._strategy.horizon > 1:
            self._block.append(id)
            if len(self._block) == self._strategy.horizon or id <= self._player.settings.reset_level:
                self.begin_block()
        else:
            self._player.read(id)
        if self._labels and id <= self._again:
            self.begin_block()
            for label in self._labels:
                self._player.read(label)

    def read_all(self, ids: Sequence[int]) -> None:
        """Take in several symbols, many at once where nothing stands in between."""
        if self._strategy.context or self._strategy.horizon > 1 or self._labels:
            for id in ids:
                self.read(id)
        else:
            self._player.read_all(ids)

    def copy(self) -> Self:
        """A reader that has read the same, and goes its own way from here."""
        twin = copy.copy(self)
        twin._player, twin._recent, twin._block = self._player.copy(), self._recent.copy(), [*self._block]
        return twin

    def state(self) -> Read:
        """All that was read, as a value."""
        return Read(self._player.state(), tuple(self._recent), tuple(self._block), self._labels)

    def resume(self, state: Read) -> None:
        """Go on from there. The reverse of `state`. Raises UsageError for the state of another model."""
        self._player.resume(state.played)
        self._recent, self._block = deque(state.recent, self._strategy.context), [*state.block]
        self._labels = state.labels

    def begin_block(self) -> None:
        """Read what there is of a block, so that another begins here."""
        self._player.read_all(self._block)
        self._block = []

    def logits(self) -> Vector:
        """The logits_V of the next symbol; the next call overwrites the array."""
        if self._strategy.context:
            self._player.reset()
            for id in self._recent:
                self._player.read(id)
        return self._player.logits(self._block)

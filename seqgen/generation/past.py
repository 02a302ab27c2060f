"""What the samplers know of the symbols before the one that is drawn.

Shapes: V vocabulary.
"""

import copy
from collections import deque
from typing import Self

import numpy as np

from seqgen.generation.settings import Samplers
from seqgen.vocabulary import Vocabulary


class Past:
    """The symbols of the prompt and of the sample so far, as the samplers look back on them.

    `counts_V` is how often each symbol occurs among the last `penalty_window`, `drawn` how many symbols the sample has,
    without the prompt, and `limit` how many bits of surprise mirostat bears. Boundaries and the unknown symbol are
    counted nowhere, and no run of symbols goes across them.
    """

    def __init__(self, settings: Samplers, vocabulary: Vocabulary) -> None:
        self.counts_V = np.zeros(vocabulary.size)
        self.drawn, self.limit = 0, 2 * settings.mirostat
        self._unknown, self._window = vocabulary.unknown, settings.penalties.penalty_window
        self._size = settings.penalties.no_repeat
        self._recent: deque[int] = deque()
        self._run: tuple[int, ...] = ()
        self._followers: dict[tuple[int, ...], tuple[int, ...]] = {}

    def note(self, id: int, *, given: bool = False) -> None:
        """Take in a symbol, which was drawn or given with the prompt."""
        if id <= self._unknown:
            self._run = ()
            return
        self.drawn += not given
        self.counts_V[id] += 1
        if self._window:
            self._recent.append(id)
            if len(self._recent) > self._window:
                self.counts_V[self._recent.popleft()] -= 1
        if self._size:
            self._note_run(id)

    def repeats(self) -> tuple[int, ...]:
        """The symbols behind which the last `no_repeat` symbols would be a run that has occurred."""
        return self._followers.get(self._run, ())

    def copy(self) -> Self:
        """The same, which goes its own way from here."""
        twin = copy.copy(self)
        twin.counts_V, twin._recent, twin._followers = self.counts_V.copy(), self._recent.copy(), self._followers.copy()
        return twin

    def _note_run(self, id: int) -> None:
        if len(self._run) < self._size - 1:
            self._run += (id,)
            return
        known = self.repeats()
        if id not in known:
            self._followers[self._run] = (*known, id)
        self._run = (*self._run, id)[1:]

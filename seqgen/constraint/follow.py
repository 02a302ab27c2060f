"""The rest of a prompt, which what is drawn must write first.

Shapes: V vocabulary.
"""

from collections import deque
from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from seqgen.codec import Codec
from seqgen.constraint.constraint import Constraint, Mask, Spoken, State
from seqgen.domain import Content
from seqgen.errors import UsageError

TRIED = 256
"""States looked at, at most, to see whether a way goes on from one."""


class _At(NamedTuple):
    writer: Hashable
    rest: str


class Follow(Constraint):
    """What is drawn begins with this text; from there on all is free.

    A symbol may write more than the text, and none is taken from which the text cannot be ended. Raises UsageError if
    the vocabulary cannot write it at all.
    """

    FREE = _At(None, "")

    def __init__(self, text: str, codec: Codec) -> None:
        self.text, self._codec = text, codec
        self._writer = codec.tokenizer.writer()
        self.start = self._at(self._writer.begun)
        self._onward = lru_cache(TRIED)(self._find_onward)
        self._way = lru_cache(TRIED)(self._find_way)
        self._mask = lru_cache(TRIED)(self._find_mask)

    def step(self, state: State, symbol: Spoken) -> State | None:
        if not state.rest:
            return state
        after = self._write(state, symbol)
        return None if after is None or not self._ends(after) else after

    def allowed(self, state: State) -> Mask | None:
        return self._mask(state) if state.rest else None

    def complete(self, state: State) -> Iterable[Spoken] | None:
        return self._way(state)

    def begin(self, prompt: Iterable[Spoken], *, follow: Content = "") -> State:
        state = self._at(self._writer.behind(prompt))
        if not self._ends(state):
            raise UsageError(f"the end of the prompt, {self.text!r}", "no symbols write it", "End it with a whole word")
        return state

    def _at(self, writer: Hashable) -> _At:
        return _At(writer, self.text) if self.text else self.FREE

    def _write(self, state: _At, symbol: Spoken) -> _At | None:
        """The state behind a symbol, if what it writes agrees with the text, and it does anything."""
        if not isinstance(symbol, str):
            return None
        written, writer = self._writer.write(state.writer, symbol)
        if written.startswith(state.rest):
            return self.FREE
        after = _At(writer, state.rest[len(written) :])
        if after == state or not state.rest.startswith(written):
            return None
        return after if self._writer.fits(writer, after.rest) else None

    def _ends(self, state: _At) -> bool:
        """Whether the text can be ended from there."""
        return self._writer.total or self._way(state) is not None

    def _find_mask(self, state: _At) -> Mask:
        vocabulary = self._codec.vocabulary
        mask_V = np.zeros(vocabulary.size, np.bool_)
        for symbol, after in self._onward(state):
            mask_V[vocabulary.id_of(symbol)] = self._ends(after)
        return mask_V

    def _find_onward(self, state: _At) -> list[tuple[str, _At]]:
        found = ((symbol, self._write(state, symbol)) for symbol in self._codec.vocabulary.symbols)
        return [(symbol, after) for symbol, after in found if after is not None]

    def _find_way(self, state: _At) -> tuple[str, ...] | None:
        """The fewest symbols that write the rest; None if none do, or none are found among the nearest states."""
        if not state.rest:
            return ()
        ways: dict[_At, tuple[str, ...]] = {state: ()}
        waiting = deque([state])
        for _ in range(TRIED):
            if not waiting:
                break
            at = waiting.popleft()
            for symbol, after in self._onward(at):
                if not after.rest:
                    return (*ways[at], symbol)
                if after not in ways:
                    ways[after] = (*ways[at], symbol)
                    waiting.append(after)
        return None

    def __str__(self) -> str:
        return f"the end of the prompt, {self.text!r}"

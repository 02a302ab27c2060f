"""The rest of a prompt, which what is drawn must write first.

Shapes: V vocabulary.
"""

from collections.abc import Hashable, Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple, cast

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
        self._onward: dict[_At, list[tuple[str, _At]]] = {}
        self._steps: dict[_At, tuple[str, _At] | None] = {}
        self._masks: dict[_At, Mask] = {}

    def step(self, state: State, symbol: Spoken) -> State | None:
        if not state.rest:
            return state
        after = self._write(state, symbol)
        return after if after is not None and self._leads_on(after) else None

    def allowed(self, state: State) -> Mask | None:
        if not state.rest:
            return None
        if state not in self._masks:
            self._masks[state] = self._mask(state)
        return self._masks[state]

    def complete(self, state: State) -> Iterable[Spoken] | None:
        return [*self._way(state)] if self._finds(state) else None

    def begin(self, prompt: Iterable[Spoken], *, follow: Content = "") -> State:
        state = self._at(self._writer.behind(prompt))
        if not self._leads_on(state):
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

    def _mask(self, state: _At) -> Mask:
        vocabulary = self._codec.vocabulary
        mask_V = np.zeros(vocabulary.size, np.bool_)
        for symbol, after in self._next(state):
            mask_V[vocabulary.id_of(symbol)] = self._leads_on(after)
        return mask_V

    def _next(self, state: _At) -> list[tuple[str, _At]]:
        """The symbols that agree with the text here, those that write most of it first, and the states behind them."""
        if state not in self._onward:
            written = ((symbol, self._write(state, symbol)) for symbol in self._codec.vocabulary.symbols)
            found = [(symbol, after) for symbol, after in written if after is not None]
            self._onward[state] = sorted(found, key=lambda each: len(each[1].rest))
        return self._onward[state]

    def _way(self, state: _At) -> Iterator[str]:
        while state.rest:
            symbol, state = cast(tuple[str, _At], self._steps[state])
            yield symbol

    def _leads_on(self, state: _At) -> bool:
        """Whether the text can be ended from there."""
        return self._writer.total or self._finds(state)

    def _finds(self, state: _At) -> bool:
        """Whether symbols write the rest; if they do, `_steps` then has the way, found by the longest symbols first.

        Says no where none are found among the nearest states.
        """
        if state.rest and state not in self._steps:
            before: dict[_At, tuple[str, _At] | None] = {state: None}
            waiting, tried = [(len(state.rest), 0, state)], 0
            while waiting and tried < TRIED:
                _, _, at = heappop(waiting)
                tried += 1
                for symbol, after in self._next(at):
                    if not after.rest or self._steps.get(after):
                        self._keep((symbol, after), at, before)
                        return True
                    if after not in self._steps and after not in before:
                        before[after] = (symbol, at)
                        heappush(waiting, (len(after.rest), len(before), after))
            self._steps |= dict.fromkeys([state] if waiting else before)
        return not state.rest or self._steps[state] is not None

    def _keep(self, step: tuple[str, _At], at: _At, before: dict[_At, tuple[str, _At] | None]) -> None:
        """Note the way that ends with this step, back to where the search began."""
        self._steps[at] = step
        while came := before[at]:
            symbol, earlier = came
            self._steps[earlier] = (symbol, at)
            at = earlier

    def __str__(self) -> str:
        return f"the end of the prompt, {self.text!r}"

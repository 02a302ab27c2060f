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
from seqgen.errors import UsageError, shown
from seqgen.tokenizer import DOCUMENT_BOUNDARY

TRIED = 256
"""States looked at, at most, to see whether a way goes on from one."""


class _At(NamedTuple):
    writer: Hashable
    rest: str
    inner: State = None
    """Where the constraint stands that the way must keep to."""


Step = tuple[str | None, _At]


class _Ways:
    """How a text may be written, from the states of a writer on; what was found is kept."""

    FREE, BEYOND = _At(None, ""), _At(0, "")
    """The text is written, and nothing else; or more than the text."""

    def __init__(self, codec: Codec, within: Constraint | None) -> None:
        self._writer, self._symbols = codec.tokenizer.writer(), codec.vocabulary.symbols
        self._within = within
        self._agreeing: dict[tuple[Hashable, str], list[tuple[str, _At]]] = {}
        self._onward: dict[_At, list[tuple[str, _At]]] = {}
        self._steps: dict[_At, Step | None] = {}

    def write(self, state: _At, symbol: Spoken) -> _At | None:
        """The state behind a symbol, if what it writes agrees with the text, and it does anything."""
        after = self._written(state.writer, state.rest, symbol)
        return after and self._kept(state, symbol, after)

    def next(self, state: _At) -> list[tuple[str, _At]]:
        """The symbols that agree with the text here, those that write most of it first, and the states behind them."""
        if state not in self._onward:
            kept = (
                (symbol, self._kept(state, symbol, after)) for symbol, after in self._agree(state.writer, state.rest)
            )
            self._onward[state] = [(symbol, after) for symbol, after in kept if after is not None]
        return self._onward[state]

    def _agree(self, writer: Hashable, rest: str) -> list[tuple[str, _At]]:
        if (writer, rest) not in self._agreeing:
            written = ((symbol, self._written(writer, rest, symbol)) for symbol in self._symbols)
            found = [(symbol, after) for symbol, after in written if after is not None]
            self._agreeing[writer, rest] = sorted(found, key=lambda each: len(each[1].rest))
        return self._agreeing[writer, rest]

    def _written(self, writer: Hashable, rest: str, symbol: Spoken) -> _At | None:
        """The state behind a symbol as far as the text knows."""
        if not isinstance(symbol, str):
            return None
        written, behind = self._writer.write(writer, symbol)
        if written.startswith(rest):
            return self.FREE if written == rest else self.BEYOND
        after = _At(behind, rest[len(written) :])
        if after == (writer, rest, None) or not rest.startswith(written):
            return None
        return after if self._writer.fits(behind, after.rest) else None

    def _kept(self, state: _At, symbol: Spoken, after: _At) -> _At | None:
        """The state behind a symbol, as far as the constraint knows too."""
        if self._within is None:
            return after
        inner = self._within.step(state.inner, symbol)
        return None if inner is None else after._replace(inner=inner) if after.rest else after

    def way(self, state: _At) -> Iterator[str]:
        while self._finds(state) and state.rest:
            symbol, state = cast(Step, self._steps[state])
            if symbol is not None:
                yield symbol

    def lead_on(self, state: _At) -> bool:
        """Whether the text can be ended from there."""
        return (self._writer.total and self._within is None) or self._finds(state)

    def _finds(self, state: _At) -> bool:
        """Whether symbols write the rest; if they do, `_steps` then has the way, which writes no more if one is near.

        Says no where none are found among the nearest states.
        """
        if state.rest and state not in self._steps:
            before: dict[_At, Step | None] = {state: None}
            waiting = [(len(state.rest), 0, state)]
            beyond: list[tuple[_At, Step]] = []
            for _ in range(TRIED):
                if not waiting:
                    break
                _, _, at = heappop(waiting)
                if last := self._last(at):
                    return self._keep(at, last, before)
                if beyond and self._within is not None:
                    break  # where not every text can be written, it may take long to find a way that writes no more
                for symbol, after in self.next(at):
                    if after == self.BEYOND:
                        beyond.append((at, (symbol, after)))
                    elif after not in self._steps and after not in before:
                        before[after] = (symbol, at)
                        heappush(waiting, (len(after.rest), len(before), after))
            if beyond:
                return self._keep(*beyond[0], before)
            self._steps |= dict.fromkeys([state] if waiting else before)
        return not state.rest or self._steps[state] is not None

    def _last(self, at: _At) -> Step | None:
        """The step with which a way ends here, or goes on as is known; one without a symbol if the end writes all."""
        if self._writer.finish(at.writer) == at.rest and self._kept(at, DOCUMENT_BOUNDARY, self.FREE):
            return None, self.FREE
        steps = (each for each in self.next(at) if each[1] == self.FREE or self._steps.get(each[1]))
        return next(steps, None)

    def _keep(self, at: _At, step: Step, before: dict[_At, Step | None]) -> bool:
        """Note the way that ends with this step, back to where the search began."""
        self._steps[at] = step
        while came := before[at]:
            symbol, earlier = came
            self._steps[earlier] = (symbol, at)
            at = earlier
        return True


class Follow(Constraint):
    """What is drawn begins with this text; from there on all is free.

    A symbol may write more than the text, and none is taken from which the text cannot be ended: `within` another
    constraint, if one is given, that goes on behind it. Raises UsageError if the vocabulary cannot write it at all.
    """

    def __init__(self, text: str, codec: Codec, *, within: Constraint | None = None) -> None:
        self.text, self.within, self._codec = text, within, codec
        self._writer = codec.tokenizer.writer()
        self.start = self._at(self._writer.begun, within and within.start)
        self._ways = _Ways(codec, within)
        self._masks: dict[_At, Mask] = {}

    def step(self, state: State, symbol: Spoken) -> State | None:
        if not state.rest:
            return state
        after = self._ways.write(state, symbol)
        return after if after is not None and self._ways.lead_on(after) else None

    def allowed(self, state: State) -> Mask | None:
        if not state.rest:
            return None
        if state not in self._masks:
            self._masks[state] = self._mask(state)
        return self._masks[state]

    def complete(self, state: State) -> Iterable[Spoken] | None:
        return self._ways.way(state) if self._ways.lead_on(state) else None

    def done(self, state: State) -> bool:
        return not state.rest

    def begin(self, prompt: Iterable[Spoken], *, follow: Content = "") -> State:
        symbols = list(prompt)
        inner = self.within and self.within.begin(symbols, follow=follow)
        state = self._at(self._writer.behind(symbols), inner)
        if not self._ways.lead_on(state):
            there, remedy = "no symbols write it", "End it with a whole word"
            if self.within is not None:
                there = f"no way to write it was found that keeps to {self.within}"
                remedy = "End it otherwise, or use --free"
            raise UsageError(f"the end of the prompt, {shown(self.text)}", there, remedy)
        return state

    def _at(self, writer: Hashable, inner: State) -> _At:
        return _At(writer, self.text, inner) if self.text else _Ways.FREE

    def _mask(self, state: _At) -> Mask:
        vocabulary = self._codec.vocabulary
        mask_V = np.zeros(vocabulary.size, np.bool_)
        for symbol, after in self._ways.next(state):
            mask_V[vocabulary.id_of(symbol)] = self._ways.lead_on(after)
        mask_V.setflags(write=False)
        return mask_V

    def __str__(self) -> str:
        return f"the end of the prompt, {self.text!r}"

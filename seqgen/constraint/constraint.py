"""What a constraint is, and how several become one.

Shapes: V vocabulary.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqgen.domain import Content
from seqgen.errors import InputError, UsageError
from seqgen.tokenizer import Boundary

State = Any
"""A constraint's own: hashable, never changed."""
Mask = NDArray[np.bool_]
"""Which ids of a vocabulary may come next."""
Spoken = str | Boundary
"""What a sample is made of: symbols and boundaries."""


class Constraint(ABC):
    """Which symbols may follow which, as a machine whose states can be kept and gone back to.

    Law: where `allowed` gives a mask, it is True for a symbol exactly if `step` takes it. `str` of a constraint names
    it in messages.
    """

    called: str = ""
    """What messages call it: the name of the rule that it was made by, if it was."""
    start: Hashable = None
    """The state at the start of a document."""
    alone: bool = False
    """Whether what is promised holds for a document alone, not for several in one file: then a sample ends with its
    document, unless a level is asked for."""

    @abstractmethod
    def step(self, state: State, symbol: Spoken) -> State | None:
        """The state behind the symbol; None if it is forbidden here."""

    def allowed(self, state: State) -> Mask | None:
        """Which ids of the vocabulary may come next, (V,); None where only `step` can tell.

        What is made of a mask that cannot be written to (`setflags(write=False)`) is remembered: give the same one
        wherever the same is allowed.
        """
        return None

    def complete(self, state: State) -> Iterable[Spoken] | None:
        """A shortest way from here to where a sample may end; None if it must not be cut here, nor a way is known.

        Asked behind every symbol, so what is dear to find is better found when the answer is gone through. Not asked
        behind the end of a document that `step` takes: there a sample may always end.
        """
        return ()

    def done(self, state: State) -> bool:
        """Whether nothing is forbidden from here on, whatever comes, so that nobody need ask any more."""
        return False

    def begin(self, prompt: Iterable[Spoken], *, follow: Content = "") -> State:
        """The state behind the symbols of a prompt; `follow` is the rest of its text, which is still to be drawn.

        Raises UsageError for a prompt that the constraint does not bear.
        """
        state: State = self.start
        for symbol in prompt:
            state = self.step(state, symbol)
            if state is None:
                there = f"{self} does not allow {self.said(symbol)} there"
                raise UsageError("what the sample begins with", there, "Begin otherwise, or ask for less")
        return state

    def said(self, symbol: Spoken) -> str:
        """A symbol as messages name it to a person."""
        return f"the boundary of a {symbol.level}" if isinstance(symbol, Boundary) else repr(symbol)

    def __str__(self) -> str:
        return f"the constraint {(self.called or type(self).__name__)!r}"


class Every(Constraint):
    """Several constraints at once; a state holds one of each."""

    def __init__(self, parts: Sequence[Constraint]) -> None:
        self.parts = tuple(parts)
        self.start = tuple(part.start for part in self.parts)

    def step(self, state: State, symbol: Spoken) -> State | None:
        if len(self.parts) == 1:
            new = self.parts[0].step(state[0], symbol)
            return None if new is None else (new,)
        after = []
        for part, at in zip(self.parts, state, strict=True):
            new = at if part.done(at) else part.step(at, symbol)
            if new is None:
                return None
            after.append(new)
        return tuple(after)

    def allowed(self, state: State) -> Mask | None:
        masks = self.masks(state)
        known = [mask for mask in masks if mask is not None]
        return None if len(known) < len(masks) else both(known)

    def masks(self, state: State) -> list[Mask | None]:
        """What each part that is not done knows of the symbols allowed."""
        return [part.allowed(at) for part, at in self._open(state)]

    def complete(self, state: State) -> Iterable[Spoken] | None:
        way: list[Spoken] = []
        for _ in range(len(self.parts) + 1):
            open = self._open(state)
            if len(open) == 1:  # not gone through: its part may give it lazily, and is asked behind every symbol
                rest = open[0][0].complete(open[0][1])
                return chain(way, rest) if way and rest is not None else rest
            ways = [part.complete(at) for part, at in open]
            known = [each for each in ways if each is not None]
            if len(known) < len(ways):
                return None
            more = next(filter(None, map(list, known)), [])
            if not more:
                return way
            state = self._through(state, more)
            if state is None:
                return None
            way += more
        return None

    def done(self, state: State) -> bool:
        return not self._open(state)

    def begin(self, prompt: Iterable[Spoken], *, follow: Content = "") -> State:
        symbols = list(prompt)
        return tuple(part.begin(symbols, follow=follow) for part in self.parts)

    def _open(self, state: State) -> list[tuple[Constraint, State]]:
        """The parts that may still forbid something, and where they stand."""
        return [(part, at) for part, at in zip(self.parts, state, strict=True) if not part.done(at)]

    def _through(self, state: State, symbols: Iterable[Spoken]) -> State | None:
        for symbol in symbols:
            state = None if state is None else self.step(state, symbol)
        return state

    def __str__(self) -> str:
        return " with ".join(map(str, self.parts)) or "no constraint"


def sound(mask: Mask, size: int, *, of: Constraint) -> Mask:
    """The mask, if it is one of a vocabulary of that size. Raises InputError for any other."""
    if isinstance(mask, np.ndarray) and mask.shape == (size,) and mask.dtype.char == "?":
        return mask
    if not isinstance(mask, np.ndarray):
        there = f"`allowed` gave a {type(mask).__name__}, which is no mask"
    elif mask.dtype.char != "?":
        there = f"the mask holds {mask.dtype}"
    else:
        there = f"the mask has {'x'.join(map(str, mask.shape)) or 'no'} places, the vocabulary {size}"
    raise InputError(str(of), there, "Let `allowed` give an array of bool with a place for each id of the vocabulary")


def both(masks: Sequence[Mask]) -> Mask | None:
    """What all masks allow; None of none."""
    return np.logical_and.reduce(masks) if masks else None

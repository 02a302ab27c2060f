"""The laws of constraints: what is real is allowed, what is allowed can be ended, and a mask is what `step` takes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

import numpy as np

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Mask, Rule, Spoken, State
from seqgen.constraint import sound as sound_mask
from seqgen.domain import Content
from seqgen.errors import CheckFailed, InputError, shown
from seqgen.testing.law import law, require
from seqgen.testing.splitting import TokenizerCase
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary, Label
from seqgen.vocabulary import Vocabulary

MOST = 1000
"""Symbols of a walk that finds no end."""
LABEL = Label("author", "somebody")
LONGEST = 60
"""Symbols of a random walk, at most, before it is completed."""


@dataclass(frozen=True)
class ConstraintCase:
    """A constraint, made for a tokenizer that it is for."""

    rule: Rule
    tokenizer: TokenizerCase

    @cached_property
    def codec(self) -> Codec:
        """The codec of the constraint's tokenizer, for a model that reads a label too."""
        found = self.tokenizer.codec
        known = found.vocabulary
        return Codec(found.tokenizer, Vocabulary(known.levels, known.symbols, labels=[LABEL]), (1,))

    @cached_property
    def constraint(self) -> Constraint:
        """The constraint as it is when nothing more is asked of it."""
        given = () if self.rule.options is None else (self.rule.options(),)
        return self.rule.make(self.codec, *given)

    @cached_property
    def spoken(self) -> list[Spoken]:
        """All that may be said, but for what is unknown."""
        every = map(self.codec.vocabulary.symbol_of, range(self.codec.vocabulary.size))
        return [each for each in every if isinstance(each, str | Boundary)]

    @property
    def samples(self) -> Iterator[tuple[Content, list[Spoken]]]:
        """Real content with its symbols and its end. Raises CheckFailed if none was given."""
        if not self.tokenizer.stock.given:
            raise CheckFailed("a law", "no real content was given", "Give some by the hook seqgen_specimens")
        for content in self.tokenizer.stock.given:
            yield content, [*said(self.codec, content), DOCUMENT_BOUNDARY]

    def walks(self) -> Iterator[list[Spoken]]:
        """Documents drawn at random and completed, with their end. Raises CheckFailed where there is no way on."""
        for seed in range(max(4, self.tokenizer.stock.effort.examples // 4)):
            yield self._walk(Random(seed))

    def _walk(self, random: Random) -> list[Spoken]:
        state, symbols, longest = self.constraint.start, list[Spoken](), random.randrange(LONGEST)
        while len(symbols) < longest or (way := self.constraint.complete(state)) is None:
            symbol = self._drawn(state, random)
            require(symbol is not None, f"behind {_last(symbols)} nothing may follow", "Allow the end of a document")
            if symbol is None or symbol == DOCUMENT_BOUNDARY:
                return [*symbols, DOCUMENT_BOUNDARY]
            symbols.append(symbol)
            state = self.constraint.step(state, symbol)
            there = f"behind {_last(symbols[:-1])} the mask allows {shown(symbol)}, and step does not take it"
            require(state is not None, there, "Let mask and step agree")
            lost = len(symbols) > MOST
            require(not lost, f"{MOST} symbols were drawn, and complete led to no end", "Let complete find a way")
        return [*symbols, *way, DOCUMENT_BOUNDARY]

    def allowed(self, state: State) -> Mask | None:
        """What the constraint allows there. Raises CheckFailed for what is no mask of the vocabulary."""
        mask = self.constraint.allowed(state)
        try:
            return None if mask is None else sound_mask(mask, self.codec.vocabulary.size, of=self.constraint)
        except InputError as why:
            raise CheckFailed("a law", why.there, why.remedy) from None

    def _drawn(self, state: State, random: Random) -> Spoken | None:
        """A symbol that is allowed, the end of the document seldom; None if there is none."""
        mask, id_of = self.allowed(state), self.codec.vocabulary.id_of
        if mask is not None:
            known = [symbol for symbol in self.spoken if mask[id_of(symbol)]]
            found = random.sample(known, min(2, len(known)))
            return next((each for each in found if each != DOCUMENT_BOUNDARY), found[0] if found else None)
        for symbol in random.sample(self.spoken, len(self.spoken)):
            if self.constraint.step(state, symbol) is not None:
                return symbol
        return None


def said(codec: Codec, content: Content) -> list[Spoken]:
    """The symbols of a content as a model reads them."""
    found = (codec.vocabulary.symbol_of(int(id)) for ids in codec.encode(content) for id in ids)
    return [each for each in found if isinstance(each, str | Boundary)]


def _last(symbols: Iterable[Spoken]) -> str:
    return shown(list(symbols)[-6:])


def _through(constraint: Constraint, symbols: list[Spoken], what: str, remedy: str) -> list[State]:
    """The states behind each symbol. Raises CheckFailed at one that is forbidden."""
    states = [constraint.start]
    for place, symbol in enumerate(symbols):
        state = constraint.step(states[-1], symbol)
        there = f"{what}: behind {_last(symbols[:place])}, {shown(symbol)} is forbidden"
        require(state is not None, there, remedy)
        states.append(state)
    return states


@law("constraint", "takes real content")
def complete(case: ConstraintCase) -> None:
    """Real content is allowed from its first symbol to its end."""
    for content, symbols in case.samples:
        _through(case.constraint, symbols, f"given {shown(content)}", "Forbid nothing that real content does")
        case.constraint.begin(symbols[:-1])


@law("constraint", "can always end")
def ends(case: ConstraintCase) -> None:
    """From wherever a model gets, complete leads to an end by symbols that are allowed."""
    completed, constraint = False, case.constraint
    for symbols in case.walks():
        states = _through(constraint, symbols, "drawn at random and completed", "Let complete keep to what step takes")
        completed = completed or any(constraint.complete(state) is not None for state in states[:-1])
    require(completed, "complete gave None wherever it was asked", "Give a way to the end, () where it may end at once")


@law("constraint", "sound")
def sound(case: ConstraintCase) -> None:
    """What is drawn and completed, once joined and split, is allowed as it stands."""
    tokenizer, stock = case.codec.tokenizer, case.tokenizer.stock
    for symbols in case.walks():
        content = stock.whole(tokenizer.join(each for each in symbols if isinstance(each, str)))
        again = [*said(case.codec, content), DOCUMENT_BOUNDARY]
        known = all(symbol in case.codec.vocabulary for symbol in tokenizer.split(content))
        what = f"drawn were {shown(symbols)}, which are {shown(content)}"
        if known:
            _through(case.constraint, again, what, "Forbid what is no legal content once it is written")


@law("constraint", "mask is step")
def masks(case: ConstraintCase) -> None:
    """Where allowed gives a mask, it is True exactly for the symbols that step takes."""
    vocabulary, seen, most = case.codec.vocabulary, 0, 2 * case.tokenizer.stock.effort.examples
    for symbols in case.walks():
        state = case.constraint.start
        for symbol in symbols[:-1]:
            mask = case.allowed(state)
            if mask is None or seen >= most:
                break
            seen += 1
            wrong = [
                each for each in case.spoken if mask[vocabulary.id_of(each)] != _takes(case.constraint, state, each)
            ]
            there = f"behind {_last(symbols)}, mask and step differ about {shown(wrong[:3])}"
            require(not wrong, there, "Make the mask from step, or step from the mask")
            state = case.constraint.step(state, symbol)


def _takes(constraint: Constraint, state: State, symbol: Spoken) -> bool:
    return constraint.step(state, symbol) is not None


@law("constraint", "pure states")
def pure(case: ConstraintCase) -> None:
    """A state is hashable and never changed: one step from one state has one outcome."""
    constraint = case.constraint
    for symbols in case.walks():
        states = [constraint.start]
        for symbol in symbols:
            _require_hashable(states[-1])
            states.append(constraint.step(states[-1], symbol))
        begun = constraint.begin(symbols[:-1])
        there = f"behind {_last(symbols[:-1])} begin and step differ"
        require(_alike(constraint, begun, states[-2]), there, "Let begin step through the prompt")
        for state, symbol, after in zip(states[:-1], symbols, states[1:], strict=True):
            there = f"the second time, {shown(symbol)} led elsewhere"
            require(_alike(constraint, constraint.step(state, symbol), after), there, "Give new states")


def _require_hashable(state: State) -> None:
    try:
        hash(state)
    except TypeError as why:
        raise CheckFailed("a law", f"a state is {shown(state)}: {why}", "Use a tuple for a list") from None


def _alike(constraint: Constraint, one: State | None, other: State | None) -> bool:
    """Whether two states are one, or allow the same."""
    if one is None or other is None or one == other:
        return one is other or one == other
    mask, another = constraint.allowed(one), constraint.allowed(other)
    return mask is another if mask is None or another is None else bool(np.array_equal(mask, another))

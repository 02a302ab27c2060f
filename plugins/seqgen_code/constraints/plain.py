"""Constraints by a grammar, for languages whose blocks are no matter of indentation.

Shapes: V vocabulary.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from seqgen.constraint import Constraint, Mask, Spoken
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_code.grammar.machine import Machine
from seqgen_code.grammar.stack import Node
from seqgen_code.grammar.tables import Tables
from seqgen_code.spelling import Automaton, Pieces, Spelled
from seqgen_code.symbols import CLOSE, GAP, LINES

DEEPEST: Final = 100
"""Brackets within one another, at most."""
NONE: Final[Mapping[str, int]] = {}
LINE, GAPPED = -1, -2
"""What may stand last, beside a terminal: a line end, which is also said at the start of a document; a gap or a
boundary."""


@dataclass(frozen=True, eq=False)
class Text:
    """What is spelled in pieces: it ends with `CLOSE`, or else where something else comes."""

    spelled: Spelled
    closed: bool = False


class Action(NamedTuple):
    """What a symbol does: the terminal that it is, and the text that it opens, with how that begins."""

    terminal: int
    text: Text | None = None
    spelt: Any = None


class At(NamedTuple):
    """A state: the grammar's, the brackets that are open, the text that is open and its own, what stands last, and what
    a language adds."""

    node: Node
    depth: int = 0
    text: Text | None = None
    spelt: Any = None
    last: int = LINE
    more: Hashable = None


class Meaning:
    """What the symbols of a vocabulary do in a grammar.

    `actions` are those of the symbols that are terminals, `ways` says each terminal in the fewest symbols, and `gaps`
    what stands last behind gaps, which may be made of `blanks`, and line ends.
    """

    def __init__(self, vocabulary: Vocabulary, grammar: str, *, blanks: str = " \t\r\n") -> None:
        self.vocabulary, self.machine = vocabulary, Machine(Tables.load(grammar))
        self.terminal = self.machine.terminal
        self.actions: dict[str, Action] = {}
        self.ways: dict[int, list[str]] = {}
        gaps = (each for each in vocabulary.symbols if each.startswith(GAP))
        self.gaps = {each: GAPPED for each in gaps if set(blanks).issuperset(each[len(GAP) :])}
        self.gaps |= {each: LINE for each in LINES if each in vocabulary}
        self._pieces = Pieces(vocabulary)
        self._rows: dict[int, Mask] = {}

    def text(self, automaton: Automaton, *, begins: bool = False, closed: bool = False) -> Text:
        """A text of that automaton, in this vocabulary."""
        return Text(Spelled(automaton, self._pieces, begins=begins), closed)

    def opening(self, name: str, text: Text) -> Action:
        """The action of a terminal that opens a text."""
        return Action(self.terminal(name), text, text.spelled.start)

    def row(self, terminal: int) -> Mask:
        """The symbols that are a terminal, (V,)."""
        if terminal not in self._rows:
            said = (symbol for symbol, action in self.actions.items() if action.terminal == terminal)
            self._rows[terminal] = self.only(said)
        return self._rows[terminal]

    def only(self, symbols: Iterable[Spoken]) -> Mask:
        """These symbols and no others, (V,)."""
        mask = np.zeros(self.vocabulary.size, np.bool_)
        mask[self.ids(symbols)] = True
        return mask

    def ids(self, symbols: Iterable[Spoken]) -> list[int]:
        """Their ids."""
        return [self.vocabulary.id_of(symbol) for symbol in symbols]


class Plain(Constraint):
    """What a grammar accepts, its literals spelled by automata; between any two terminals lines may end and gaps stand.

    `brackets` are the terminals that open, and those that close; none opens at a depth of 100. Directly behind those of
    `tight` stands no gap.
    """

    name, alone = "", True
    fresh = frozenset({LINE})
    """What stands last where a line begins."""

    def __init__(self, meaning: Meaning, *, brackets: Mapping[str, str], tight: Iterable[str] = ()) -> None:
        self.meaning, self.machine, self.vocabulary = meaning, meaning.machine, meaning.vocabulary
        terminal = self.machine.terminal
        self._end = terminal("END")
        self._opening, self._closing = frozenset(map(terminal, brackets)), frozenset(map(terminal, brackets.values()))
        self._tight = frozenset(map(terminal, tight))
        self._masks: dict[Any, Mask] = {}
        self.start: At = At(self.machine.start)

    def step(self, state: At, symbol: Spoken) -> At | None:
        if isinstance(symbol, Boundary):
            return self._boundary(state, symbol)
        if state.text:
            spelt = state.text.spelled.step(state.spelt, symbol)
            if spelt is not None:
                return state._replace(spelt=spelt)
            if not self._may_end(state):
                return None
            if state.text.closed:
                return state._replace(text=None, spelt=None) if symbol == CLOSE else None
        action = self.meaning.actions.get(symbol)
        if action is not None:
            return self._fed(state, action)
        last = self.gaps(state).get(symbol)
        return None if last is None else state._replace(text=None, spelt=None, last=last)

    def allowed(self, state: At) -> Mask:
        accepts = self.machine.accepts(state.node)
        place = state.last in self.fresh, state.depth >= DEEPEST, id(self.gaps(state))
        key = accepts, state.text, state.spelt, place
        mask = self._masks.get(key)
        if mask is None:
            mask = self._masks[key] = self._mask(state, accepts)
            mask.flags.writeable = False
        return mask

    def complete(self, state: At) -> Iterable[Spoken] | None:
        return self._completion(state)

    def gaps(self, state: At) -> Mapping[str, int]:
        """The gaps and line ends that may be said, each with what then stands last: one of few such records."""
        return NONE if state.last in self._tight else self.meaning.gaps

    def _completion(self, state: At) -> Iterator[str]:
        if state.text:
            yield from state.text.spelled.ending(state.spelt)
            if state.text.closed:
                yield CLOSE
        for terminal in self.machine.completion(state.node):
            yield from self.meaning.ways[terminal]

    def _fed(self, state: At, action: Action) -> At | None:
        """The state behind a terminal."""
        terminal = action.terminal
        opens = terminal in self._opening
        node = None if opens and state.depth >= DEEPEST else self.machine.feed(state.node, terminal)
        if node is None:
            return None
        depth = state.depth + opens - (terminal in self._closing)
        return At(node, depth, action.text, action.spelt, terminal, state.more)

    def _boundary(self, state: At, symbol: Boundary) -> At | None:
        """The start, if the document may end here; and other boundaries where a line begins."""
        if symbol == DOCUMENT_BOUNDARY:
            return self.start if self._may_stop(state) else None
        return state._replace(last=GAPPED) if state.last in self.fresh and symbol in self.vocabulary else None

    def _may_end(self, state: At) -> bool:
        return state.text is None or state.text.spelled.may_end(state.spelt)

    def _may_stop(self, state: At) -> bool:
        closed = state.text is None or (not state.text.closed and self._may_end(state))
        return closed and self._end in self.machine.accepts(state.node)

    def _mask(self, state: At, accepts: frozenset[int]) -> Mask:
        mask = np.zeros(self.vocabulary.size, np.bool_)
        if state.text:
            mask |= state.text.spelled.allowed(state.spelt)
            if not self._may_end(state) or state.text.closed:
                mask[self.vocabulary.id_of(CLOSE)] |= self._may_end(state)
                return mask
        for terminal in accepts - (self._opening if state.depth >= DEEPEST else frozenset()):
            mask |= self.meaning.row(terminal)
        mask |= self.meaning.only(self.gaps(state))
        if state.last in self.fresh:
            mask |= self.meaning.only(map(Boundary, self.vocabulary.levels))
        mask[self.vocabulary.id_of(DOCUMENT_BOUNDARY)] = self._may_stop(state)
        return mask

    def __str__(self) -> str:
        return f"the constraint {self.name!r}"

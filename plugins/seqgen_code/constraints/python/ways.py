"""The shortest way to the end of a program, for the constraint of Python."""

from collections.abc import Iterable, Iterator
from itertools import chain, product
from string import ascii_lowercase, ascii_uppercase

from seqgen.constraint import Spoken
from seqgen_code.constraints.python import states
from seqgen_code.constraints.python.parts import Parts
from seqgen_code.constraints.python.states import EMPTY, LEXEME, MARKED, NOTE, At, Open
from seqgen_code.constraints.python.steps import step
from seqgen_code.grammar.stack import Node
from seqgen_code.symbols import (
    BEGIN,
    CLOSE,
    COMMENT,
    CONVERSIONS,
    DEBUG,
    DEDENT,
    FIELD_END,
    GAP,
    INDENT,
    LINES,
    PIECE,
    SOFT,
    STRING,
)
from seqgen_code.symbols import FORMAT as BEHIND

_CLOSED = {NOTE: LINES[0], states.STRING: CLOSE}
LETTERS = ascii_lowercase + ascii_uppercase
NAMES = [[BEGIN + letter] for letter in LETTERS]
LONGER = [[BEGIN + first, PIECE + second] for first, second in product(LETTERS, LETTERS)]
STRINGS = [[f"{STRING}{quote}", CLOSE] for quote in "'\""]
BYTE_STRINGS = [[f"{STRING}b{quote}", CLOSE] for quote in "'\""]
SAID: dict[str, list[list[str]]] = {
    "NAME": [*NAMES, *LONGER],
    "NUMBER": [["0"], [BEGIN + "0"]],
    "STRING": STRINGS,
    "BYTES": BYTE_STRINGS,
    "FSTART": [[f"{STRING}f{quote}"] for quote in "'\""],
    "FEND": [[CLOSE]],
    "NEWLINE": [[LINES[0]]],
    "INDENT": [[INDENT]],
    "DEDENT": [[DEDENT]],
    "FCONV": [[CONVERSIONS[0]]],
    "FDEBUG": [[DEBUG]],
    "FSPEC": [[BEHIND]],
    "FCLOSE": [[FIELD_END]],
    "match": [[SOFT + "match"]],
    "case": [[SOFT + "case"]],
}
"""How a terminal can be said, the shortest first; others are said by themselves."""


class Way:
    """A way from a state, as it is made."""

    def __init__(self, parts: Parts, at: At) -> None:
        self._parts, self._at = parts, at
        self._path: list[int] = []

    def symbols(self) -> Iterator[str]:
        """The symbols up to where a program may end."""
        yield from self._ending()
        grammar, at = self._parts.grammar, self._at
        if at.spot.begun == MARKED and at.spot.fresh and not at.frame.brackets and not self._codes(at.node):
            yield from self._go([COMMENT])
            yield from self._ending()
        at = self._at
        if at.spot.fresh and at.spot.gap and not at.frame.brackets:
            if at.spot.begun == MARKED:
                yield from self._go([COMMENT])
                yield from self._ending()
            else:
                yield from self._go([LINES[0]])
        while not grammar.ends(self._at):
            yield from self._say(self._terminal())

    def _terminal(self) -> int:
        """The next terminal of the shortest way, or another one where code must come, or a limit forbids that."""
        grammar, at = self._parts.grammar, self._at
        self._path = self._path or grammar.machine.completion(at.node)
        first = self._path[:1]
        wanting = grammar.wants_code(at) or (at.spot.begun == MARKED and grammar.code.isdisjoint(first))
        if not wanting and not grammar.over(at.node, at.frame).intersection(first):
            return self._path.pop(0)
        self._path = []
        ways = []
        for code in self._codes(at.node) if wanting else grammar.machine.accepts(at.node):
            after = self._parts.feed(at.node, code)
            if after is not None and self._said(code) is not None:
                ways.append((len(grammar.machine.completion(after)), code))
        return min(ways)[1]

    def _codes(self, node: Node) -> frozenset[int]:
        return self._parts.grammar.machine.accepts(node) & self._parts.grammar.code

    def _say(self, terminal: int) -> Iterator[str]:
        found = self._said(terminal)
        assert found is not None
        yield from self._go(found)
        yield from self._ending()

    def _said(self, terminal: int) -> list[str] | None:
        """Symbols that say a terminal here, if need be behind a gap."""
        name = self._parts.grammar.machine.tables.terminals[terminal]
        ways = SAID.get(name, [[name]])
        if self._at.spot.gap == EMPTY:
            ways = [*ways, *([GAP + " ", *way] for way in ways)]
        return next((way for way in ways if self._through(way) is not None), None)

    def _ending(self) -> Iterator[str]:
        """The end of what is being spelled, but for what the grammar knows."""
        text = self._at.text
        if text is None:
            return
        yield from self._go(text.spelled.ending(text.state))
        if text.kind == LEXEME and self._at.name in text.banned:
            yield from self._go(self._longer(text))
        elif text.kind in _CLOSED:
            yield from self._go([_CLOSED[text.kind]])

    def _longer(self, text: Open) -> list[str]:
        """Letters that make a name that is taken another one."""
        name = self._at.name
        ways = chain.from_iterable(product(LETTERS, repeat=count) for count in (1, 2, 3))
        return [PIECE + letter for letter in next(way for way in ways if name + "".join(way) not in text.banned)]

    def _through(self, symbols: Iterable[Spoken]) -> At | None:
        at: At | None = self._at
        for symbol in symbols:
            at = at and step(self._parts, at, symbol)
        return at

    def _go(self, symbols: list[str]) -> Iterator[str]:
        for symbol in symbols:
            found = step(self._parts, self._at, symbol)
            assert found is not None, (symbol, self._at)
            self._at = found
            yield symbol

"""What the constraint of Python is put together from: the grammar, what is spelled, and the limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from seqgen.codec import Codec
from seqgen.constraint import Spoken
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_code.constraints.python import states
from seqgen_code.constraints.python.acts import Act, act_of
from seqgen_code.constraints.python.states import CONTINUED, NO_GAP, NOTHING, SIGN, WORD, At, Frame
from seqgen_code.grammar.machine import Machine
from seqgen_code.grammar.stack import Node
from seqgen_code.grammar.tables import Tables
from seqgen_code.language import NAME, NUMBER, TEXT
from seqgen_code.lexers.python import PYTHON
from seqgen_code.spelling import Pieces, Spelled, automaton_of, comment, name, number, spec
from seqgen_code.tokenizers.spacing import Spacing

GAPS: Final = 8
"""Symbols of one gap, at most."""
OUTSIDE: Final = ("NEWLINE", "INDENT", "DEDENT", "END", "FCLOSE", "FCONV", "FDEBUG", "FSPEC", "FOPEN", "FEND")
"""Terminals that are no lexemes of code."""
BRACKETS: Final = ("(", "[", "{", "FOPEN")
OPENERS: Final = (
    *(*BRACKETS, "lambda", "not", "+", "-", "~", "**", "if", "while", "for", "try", "with", "def", "class"),
    *("async", "@", "match"),
)
"""What a stack that is too deep does without."""
LINKS: Final = tuple(". ( [ + - * / // % @ << >> & | ^".split())
"""What makes an expression deeper the longer it gets, without need of the stack."""
LITERALS: Final = ("STRING", "BYTES", "FSTART")
"""What may be followed by more of itself, and so leads nowhere by itself."""
NO_TERMINALS: Final[frozenset[int]] = frozenset()
_KINDS = {SIGN: "(", WORD: NAME, states.NUMBER: NUMBER, states.TEXT: TEXT, states.DOT: "."}
JOINED: Final = frozenset(
    (a, b) for a, first in _KINDS.items() for b, second in _KINDS.items() if Spacing(PYTHON).joins(first, second)
)
"""What would be read as another lexeme if nothing stood between."""


@dataclass(frozen=True)
class Limits:
    """How deep programs may be: brackets with fields of f-strings, blocks, the stack of the grammar, and what is
    chained, as in `a.b(c)[d] + e`, or by `elif`. At a limit nothing more opens, unless the shortest way to the end
    does so.
    """

    brackets: int = 50
    blocks: int = 20
    stack: int = 300
    links: int = 1000


class Grammar:
    """The machine, and what the constraint asks of it."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.machine = limits, Machine(Tables.load("python"))
        codes = {name: code for code, name in enumerate(self.machine.tables.terminals)}
        self.codes = codes
        self.newline, self.indent, self.dedent, self.end = (codes[each] for each in OUTSIDE[:4])
        self.statement = codes["pass"]
        self.code = frozenset(codes.values()) - {codes[each] for each in OUTSIDE}
        self.brackets, self.openers, self.links = (
            frozenset(codes[each] for each in names) for names in (BRACKETS, OPENERS, LINKS)
        )
        self.literals = frozenset(codes[each] for each in LITERALS)
        self.limited = self.brackets | self.openers | self.links

    def over(self, node: Node, frame: Frame) -> frozenset[int]:
        """The terminals that limits forbid here; where nothing else leads on, the shortest way to the end may."""
        limits = self.limits
        deep, wide, long = node.depth >= limits.stack, frame.brackets >= limits.brackets, frame.links >= limits.links
        if not (deep or wide or long):
            return NO_TERMINALS
        sets = [self.openers] * deep + [self.brackets] * wide + [self.links] * long
        over = NO_TERMINALS.union(*sets)
        if self.machine.accepts(node) - over - self.literals:
            return over
        return over.difference(self.machine.completion(node)[:1])

    def goes_on(self, node: Node, frame: Frame) -> bool:
        """Whether a lexeme of code may follow."""
        return bool(self.machine.accepts(node) & self.code - self.over(node, frame))

    def indents(self, node: Node) -> bool:
        """Whether a line end here must be followed by an indentation."""
        after = self.machine.feed(node, self.newline)
        return after is not None and self.indent in self.machine.accepts(after)

    def ends(self, at: At) -> bool:
        """Whether the text is a whole program."""
        spot = at.spot
        if at.text or not spot.fresh or spot.gap != NO_GAP or at.frame.brackets:
            return False
        node: Node | None = at.node
        while node is not None:
            if self.end in self.machine.accepts(node):
                return True
            node = self.machine.feed(node, self.dedent)
        return False

    def wants_code(self, at: At) -> bool:
        """Whether nothing but code may follow."""
        return at.spot.gap == CONTINUED or at.spot.begun == states.WANTING


class Names:
    """Which names are taken."""

    def __init__(self, tables: Tables) -> None:
        marks = tables.marks
        self.parameters, self.wildcards = marks["parameter"], marks["wildcard"]
        self.keywords = marks["keyword"] | marks["attribute"]
        self._distinct = self.parameters | _leading(tables, self.keywords, "=")
        self._kept = marks["kept"] | _leading(tables, self.wildcards, ".(=")
        self.banning = self._distinct | self._kept
        self.watched = self.banning | self.keywords | self.wildcards

    def banned(self, node: Node, frame: Frame) -> frozenset[str]:
        """The names that must not come next."""
        if node.state in self._distinct and frame.scopes:
            return frame.scopes.names
        return UNDERSCORE if node.state in self._kept else NOTHING

    def refused(self, node: Node, frame: Frame, name: str) -> frozenset[str]:
        """The signs that must not come next, behind this name."""
        if name == "_" and node.state in self.wildcards:
            return frozenset(".(=")
        if node.state in self.keywords and frame.scopes and name in frame.scopes.names:
            return frozenset("=")
        return NOTHING


def _leading(tables: Tables, states: frozenset[int], signs: str) -> frozenset[int]:
    """Where a name would lead to one of these states, if nothing but these signs can follow it there."""
    name, after = tables.terminals.index("NAME"), {tables.terminals.index(sign) for sign in signs}
    sure = {state for state in states if tables.actions[state].keys() <= after}
    return frozenset(state for state, row in enumerate(tables.actions) if row.get(name) in sure)


UNDERSCORE: Final = frozenset("_")


class Spellings:
    """What is spelled in pieces of a vocabulary."""

    def __init__(self, pieces: Pieces) -> None:
        self.names, self.numbers = Spelled(name(), pieces, begins=True), Spelled(number(), pieces, begins=True)
        self.notes = {early: Spelled(comment(early=early), pieces) for early in (False, True)}
        self.format = Spelled(spec(), pieces)
        self.string = cache(lambda opener, inside: self._string(pieces, opener, inside))

    def _string(self, pieces: Pieces, opener: str, inside: str) -> Spelled | None:
        automaton = automaton_of(opener, inside=inside)
        return Spelled(automaton, pieces) if automaton else None


class Parts:
    """All of them, for one codec."""

    def __init__(self, codec: Codec, limits: Limits) -> None:
        self.grammar = Grammar(limits)
        self.names = Names(self.grammar.machine.tables)
        self.spellings = Spellings(Pieces(codec.vocabulary))
        self.acts = dict(self._acts(codec.vocabulary))
        self.feed = self.grammar.machine.feed
        spot = states.Spot(fresh=True, begun=states.START)
        self.start = At(self.grammar.machine.start, None, spot, self.sorted(Frame()), "", ())

    def _acts(self, vocabulary: Vocabulary) -> Iterator[tuple[Spoken, Act]]:
        symbols: list[Spoken] = [*map(Boundary, vocabulary.levels), *vocabulary.symbols]
        for symbol in symbols:
            act = act_of(symbol)
            if act is not None:
                yield symbol, act._replace(code=self.grammar.codes.get(act.terminal, -1))

    def sorted(self, frame: Frame) -> Frame:
        """A frame whose `sort` is that of its other parts."""
        limits = self.grammar.limits
        full = frame.brackets >= limits.brackets, frame.blocks >= limits.blocks, frame.elifs >= limits.links
        return frame._replace(sort=(frame.brackets > 0, frame.blocks > 0, frame.inside, *full))

"""What was met so far of lexemes and the states they stand in: the memory of the fast twins, which asks the layout but
once.

A state of the middle of a line is what the gap and the kind of the next lexeme depend on: the kind of the one before,
and the sign of the bracket that is open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from seqgen.text.pieces import BEGIN, Memo
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_code.language import CLOSING, LINE, NAME, OPENING
from seqgen_code.symbols import CLOSE, COMMENT, LINES, PIECE, RECENT, RECENTS, SOFT, STRING, is_whole
from seqgen_code.tokenizers.lexicon import Speech

Spoken = str | Boundary
Codes = tuple[Any, ...]
Code = Callable[[Sequence[Spoken]], Codes]
"""What stands for symbols: they themselves, or their ids."""
PLAIN, OPENS, CLOSES, ENDS = range(4)
"""What a lexeme does: nothing more, open a bracket, close one, end the line."""
MOST = 1 << 16
"""Lexemes remembered for a state."""


class Said(NamedTuple):
    """A lexeme that is known whole: its codes, perhaps with its gap's, the kind that it is, the state behind it if it
    changes no bracket, its length with that of the gap (below 0: the column behind it, in a new line), and what it
    does."""

    codes: Codes
    kind: str
    after: "Known"
    length: int
    effect: int


@dataclass(eq=False)
class Known:
    """A state, with what was said in it so far: lexemes with their gaps, and without."""

    before: str
    sign: str
    said: dict[tuple[str, str], Said] = field(default_factory=dict)
    bare: dict[str, Said] = field(default_factory=dict)
    gaps: dict[tuple[str, str], Codes] = field(default_factory=dict)
    shown: dict[str, tuple[str, Said]] = field(default_factory=dict)
    between: dict[str, str] = field(default_factory=dict)


class States:
    """The states met so far, in a language whose documents all share them; `code` gives what stands for symbols."""

    def __init__(self, speech: Speech, code: Code = tuple) -> None:
        self.speech, self.code, self.layout = speech, code, speech.layout
        self._met = dict[tuple[str, str], Known]()
        self._numbered = dict[Vocabulary, States]()
        self.fresh = self.of("", "")
        self.spellings = Spellings(speech, code)

    def numbered(self, vocabulary: Vocabulary) -> "States":
        """The same states with ids for codes; those of the last vocabulary are kept."""
        if vocabulary not in self._numbered:
            id_of = vocabulary.id_of
            self._numbered = {vocabulary: States(self.speech, lambda symbols: tuple(map(id_of, symbols)))}
        return self._numbered[vocabulary]

    def of(self, before: str, sign: str) -> Known:
        """What is known of a state."""
        found = self._met.get((before, sign))
        if found is None:
            found = self._met[before, sign] = Known(before, sign)
        return found

    def gap(self, known: Known, kind: str, gap: str) -> Codes:
        """The codes of a gap before a lexeme of that kind: none where it is expected."""
        codes = known.gaps.get((kind, gap))
        if codes is None:
            codes = () if gap == self.expected(known, kind) else self.code(self.speech.gap(gap))
            known.gaps[kind, gap] = codes
        return codes

    def expected(self, known: Known, kind: str) -> str:
        """The gap expected before a lexeme of that kind."""
        gap = known.between.get(kind)
        if gap is None:
            gap = known.between[kind] = "" if kind == LINE else self.layout.spacing.between(known.before, kind)
        return gap

    def show(self, known: Known, symbol: str) -> tuple[str, Said] | None:
        """A lexeme known whole, or a line end, as it is written behind the gap expected; None for another symbol."""
        lexeme = symbol[1:] if symbol in LINES else symbol
        said = self.say_bare(known, lexeme) if symbol in LINES or is_whole(symbol) else None
        if said is None:
            return None
        text = ("" if symbol in LINES else self.expected(known, said.kind)) + lexeme
        shown = known.shown[symbol] = (text, said._replace(length=len(text)))
        return shown

    def say(self, known: Known, gap: str, lexeme: str) -> Said | None:
        """A lexeme with its gap, met for the first time in a state; None if it is not known whole."""
        bare = known.bare.get(lexeme) or self.say_bare(known, lexeme)
        if bare is None:
            return None
        codes = self.gap(known, bare.kind, gap) + bare.codes
        if len(known.said) >= MOST:
            known.said.clear()
        length = len(gap) + bare.length if "\n" not in gap else gap.rfind("\n") + 1 - len(gap) - bare.length
        found = known.said[gap, lexeme] = bare._replace(codes=codes, length=length)
        return found

    def say_bare(self, known: Known, lexeme: str) -> Said | None:
        """A lexeme without its gap, met for the first time in a state; None if it is not known whole."""
        ends = lexeme[:1] in ("\n", "\r")
        if lexeme not in self.speech.whole and not ends:
            return None
        kind = self.speech.language.kind_of(lexeme, known.before, known.sign)
        effect = ENDS if ends else OPENS if lexeme in OPENING else CLOSES if lexeme in CLOSING else PLAIN
        after = known if ends and known.sign else self.fresh if ends else self.of(kind, known.sign)
        if effect == OPENS:
            after = self.of(kind, lexeme)
        symbol = " " + lexeme if ends else lexeme
        found = known.bare[lexeme] = Said(self.code([symbol]), kind, after, len(lexeme), effect)
        return found

    def soft(self, lexeme: str) -> Said:
        """A soft keyword, at the beginning of a statement."""
        return Said(self.code([SOFT + lexeme]), NAME, self.of(NAME, ""), len(lexeme), PLAIN)


class Spellings:
    """The codes of what is not known whole."""

    def __init__(self, speech: Speech, code: Code) -> None:
        self._speech, self._code = speech, code
        self.recents = [code([f"{RECENT}{number}"]) for number in range(RECENTS)]
        self.texts = {symbol: symbol[len(PIECE) :] for symbol in speech.symbols if symbol.startswith(PIECE)}
        self.names: Memo[Codes | None] = Memo(self._name)
        self.comments: Memo[Codes] = Memo(self._comment)
        self.literals: Memo[Codes | None] = Memo(self._literal)

    def _name(self, lexeme: str) -> Codes | None:
        """A lexeme in pieces; None for one that only the definition can say."""
        pieces = self._speech.spelled[lexeme]
        return None if pieces[0] == BEGIN else self._code(pieces)

    def _comment(self, lexeme: str) -> Codes:
        return self._code([COMMENT, *self._speech.written(lexeme[len(self._speech.language.comment) :])])

    def _literal(self, lexeme: str) -> Codes | None:
        """A string; None for one that only the definition can say."""
        literal = self._speech.language.literal(lexeme)
        if literal is None or literal.fields or literal.prefix + literal.quote not in self._speech.language.strings:
            return None
        opener, closer = [STRING + literal.prefix + literal.quote], [CLOSE] if literal.closed else []
        return self._code([*opener, *self._speech.written(literal.body), *closer])

"""What a model of a language without a grammar is kept to: brackets that match, strings and comments that close."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, cast

from seqgen.codec import Codec
from seqgen.constraint import Mask, Rule, Spoken
from seqgen_code.constraints.plain import GAPPED, LINE, Action, At, Meaning, Plain
from seqgen_code.language import LINE as LINE_END
from seqgen_code.language import STRAY, TEXT
from seqgen_code.lexers.others import CLASS_OF, lexer_named, literal_of, marked
from seqgen_code.spelling import Automaton
from seqgen_code.spelling import others as spelling
from seqgen_code.symbols import BEGIN, CLOSERS, DEDENT, GAP, INDENT, LINES, RECENT, STRING
from seqgen_code.tokenizers.languages import OtherSource

BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}
RETURN: Final = " \r"
"""A line end that is none in many languages."""
BLANKS: Final = frozenset(" \t\f")
DENT: Final = -3
"""What may stand last: an indentation or a dedentation."""


@cache
def texts_of(lexer: str) -> Mapping[str, Automaton]:
    """What stands between the signs that open and close strings and comments in the language of a lexer of pygments, of
    those that there are symbols for; a quote may take no more than one character."""
    found = {}
    for opener, closer in CLOSERS.items():
        lines = "\n" if closer not in ("", opener) else ""
        if _is_literal(f"{opener}{lines}xy{closer}", lexer):
            escapes = opener == closer and _is_literal(f"{opener}\\{opener}xy{closer}", lexer)
            found[opener] = spelling.text(opener, escapes=escapes)
        elif opener == closer and _is_literal(f"{opener}x{closer}", lexer):
            found[opener] = spelling.character(opener)
    return found


def _is_literal(text: str, lexer: str) -> bool:
    """Whether a lexer takes all of a text for a string or a comment."""
    return marked(text, lexer_named(lexer)) == b"\1" * len(text)


def unbroken(gap: str) -> str:
    """A gap without the line ends that a backslash takes away."""
    return gap.replace("\\\n", "")


class Brackets(Plain):
    """In every document brackets match, and the strings and comments that are opened are closed: no more than that.

    What opens a comment in the language of the tokenizer is not said otherwise, nor are two signs beside one another
    that would; nor is a lone quote. No bracket opens within 100 others.
    """

    name = "brackets"
    fresh = frozenset({LINE, DENT})

    def __init__(self, codec: Codec) -> None:
        meaning = Meaning(codec.vocabulary, "brackets")
        super().__init__(meaning, brackets=BRACKETS)
        self._texts = texts_of(cast(OtherSource, codec.tokenizer).lexer)
        self._line = meaning.terminal("LINE")
        gaps = (each for each in codec.vocabulary.symbols if each.startswith(GAP))
        meaning.gaps = {each: GAPPED for each in gaps if BLANKS.issuperset(unbroken(each[len(GAP) :]))}
        self._act(codec.vocabulary.symbols)
        dents = [each for each in codec.vocabulary.symbols if each[:2] in (INDENT, DEDENT)]
        self._line_gaps = meaning.gaps | dict.fromkeys(dents, DENT)
        self._barred = {symbol: self._barred_behind(symbol) for symbol in meaning.actions}
        self._allowed: dict[tuple[int, str], Mask] = {}

    def gaps(self, state: At) -> Mapping[str, int]:
        return self._line_gaps if state.last in self.fresh and not state.depth else self.meaning.gaps

    def step(self, state: At, symbol: Spoken) -> At | None:
        barred = self._barred.get(cast(str, state.more))
        if barred is not None and symbol in barred:
            return None
        after = super().step(state, symbol)
        if after is None or not isinstance(symbol, str):
            return after
        if after.last == self._line:
            after = after._replace(last=LINE)
        return after._replace(more=state.more if symbol[:2] == GAP and not unbroken(symbol[2:]) else symbol)

    def allowed(self, state: At) -> Mask:
        mask = super().allowed(state)
        behind = cast(str, state.more)
        barred = self._barred.get(behind)
        if not barred:
            return mask
        key = id(mask), behind
        if key not in self._allowed:
            found = mask & ~self.meaning.only(barred)
            found.flags.writeable = False
            self._allowed[key] = found
        return self._allowed[key]

    def _barred_behind(self, symbol: str) -> frozenset[str]:
        """The symbols that would open a string or a comment together with this one, if no gap stood between them."""
        pairs = [(each[:cut], each[cut:]) for each in self._texts for cut in range(1, len(each))]
        rests = [rest for begun, rest in pairs if symbol.endswith(begun) or begun.endswith(symbol)]
        others = self.meaning.actions
        return frozenset(
            other for other in others if any(other.startswith(rest) or rest.startswith(other) for rest in rests)
        )

    def _act(self, symbols: Iterable[str]) -> None:
        """Say what the symbols do."""
        meaning = self.meaning
        terminal, words = meaning.terminal, meaning.text(spelling.word(), begins=True)
        openers = {
            STRING + opener: meaning.opening(
                "TEXT" if CLOSERS[opener] else "NOTE", meaning.text(text, closed=CLOSERS[opener] != "")
            )
            for opener, text in self._texts.items()
        }
        for symbol in symbols:
            if symbol in openers:
                meaning.actions[symbol] = openers[symbol]
            elif symbol == BEGIN:  # the first letters of the name have no pieces
                meaning.actions[symbol] = Action(terminal("WORD"), words, (words.spelled.automaton.start, b""))
            elif symbol.startswith(BEGIN) and (spelt := words.spelled.step(words.spelled.start, symbol)):
                meaning.actions[symbol] = Action(terminal("WORD"), words, spelt)
            elif name := self._terminal_of(symbol):
                meaning.actions[symbol] = Action(terminal(name))
        meaning.ways = {terminal(each): [each] for pair in BRACKETS.items() for each in pair} | {self._line: [LINES[0]]}

    def _terminal_of(self, symbol: str) -> str | None:
        """The terminal that a symbol is, if it is a lexeme known whole, a name spelled before, or a line end."""
        if symbol in LINES:
            return None if symbol == RETURN else "LINE"
        if symbol[:1] == " ":
            return "WORD" if symbol.startswith(RECENT) else None
        if CLASS_OF(symbol) == TEXT and (literal := literal_of(symbol)):
            text = self._texts.get(literal.quote) if literal.closed else None
            return "TEXT" if text and text.accepts(text.run(text.start, literal.body)) else None
        if symbol in BRACKETS or symbol in BRACKETS.values():
            return symbol
        opens = symbol.startswith(tuple(self._texts))
        return None if opens or CLASS_OF(symbol) in (TEXT, STRAY, LINE_END) else "WORD"


RULE = Rule(
    name="brackets",
    domain="code",
    tokenizers=("source",),
    make=Brackets,
    summary="brackets match, strings and comments close: no more than that",
)

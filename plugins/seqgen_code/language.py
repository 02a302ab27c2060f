"""What the tokenizers of this plugin know of a language: its lexemes and their kinds."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

NAME, NUMBER, TEXT, NOTE, LINE, SIGN, STRAY, END = "name", "number", "string", "#", "\n", "sign", "stray", "end"
"""The classes of lexemes: names and keywords, numbers, strings, comments, line ends, operators and brackets, any other
character, and the end of the document."""
UNARY = "u"
"""What the kind of an operator begins with that stands before one operand."""


class Literal(NamedTuple):
    """A string in parts: its prefix as written, its quote, what stands in it, and whether it is closed."""

    prefix: str
    quote: str
    body: str
    closed: bool

    @property
    def fields(self) -> bool:
        """Whether expressions may stand in it."""
        return "f" in self.prefix.lower()


def _no_literal(lexeme: str) -> Literal | None:
    return None


@dataclass(frozen=True)
class Language:
    """One language. `pattern` finds a gap and the lexeme behind it, at every place of every text; the lexeme is empty
    at the end of the text alone. `class_of` gives the class of a lexeme, `literal` a string in its parts.

    `operands` are the keywords that are operands, `prefixes` the operators that may stand before one operand, `soft`
    the names that are keywords at the beginning of some lines; `indented` says whether blocks are told by indentation.
    """

    name: str
    pattern: re.Pattern[str]
    class_of: Callable[[str], str]
    keywords: frozenset[str] = frozenset()
    operators: tuple[str, ...] = ()
    operands: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    soft: frozenset[str] = frozenset()
    literal: Callable[[str], Literal | None] = _no_literal
    strings: tuple[str, ...] = ()
    comment: str = "#"
    indented: bool = False

    @property
    def inner(self) -> bool:
        """Whether blocks stand within brackets."""
        return not self.indented

    def lexemes(self, text: str) -> list[tuple[str, str]]:
        """Each lexeme with the gap before it; the last is empty, at the end. All together are the text."""
        found = self.pattern.findall(text)
        return found[:-1] if len(found) > 1 and not found[-2][1] else found

    def kind_of(self, lexeme: str, before: str, sign: str) -> str:
        """What a lexeme is to its neighbours, behind one of kind `before`, within a bracket that is that sign."""
        group = self.class_of(lexeme)
        if group == NAME:
            return lexeme if lexeme in self.keywords else NAME
        if group != SIGN:
            return group
        if lexeme in self.prefixes and not self.is_operand(before):
            return UNARY + lexeme
        return sign + lexeme if lexeme in ("=", ":") else lexeme

    def is_operand(self, kind: str) -> bool:
        """Whether a lexeme of that kind ends an operand."""
        return kind in _OPERANDS or kind in self.operands

    def is_word(self, kind: str) -> bool:
        """Whether letters beside a lexeme of that kind would make it another."""
        return kind in (NAME, NUMBER) or kind in self.keywords


_OPERANDS = frozenset({NAME, NUMBER, TEXT, ")", "]", "}"})
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")

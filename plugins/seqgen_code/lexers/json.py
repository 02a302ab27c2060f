"""JSON (RFC 8259), read by our own lexer; what is none is read as well.

A number has no sign of its own: "-" is an operator. A string ends with its line.
"""

import re

from seqgen_code.language import Language, Literal
from seqgen_code.lexers.classes import classes

OPERATORS = ("{", "}", "[", "]", ":", ",", "-")
KEYWORDS = frozenset({"true", "false", "null"})

_BODY = r'(?:[^"\\\r\n]|\\[^\r\n])*+'
_NUMBER = r"[0-9]++(?:\.[0-9]*+)?+(?:[eE][+-]?+[0-9]*+)?+"
_NAME = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*+"
_SIGN = "|".join(map(re.escape, OPERATORS))
_LEXEME = rf'"{_BODY}"?+|{_NAME}|{_NUMBER}|\n{{1,3}}+|\r\n?+|{_SIGN}|.|\Z'
_LITERAL = re.compile(rf'"({_BODY})("?+)')


def literal_of(lexeme: str) -> Literal | None:
    """The parts of a string; None if the lexeme is none."""
    found = _LITERAL.fullmatch(lexeme)
    return Literal("", '"', found[1], found[2] != "") if found else None


JSON = Language(
    name="json",
    pattern=re.compile(rf"([ \t]*+)({_LEXEME})", re.DOTALL),
    class_of=classes(OPERATORS, is_text=lambda lexeme: lexeme[0] == '"'),
    keywords=KEYWORDS,
    operators=OPERATORS,
    operands=KEYWORDS,
    prefixes=frozenset({"-"}),
    literal=literal_of,
    strings=('"',),
    comment="",
)

"""Python, read by our own lexer: the same under every version of Python that runs it.

Lexical analysis: https://docs.python.org/3/reference/lexical_analysis.html. F-strings are taken as up to Python 3.11,
where the next quote ends them. A name is what the language calls one, and any character outside ASCII.
"""

import re
from functools import lru_cache

from seqgen_code.language import END, LINE, NAME, NOTE, NUMBER, SIGN, STRAY, TEXT, Language, Literal

KEYWORDS = frozenset(
    "False None True and as assert async await break class continue def del elif else except finally for from global if"
    " import in is lambda nonlocal not or pass raise return try while with yield".split()
)
SOFT_KEYWORDS = frozenset({"match", "case"})
OPERATORS = tuple(
    "**= //= >>= <<= ... != -> := == <= >= += -= *= /= %= &= |= ^= @= ** // >> <<"
    " - + * / % @ & | ^ ~ < > = ( ) . , : ; [ ] { }".split()
)

_GAP = r"[ \t\f]*+(?:\\\r?\n[ \t\f]*+)*+"
_PREFIX = r"(?:[rR][bBfF]?|[bBfF][rR]?|[uU])?"
_TRIPLE = r'"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+(?:""")?+'
_SINGLE = r'"[^"\\\r\n]*+(?:\\(?:\r\n|.)[^"\\\r\n]*+)*+"?+'
_STRING = "|".join(each for double in (_TRIPLE, _SINGLE) for each in (double, double.replace('"', "'")))
_NAME = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*+"
_DIGITS = r"[0-9][0-9_]*+"
_NUMBER = (
    r"0[xX][0-9a-fA-F_]++|0[oO][0-7_]++|0[bB][01_]++"
    rf"|(?:{_DIGITS}(?:\.(?:{_DIGITS})?+)?+|\.{_DIGITS})(?:[eE][+-]?+{_DIGITS})?+[jJ]?+"
)
_SIGN = "|".join(re.escape(operator) for operator in OPERATORS)
_LEXEME = rf"{_PREFIX}(?:{_STRING})|{_NAME}|{_NUMBER}|\n{{1,3}}+|\r\n?+|#[^\r\n]*+|{_SIGN}|.|\Z"

_OPENS = re.compile(rf"""{_PREFIX}["']""")
_LITERAL = re.compile(
    rf"(?P<prefix>{_PREFIX})"
    + "(?:"
    + "|".join(
        rf"(?P<quote{n}>{quote})(?P<body{n}>(?:{inner})*+)(?P<closed{n}>{quote})?+"
        for n, (quote, inner) in enumerate(
            [
                ('"""', r'[^"\\]|\\.|"(?!"")'),
                ("'''", r"[^'\\]|\\.|'(?!'')"),
                ('"', r'[^"\\\r\n]|\\(?:\r\n|.)'),
                ("'", r"[^'\\\r\n]|\\(?:\r\n|.)"),
            ]
        )
    )
    + ")",
    re.DOTALL,
)
_CLASSES = {**dict.fromkeys("#", NOTE), **dict.fromkeys("\r\n", LINE)}
PREFIXES = ("", "r", "b", "f", "u", "rb", "br", "rf", "fr")
"""The prefixes that have symbols of their own."""


def literal_of(lexeme: str) -> Literal | None:
    """The parts of a string; None if the lexeme is none."""
    found = _LITERAL.fullmatch(lexeme)
    if not found:
        return None
    n = next(n for n in range(4) if found[f"quote{n}"])
    return Literal(found["prefix"], found[f"quote{n}"], found[f"body{n}"], found[f"closed{n}"] is not None)


@lru_cache(1 << 16)
def class_of(lexeme: str) -> str:
    """The class of a lexeme."""
    first = lexeme[:1]
    if not first:
        return END
    if lexeme in _SIGNS:
        return SIGN
    if first in _CLASSES:
        return _CLASSES[first]
    if _OPENS.match(lexeme):
        return TEXT
    if first in "0123456789.":
        return NUMBER
    return NAME if first == "_" or first.isalpha() or first >= "\x80" else STRAY


_SIGNS = frozenset(OPERATORS)

PYTHON = Language(
    name="python",
    pattern=re.compile(f"({_GAP})({_LEXEME})", re.DOTALL),
    class_of=class_of,
    keywords=KEYWORDS,
    operators=OPERATORS,
    operands=frozenset({"False", "None", "True"}),
    prefixes=frozenset({"-", "+", "*", "**", "@"}),
    soft=SOFT_KEYWORDS,
    literal=literal_of,
    strings=tuple(prefix + quote for prefix in PREFIXES for quote in ("'", '"', "'''", '"""')),
    indented=True,
)

"""The automata of Python's string literals and f-strings: what stands between the quotes.

The texts that they accept are right under CPython 3.11 to 3.14 alike (Language Reference, sections 2.4.1 and 2.4.3).
Left out are escapes that CPython does not know, such as `\\d`, or takes with a warning, such as `\\400`; `\\N{...}`,
for it needs a table of names; escapes of surrogates, which CPython 3.13 refuses in docstrings; and line ends other than
"\\n".
"""

import re
from functools import cache
from typing import Final

from seqgen_code.spelling.automaton import ANY, ASCII, Automaton, Chars

OPENER: Final = re.compile(r""" s([A-Za-z]{0,2})('''|\"\"\"|'|\")""")
PREFIXES: Final = ("", "b", "br", "f", "fr", "r", "u")
"""What may stand before the quote, in lower case, its letters sorted."""

HEX: Final = frozenset("0123456789abcdefABCDEF")
BRACES: Final = frozenset("{}")
BACKSLASH: Final = frozenset("\\")
LINE_END: Final = frozenset("\n")
KNOWN: Final = frozenset("\n\\'\"abfnrtv0123")
"""What makes an escape with a backslash before it; behind 0 to 3 there may be octal digits, as in any text."""

Rules = dict[str, list[tuple[Chars, str]]]
"""The state "" is that between two characters of the text; all else begins there and leads back to it."""
IN_FIELD: Final[Rules] = {"{": [(frozenset("{"), "")], "}": [(frozenset("}"), "")]}
CODES: Final[Rules] = {
    "1": [(HEX, "")],
    "2": [(HEX, "1")],
    "3": [(HEX, "2")],
    "4": [(HEX, "3")],
    "u": [(frozenset("dD"), "ud"), (HEX, "3")],
    "ud": [(frozenset("01234567"), "2")],
    "U": [(frozenset("0"), "U0")],
    "U0": [(frozenset("0"), "U00")],
    "U00": [(frozenset("0"), "U000"), (frozenset("1"), "U001")],
    "U000": [(frozenset("0"), "u"), (HEX, "4")],
    "U001": [(frozenset("0"), "4")],
}
"""The digits of an escape: so many of them, or those of a code point up to 10FFFF that is no surrogate."""


@cache
def automaton_of(opener: str, *, inside: str = "") -> Automaton | None:
    r"""The texts that may follow a symbol such as ` s"` or ` srb'''`, without the closing quote.

    Of an f-string it is the text before, between and behind fields. A literal within a field has none of the quotes of
    the f-strings around it, which are `inside`, no backslash and no line end, as 3.11 has it. None for a symbol that
    opens no string of the subset, or none that may stand in such a field.
    """
    found = OPENER.fullmatch(opener)
    prefix = "".join(sorted(found[1].lower())) if found else ""
    if found is None or prefix not in PREFIXES or found[2][0] in inside:
        return None
    quote = found[2]
    taken = ASCII if "b" in prefix else ANY
    if inside:
        taken -= frozenset(inside) | BACKSLASH | LINE_END
    fields, mark, triple = "f" in prefix, quote[0], len(quote) == 3
    braces = [(frozenset(each), each) for each in "{}" if fields]
    plain = taken - frozenset(mark) - BACKSLASH - (BRACES if fields else set()) - (set() if triple else LINE_END)
    text = [(plain, ""), (BACKSLASH & taken, "\\"), *braces]
    rules: Rules = {"": text}
    if triple:
        rules = {"": [*text, (frozenset(mark), mark)], mark: [*text, (frozenset(mark), 2 * mark)], 2 * mark: text}
    rules |= {"\\": [*braces, (taken, "")] if "r" in prefix else _escapes(prefix, taken), **CODES, **IN_FIELD}
    opens = {"", mark, 2 * mark} | ({"\\"} if "r" in prefix else set())
    return Automaton(rules, ends=[""], opens=opens & rules.keys() if fields else ())


@cache
def spec() -> Automaton:
    """The texts of a format specification, between its own fields."""
    return Automaton({"": [(ANY - BRACES - BACKSLASH - LINE_END - frozenset("'\""), "")]}, ends=[""], opens=[""])


def _escapes(prefix: str, taken: Chars) -> list[tuple[Chars, str]]:
    """What may follow a backslash."""
    codes = [(frozenset("x"), "2"), (frozenset("u"), "u"), (frozenset("U"), "U")]
    return [*(codes[:1] if "b" in prefix else codes), (KNOWN & taken, "")]

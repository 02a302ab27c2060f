"""The automata of JSON's strings and numbers (RFC 8259, sections 6 and 7)."""

from functools import cache
from itertools import pairwise
from typing import Final

from seqgen_code.spelling.automaton import OTHER, Automaton, Chars
from seqgen_code.spelling.python import INTEGERS
from seqgen_code.spelling.strings import HEX, Rules

DIGIT: Final = frozenset("0123456789")
PLAIN: Final = frozenset(map(chr, range(32, 128))) - frozenset('"\\') | {OTHER}
TAILS: Final[list[tuple[Chars, str]]] = [(frozenset("."), "1."), (frozenset("eE"), "1e")]


@cache
def string() -> Automaton:
    """What stands between the quotes: no character of control, and of surrogates none but both of a pair."""
    rules: Rules = {
        "": [(PLAIN, ""), (frozenset("\\"), "\\")],
        "\\": [(frozenset('"\\/bfnrt'), ""), (frozenset("u"), "u")],
        "u": [(frozenset("dD"), "ud"), (HEX, "3")],
        "ud": [(frozenset("01234567"), "2"), (frozenset("89abAB"), "high 2")],
        "3": [(HEX, "2")],
        "2": [(HEX, "1")],
        "1": [(HEX, "")],
        "high 2": [(HEX, "high 1")],
        "high 1": [(HEX, "high")],
        "high": [(frozenset("\\"), "high \\")],
        "high \\": [(frozenset("u"), "high u")],
        "high u": [(frozenset("dD"), "high ud")],
        "high ud": [(frozenset("cdefCDEF"), "2")],
    }
    return Automaton(rules, ends=[""])


@cache
def number() -> Automaton:
    """A number without its sign; a state is named for a number that may stand before it, or for how many digits do.

    Integers have no more digits than Python reads, however it is set.
    """
    rules: Rules = {
        "": [(frozenset("0"), "0"), (DIGIT, "1")],
        "0": TAILS,
        **{here: [(DIGIT, longer), *TAILS] for here, longer in pairwise(INTEGERS)},
        INTEGERS[-1]: TAILS,
        "1.": [(DIGIT, "1.0")],
        "1.0": [(DIGIT, "1.0"), TAILS[1]],
        "1e": [(frozenset("+-"), "1e+"), (DIGIT, "1e0")],
        "1e+": [(DIGIT, "1e0")],
        "1e0": [(DIGIT, "1e0")],
    }
    return Automaton(rules, ends=["0", "1.0", "1e0", *INTEGERS])

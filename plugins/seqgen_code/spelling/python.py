"""The automata of Python's names, numbers and comments.

The texts that they accept are right under CPython 3.11 to 3.14 alike (Language Reference, sections 2.1, 2.3 and 2.4.4).
Names beyond ASCII are left out.
"""

import re
from functools import cache
from itertools import pairwise
from typing import Final

from seqgen_code.lexers.python import KEYWORDS
from seqgen_code.spelling.automaton import ANY, Automaton, Chars
from seqgen_code.spelling.strings import HEX, LINE_END, Rules, automaton_of

RESERVED: Final = KEYWORDS | {"__debug__", "barry_as_FLUFL"}
"""What looks like a name, and is none or cannot be bound."""
LONGEST: Final = 640
"""Digits of a decimal integer; CPython takes as many, however it is set (`sys.set_int_max_str_digits`)."""
LITERAL: Final = re.compile(r"""(b|r|u|br|rb|)('{3}|"{3}|'|")(.*)\2""", re.DOTALL | re.IGNORECASE)

DIGIT: Final = frozenset("0123456789")
LETTER: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
WORD: Final = LETTER | DIGIT
COOKIE: Final = WORD | frozenset("-.")
"""What the name of an encoding is made of (PEP 263)."""
REST: Final = ANY - LINE_END
"""What may stand in the rest of a line."""
INTEGERS: Final = [str(count) for count in range(1, LONGEST + 1)]
BASES: Final = {"xX": HEX, "oO": DIGIT - frozenset("89"), "bB": frozenset("01")}
TAILS: Final[list[tuple[Chars, str]]] = [
    (frozenset("."), "1."),
    (frozenset("eE"), "1e"),
    (frozenset("jJ"), "1j"),
]
"""What makes digits another number than an integer."""


@cache
def name() -> Automaton:
    """Identifiers of ASCII that are not reserved. A state is the beginning of a reserved word, or " " beside them."""
    stems = sorted({word[:end] for word in RESERVED for end in range(1, len(word) + 1)})
    rules: Rules = {each: [] for each in ("", *stems, " ")}
    for stem in stems:
        rules[stem[:-1]].append((frozenset(stem[-1]), stem))
    for state in rules:
        rules[state].append((WORD if state else LETTER, " "))
    return Automaton(rules, ends=rules.keys() - RESERVED - {""})


@cache
def number() -> Automaton:
    """Literals of integers, floats and imaginary numbers. A state is named for a number that may stand before it."""
    zeros: list[tuple[Chars, str]] = [(_of("0"), "00"), (_of("_"), "0_"), (DIGIT, "07"), *TAILS]
    rules: Rules = {
        "": [(_of("0"), "0"), (DIGIT, "1"), (_of("."), ".")],
        "0": [*zeros, *((_of(base), base) for base in BASES)],
        "00": zeros,
        "0_": [(_of("0"), "00"), (DIGIT, "07")],
        "07": [*TAILS],
        ".": [(DIGIT, "1.0")],
        "1.": [(DIGIT, "1.0"), *TAILS[1:]],
        "1.0": [*TAILS[1:]],
        "1e": [(_of("+-"), "1e+"), (DIGIT, "1e0")],
        "1e+": [(DIGIT, "1e0")],
        "1e0": [*TAILS[2:]],
        "1j": [],
    }
    for state in ("07", "1.0", "1e0"):
        _repeat(rules, state, DIGIT)
    for base, digits in BASES.items():
        rules[base] = []
        _repeat(rules, base[0], digits)
        rules[base] = rules[base[0]]
    return Automaton(rules | _integers(), ends=["0", "00", "1.", "1.0", "1e0", "1j", "x", "o", "b", *INTEGERS])


@cache
def comment(*, early: bool = False) -> Automaton:
    """What may stand behind the sign of a comment; in the first two lines of a file it names no encoding but utf-8."""
    if not early:
        return Automaton({"": [(REST, "")]}, ends=[""])
    again: list[tuple[Chars, str]] = [(_of("c"), "c"), (REST, "")]
    rules: Rules = {"": again, "coding": [(_of(":="), "coding:"), *again]}
    for stem, longer in _stems("coding"):
        rules[stem] = [(_of(longer[-1]), longer), *again]
    rules["coding:"] = [(_of(" \t"), "coding:"), (_of("uU"), "=u"), (REST - COOKIE, "")]
    for stem, longer in _stems("=utf-8")[1:]:
        rules[stem] = [(_of(longer[-1] + longer[-1].upper()), longer)]
    rules |= {"=utf-8": [(REST - COOKIE, "said")], "said": [(REST, "said")]}
    return Automaton(rules, ends=[each for each in rules if each[:1] != "=" or each == "=utf-8"])


def whole(lexeme: str) -> str | None:
    """The terminal of a name, a number or a string literal that is no f-string; None for what is none of the subset."""
    for automaton, terminal in ((name(), "NAME"), (number(), "NUMBER")):
        if automaton.accepts(automaton.run(automaton.start, lexeme)):
            return terminal
    found = LITERAL.fullmatch(lexeme)
    body = found and automaton_of(f" s{found[1]}{found[2]}")
    if not found or not body or not body.accepts(body.run(body.start, found[3])):
        return None
    return "BYTES" if "b" in found[1].lower() else "STRING"


def _of(characters: str) -> Chars:
    return frozenset(characters)


def _repeat(rules: Rules, state: str, digits: Chars) -> None:
    """Let a digit follow another, perhaps behind an underscore."""
    rules[state] = [*rules.get(state, ()), (digits, state), (_of("_"), state + "_")]
    rules[state + "_"] = [(digits, state)]


def _integers() -> Rules:
    """The decimal integers, with a state for each number of digits."""
    rules: Rules = {INTEGERS[-1]: [*TAILS]}
    for here, longer in pairwise(INTEGERS):
        rules[here] = [(DIGIT, longer), (_of("_"), here + "_"), *TAILS]
        rules[here + "_"] = [(DIGIT, longer)]
    return rules


def _stems(word: str) -> list[tuple[str, str]]:
    """What begins a word, each with what is longer by a character."""
    return [(word[:end], word[: end + 1]) for end in range(1, len(word))]

"""The automata of XML's names, text, values, comments and references (Extensible Markup Language 1.0, sections 2.2 to
2.8 and 4.1). Names are of ASCII and without colons."""

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Final

from seqgen_code.spelling.automaton import OTHER, Automaton, Chars
from seqgen_code.spelling.python import DIGIT, LETTER
from seqgen_code.spelling.strings import Rules

LEGAL: Final[Chars] = frozenset(map(chr, range(32, 128))) | frozenset("\t\n\r") | {OTHER}
ILLEGAL: Final[Chars] = frozenset("\ufffe\uffff")
NEVER: Final = "never"
"""A state that leads nowhere."""
ENTITIES: Final = ("&amp;", "&lt;", "&gt;", "&quot;", "&apos;")
CODES: Final = ((0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
"""The characters that references may be to."""
RESERVED: Final = "xmlns"
"""The name of an attribute whose values are names of namespaces, of which some are refused."""


@cache
def name() -> Automaton:
    """The name of an element or an attribute."""
    word = LETTER | DIGIT | frozenset("-.")
    stems = ["", *(RESERVED[:end] for end in range(1, len(RESERVED) + 1))]
    rules: Rules = {stem: [(_of(longer[-1]), longer)] for stem, longer in pairwise(stems)}
    rules |= {RESERVED: [], " ": []}
    for state in rules:
        rules[state].append((word if state else LETTER, " "))
    return Automaton(rules, ends=rules.keys() - {"", RESERVED})


@cache
def content() -> Automaton:
    """Text between tags: no `<`, no `&` but of a reference, no `]]>`."""
    plain = LEGAL - _of("<&]")
    rules: Rules = {
        "": [(_of("]"), "]"), (plain, "")],
        "]": [(_of("]"), "]]"), (plain, "")],
        "]]": [(_of("]"), "]]"), (plain - _of(">"), "")],
    }
    for state in rules:
        rules[state].append((_of("&"), "&"))
    return _guarded(rules | _references(), ends=["", "]", "]]"])


@cache
def value(quote: str) -> Automaton:
    """The value of an attribute between two such quotes."""
    return _guarded({"": [(LEGAL - _of("<&" + quote), ""), (_of("&"), "&")], **_references()}, ends=[""])


@cache
def comment() -> Automaton:
    """What stands in a comment: no `--`, and no `-` at its end."""
    plain = LEGAL - _of("-")
    return _guarded({"": [(plain, ""), (_of("-"), "-")], "-": [(plain, "")]}, ends=[""])


@cache
def section() -> Automaton:
    """What stands in a section of character data: no `]]>`."""
    rest = LEGAL - _of("]")
    rules: Rules = {
        "": [(_of("]"), "]"), (rest, "")],
        "]": [(_of("]"), "]]"), (rest, "")],
        "]]": [(_of("]"), "]]"), (rest - _of(">"), "")],
    }
    return _guarded(rules, ends=["", "]", "]]"])


@cache
def blank() -> Automaton:
    """White space, as it may stand outside the outermost element."""
    return Automaton({"": [(_of(" \t\r\n"), "")]}, ends=[""])


@cache
def declaration() -> Automaton:
    """What stands in the declaration of XML, as it is mostly written."""
    said = [f' encoding="{each}"' for each in ("UTF-8", "utf-8")]
    alone = [f' standalone="{each}"' for each in ("yes", "no")]
    words = [f'xml version="1.0"{one}{two}' for one in ("", *said) for two in ("", *alone)]
    return _words([*words, *(f"{each} " for each in words)])


@cache
def doctype() -> Automaton:
    """What stands in the declaration of a type of documents that names the outermost element alone."""
    rules = _stems(["DOCTYPE "])
    return Automaton(rules | {"DOCTYPE ": [(LETTER, "name")], "name": [(LETTER | DIGIT, "name")]}, ends=["name"])


def _guarded(rules: Rules, *, ends: Iterable[str]) -> Automaton:
    """The automaton without the characters beyond ASCII that are none of XML's."""
    wide = [state for state, row in rules.items() if any(OTHER in chars for chars, _ in row)]
    return Automaton(rules | {NEVER: []} | {each: [(ILLEGAL, NEVER), *rules[each]] for each in wide}, ends=list(ends))


def _of(characters: str) -> Chars:
    return frozenset(characters)


def _words(words: Iterable[str]) -> Automaton:
    """The automaton of these texts alone."""
    known = frozenset(words)
    return Automaton(_stems(known), ends=known)


def _stems(words: Iterable[str]) -> Rules:
    """The states of these texts, one for each beginning."""
    stems = sorted({word[:end] for word in words for end in range(len(word) + 1)})
    rules: Rules = {stem: [] for stem in stems}
    for stem in stems[1:]:
        rules[stem[:-1]].append((_of(stem[-1]), stem))
    return rules


def _references() -> Rules:
    """What may follow an `&`, and leads back to the state ""."""
    rules = _stems(["#x", *(each[1:-1] for each in ENTITIES)])
    named: Rules = {f"&{stem}": [(chars, f"&{longer}") for chars, longer in row] for stem, row in rules.items()}
    for entity in ENTITIES:
        named[entity[:-1]].append((_of(";"), ""))
    for start, base in (("&#", 10), ("&#x", 16)):
        numbers = _numbers(start, base)
        named[start] += numbers.pop(start)
        named |= numbers
    return named


def _numbers(start: str, base: int) -> Rules:
    """The digits of the numbers in CODES, perhaps behind zeros, then `;`.

    A state is the set of bounds, of as many digits each, that those still to come lie between.
    """
    digits = "0123456789abcdef"[:base]
    bounds = frozenset(pair for low, high in CODES for pair in _of_equal_length(low, high, base))
    waiting, rules = [(start, bounds)], dict[str, list[tuple[Chars, str]]]()
    while waiting:
        name, here = waiting.pop()
        if name in rules:
            continue
        row = rules[name] = [(_of(";"), "")] if ("", "") in here else []
        if name == start:
            row.append((_of("0"), start))
        for digit in digits:
            if left := frozenset(_behind(digit, here, digits)):
                longer = f"{start} {' '.join(sorted('-'.join(pair) for pair in left))}"
                row.append((_of(digit + digit.upper()), longer))
                waiting.append((longer, left))
    return rules


def _behind(digit: str, bounds: Iterable[tuple[str, str]], digits: str) -> Iterable[tuple[str, str]]:
    """The bounds of what follows a digit."""
    for low, high in bounds:
        if low and low[0] <= digit <= high[0]:
            rest = len(low) - 1
            yield low[1:] if digit == low[0] else digits[0] * rest, high[1:] if digit == high[0] else digits[-1] * rest


def _of_equal_length(low: int, high: int, base: int) -> Iterable[tuple[str, str]]:
    """The range in parts whose numbers have equally many digits, each by its first and its last."""
    kind = "d" if base == 10 else "x"
    while low <= high:
        last = min(high, base ** len(format(low, kind)) - 1)
        yield format(low, kind), format(last, kind)
        low = last + 1

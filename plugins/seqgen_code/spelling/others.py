"""The automata of what is spelled in languages without a grammar: words, strings and comments."""

from functools import cache
from typing import Final

from seqgen_code.spelling.automaton import ANY, OTHER, Automaton
from seqgen_code.spelling.python import DIGIT, LETTER
from seqgen_code.spelling.strings import Rules
from seqgen_code.symbols import CLOSERS

LINE_END: Final = frozenset("\n")


@cache
def word() -> Automaton:
    """A name, or a number."""
    letters = LETTER | {OTHER}
    rules: Rules = {
        "": [(letters, "name"), (DIGIT, "number")],
        "name": [(letters | DIGIT, "name")],
        "number": [(frozenset("eE"), "e"), (letters | DIGIT, "number"), (frozenset("."), ".")],
        ".": [(DIGIT, "fraction")],
        "fraction": [(frozenset("eE"), "e"), (letters | DIGIT, "fraction")],
        "e": [(frozenset("+-"), "."), (letters | DIGIT, "fraction")],
    }
    return Automaton(rules, ends=["name", "number", "fraction", "e"])


@cache
def text(opener: str, *, escapes: bool = False) -> Automaton:
    """What stands behind one of `CLOSERS`, as far as what closes it.

    A string ends on its line, unless its quote is a backquote; it has no quote behind a backslash, unless that
    `escapes` it. A comment has no other within, and no backslash before its line end. So comments end at the same place
    whether or not the language knows comments in comments.
    """
    closer = CLOSERS[opener]
    if not closer:
        plain = ANY - LINE_END - frozenset("\\")
        return Automaton(
            {"": [(frozenset("\\"), "\\"), (plain, "")], "\\": [(frozenset("\\"), "\\"), (plain, "")]}, ends=[""]
        )
    if opener != closer:
        return _without((opener, closer), closer)
    quote = frozenset(opener)
    inner = ANY - quote - (frozenset() if opener == "`" else LINE_END)
    return Automaton(
        {"": [(frozenset("\\"), "\\"), (inner, "")], "\\": [(inner | quote if escapes else inner, "")]}, ends=[""]
    )


@cache
def character(quote: str) -> Automaton:
    """A character between two such quotes, perhaps behind a backslash."""
    inner = ANY - frozenset(quote) - LINE_END
    escaped = frozenset("nrt0\\")
    return Automaton({"": [(frozenset("\\"), "\\"), (inner, "x")], "\\": [(escaped, "x")], "x": []}, ends=["x"])


def _without(words: tuple[str, ...], closer: str) -> Automaton:
    """Texts that hold none of the words, nor with the closer behind them any before its end.

    A state is the longest end of the text that a word begins with (Aho and Corasick).
    """
    stems = sorted({word[:end] for word in words for end in range(len(word))})
    rules: Rules = {stem: [] for stem in stems}
    letters = sorted(set("".join(words)))
    for stem in stems:
        for letter in letters:
            if not (stem + letter).endswith(words):
                rules[stem].append((frozenset(letter), _longest(stem + letter, stems)))
        rules[stem].append((ANY - frozenset(letters), ""))
    ends = [stem for stem in stems if not any(word in (stem + closer)[:-1] for word in words)]
    return Automaton(rules, ends=ends)


def _longest(text: str, stems: list[str]) -> str:
    return next(text[start:] for start in range(len(text) + 1) if text[start:] in stems)

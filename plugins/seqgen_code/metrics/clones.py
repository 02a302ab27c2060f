"""Copies of code that go by other names.

The lexemes of a program become numbers in which names, numbers, strings, layout and comments are told apart no more, so
that a copy in which these were changed is found: a clone of type 2 in the terms of Roy, Cordy and Koschke (2009,
doi:10.1016/j.scico.2009.02.007). Within a line the first name is 0, the next other one 1, and so on: `a = a + b` and
`x = x + y` are the same, and `x = y + y` is not. Every line counts anew, so that a copy may begin at any of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from seqgen.copying import longest_copies
from seqgen.metric import Excerpt, Material
from seqgen_code.language import END, LINE, NAME, NOTE, NUMBER, TEXT, Language

Codes = np.ndarray[tuple[int], np.dtype[np.int32]]

EDGE, VALUE, STRING, STRAY, SIGNS = range(5)
"""Between documents; a number; a string; a character that is no lexeme; from here on the operators, keywords, names."""
_OTHERS = {NUMBER: VALUE, TEXT: STRING}


class Normaliser:
    """Programs of one language as numbers."""

    def __init__(self, language: Language) -> None:
        self._language = language
        signs = [*sorted(language.keywords), *language.operators]
        self._code_of = {sign: code for code, sign in enumerate(signs, SIGNS)}
        self._names = SIGNS + len(signs)
        self._number_of: dict[str, int] = {}
        self._codes = list[int]()

    def read(self, text: str) -> Codes:
        """The lexemes of a text, in order; comments and line ends are left out."""
        numbers = np.fromiter(map(self._number, self._lexemes(text)), np.int64)
        codes = np.array(self._codes or [0], np.int32)[numbers]
        line = np.cumsum(codes == _LINE)
        named = np.flatnonzero(codes == _NAME)
        codes[named] = self._names + _slots(line[named], numbers[named])
        found: Codes = codes[codes >= 0]
        return found

    def _lexemes(self, text: str) -> Iterator[str]:
        return (lexeme for _, lexeme in self._language.lexemes(text))

    def _number(self, lexeme: str) -> int:
        """A number of its own for each lexeme."""
        found = self._number_of.get(lexeme)
        if found is None:
            found = self._number_of[lexeme] = len(self._codes)
            self._codes.append(self._code(lexeme))
        return found

    def _code(self, lexeme: str) -> int:
        if lexeme in self._code_of:
            return self._code_of[lexeme]
        kind = self._language.class_of(lexeme)
        return _LEFT.get(kind, _OTHERS.get(kind, STRAY))


_LINE, _NAME, _NOTHING = -1, -2, -3
_LEFT = {LINE: _LINE, NAME: _NAME, NOTE: _NOTHING, END: _NOTHING}


def _slots(lines: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """For each name the number of other names that came in its line before it first did."""
    _, first, which = np.unique(lines * (1 << 32) + numbers, return_index=True, return_inverse=True)
    order = np.argsort(first)
    starts = np.searchsorted(lines[first[order]], lines[first[order]])
    slots = np.empty(len(first), np.int64)
    slots[order] = np.arange(len(first)) - starts
    found: np.ndarray = slots[which]
    return found


def mean_longest(excerpts: Sequence[Excerpt], material: Material, *, language: Language) -> float | None:
    """How many lexemes the longest clone from the training content has, on average over the excerpts; None without
    any."""
    if not excerpts:
        return None
    normaliser, training = material.once(("clones", language.name), lambda: _learnt(material.training(), language))
    lengths = [
        copy.length for copy in longest_copies([normaliser.read(_whole(each.pieces)) for each in excerpts], training)
    ]
    return sum(lengths) / len(lengths)


def _learnt(documents: Iterable[Iterable[Any]], language: Language) -> tuple[Normaliser, Codes]:
    """The documents of training one after the other."""
    normaliser = Normaliser(language)
    edge = np.full(1, EDGE, np.int32)
    parts = [part for pieces in documents for part in (normaliser.read(_whole(pieces)), edge)]
    return normaliser, np.concatenate([edge, *parts])


def _whole(pieces: Iterable[Any]) -> str:
    return "".join(pieces)

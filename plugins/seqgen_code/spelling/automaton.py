"""Deterministic automata over characters, for lexemes that are spelled in pieces.

Shapes: S states, K columns of characters that behave alike.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Chars = frozenset[str]
"""A class of characters, among which OTHER stands for all outside ASCII that no rule names."""
Rules = Mapping[str, Sequence[tuple[Chars, str]]]
"""By the name of a state, what may come next and where it leads; the first rule that fits counts."""

OTHER: Final = "\x80"
ASCII: Final = frozenset(map(chr, range(1, 128))) - {"\r"}
"""Without NUL and carriage return, which no program of any of the grammars holds in a lexeme."""
ANY: Final = ASCII | {OTHER}
DEAD: Final = 0
"""The state from which no lexeme can be ended."""
FAR: Final = 1 << 30


class Automaton:
    """Which texts a lexeme may have. Its states are integers; from each but DEAD the lexeme can still be ended.

    It starts in the first state of the rules. It may end in those of `ends`, and a field may begin in those of `opens`.
    `table` (S, K) holds the states behind columns of characters, of which 0 is for those that occur in no rule, and
    `left` (S,) how many characters are missing at least.
    """

    start: Final = 1

    def __init__(self, rules: Rules, *, ends: Collection[str], opens: Collection[str] = ()) -> None:
        numbers = {name: number for number, name in enumerate(rules, self.start)}
        self._ends, self._opens = (frozenset(numbers[name] for name in names) for names in (ends, opens))
        self._columns = _columns(rules)
        self._first = sorted(self._columns, key=lambda character: (not character.isprintable(), character))
        self.table = _table(rules, numbers, self._columns)
        self.left = self._distances()
        self.table[self.left[self.table] == FAR] = DEAD

    def column(self, character: str) -> int:
        """The column of a character in the table."""
        found = self._columns.get(character)
        if found is None and character >= OTHER and not "\ud800" <= character <= "\udfff":
            found = self._columns.get(OTHER)
        return found or 0

    def step(self, state: int, character: str) -> int:
        """The state behind a character."""
        return int(self.table[state, self.column(character)])

    def run(self, state: int, text: str) -> int:
        """The state behind a text."""
        for character in text:
            state = self.step(state, character)
        return state

    def accepts(self, state: int) -> bool:
        """Whether the lexeme may end here."""
        return state in self._ends

    def opens(self, state: int) -> bool:
        """Whether the text may be interrupted here by a field."""
        return state in self._opens

    def ending(self, state: int) -> str:
        """A shortest text with which a lexeme may end from here, in printable characters where they do."""
        text = ""
        while not self.accepts(state):
            nearer = (each for each in self._first if self.left[self.step(state, each)] < self.left[state])
            text += next(nearer)
            state = self.step(state, text[-1])
        return text

    def _distances(self) -> NDArray[np.int64]:
        """How many characters lie between each state and the nearest end, FAR where none is in reach, (S,)."""
        left = np.full(len(self.table), FAR)
        left[list(self._ends)] = 0
        while True:
            nearer = np.minimum(left, left[self.table].min(1) + 1)
            if (nearer == left).all():
                return left
            left = nearer


def _columns(rules: Rules) -> dict[str, int]:
    """The characters of the rules, with one number for those of which no rule takes one without the other."""
    classes = list(dict.fromkeys(chars for rule in rules.values() for chars, _ in rule))
    numbers: dict[tuple[bool, ...], int] = {}
    columns = {}
    for character in sorted(frozenset().union(*classes)):
        kind = tuple(character in chars for chars in classes)
        columns[character] = numbers.setdefault(kind, len(numbers) + 1)
    return columns


def _table(rules: Rules, numbers: Mapping[str, int], columns: Mapping[str, int]) -> NDArray[np.int32]:
    wide = {chars: sorted({columns[each] for each in chars}) for rule in rules.values() for chars, _ in rule}
    table = np.full((len(numbers) + 1, max(columns.values()) + 1), DEAD, np.int32)
    for name, number in numbers.items():
        for chars, target in reversed(rules[name]):
            table[number, wide[chars]] = numbers[target]
    return table

"""Which symbols may begin a number or go on with it, so that one within a range can still be said, and in its one way.

Shapes: V vocabulary.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from seqgen.constraint import Mask
from seqgen.vocabulary import Vocabulary
from seqgen_midi.tokenizers.numbers import BASE, SHIFT, Numerals, Part, part_of

KEPT: Final = 1 << 14
"""How much is remembered of each thing."""
NEVER: Final = 1 << 62


class Range(NamedTuple):
    """What a number may be: from `low` to `high`, but not `but`."""

    low: int
    high: int
    but: int = -1


class Said(NamedTuple):
    """What has been said of a number: how much, and below what worth more may follow; 0 if nothing may."""

    value: int = 0
    below: int = NEVER


BEGUN: Final = Said()
"""Nothing yet."""
_NONE = frozenset[int]()
_Shape = tuple[Said, bool]
"""What has been said, and whether numbers that are said whole lie near; if not, higher digits are left out."""


class Rows:
    """Sets of ids, each with a number; the same set always has the same."""

    def __init__(self, size: int) -> None:
        self._size, self._rows = size, list[Mask]()
        self._numbers: dict[Hashable, int] = {}

    def of(self, ids: Iterable[int]) -> int:
        """The number of a set."""
        key = frozenset(ids)
        if key not in self._numbers:
            self._numbers[key] = len(self._rows)
            row_V = np.zeros(self._size, np.bool_)
            row_V[list(key)] = True
            self._rows.append(row_V)
        return self._numbers[key]

    def union(self, numbers: Iterable[int]) -> Mask:
        """All that is in any of these sets."""
        union_V = np.zeros(self._size, np.bool_)
        for number in numbers:
            union_V |= self._rows[number]
        return union_V


class Spelling:
    """The numbers of one kind, symbol by symbol: how each may go on."""

    def __init__(self, numerals: Numerals) -> None:
        self.numerals, self._wholes = numerals, numerals.wholes
        self._finals = lru_cache(KEPT)(self._find_finals)

    def after(self, said: Said, part: Part) -> Said | None:
        """What has been said behind a further symbol; None if that is no way to go on."""
        if said == BEGUN:
            return Said(part.value, part.below)
        if not 0 < part.below < said.below:
            return None
        place, digit, last = _split(said)
        if part.below >> SHIFT * place:  # a binary digit of the same place
            goes_on = not (last & last - 1 or part.below & part.below - 1)
        else:
            goes_on = digit in self._finals(place, digit, last)
        return Said(said.value + part.value, part.below) if goes_on else None

    def ends(self, said: Said, range: Range) -> bool:
        """Whether a number in the range has been said."""
        value = said.value
        return range.low <= value <= range.high and value != range.but and self._is_final(said, self._wholes)

    def least(self, said: Said, range: Range) -> int:
        """The smallest number in the range that can still be said; NEVER if none can."""
        if said == BEGUN:
            number = range.low + (range.low == range.but)
            return number if number <= range.high else NEVER
        return self._least(said, range, self._wholes)

    def rest(self, said: Said, range: Range) -> tuple[str, ...]:
        """The symbols that are missing to the smallest number in the range."""
        way, value = self.numerals.say(self.least(said, range)), 0
        for index, symbol in enumerate(way):
            if value == said.value and (index or said == BEGUN):
                return way[index:]
            value += _part(symbol).value
        return ()

    def _least(self, said: Said, range: Range, wholes: frozenset[int]) -> int:
        low, high, but = range
        if not said.below:
            return said.value if low <= said.value <= high and said.value != but else NEVER
        place, digit, last = _split(said)
        base = said.value - (digit << SHIFT * place)
        for final in self._finals(place, digit, last):
            first = base + (final << SHIFT * place)
            found = max(first, low)
            while found in wholes or found == but:
                found += 1
            if found < first + (1 << SHIFT * place):
                return found if found <= high else NEVER
        return NEVER

    def _is_final(self, said: Said, wholes: frozenset[int]) -> bool:
        if not said.below:
            return True
        place, digit, last = _split(said)
        return said.value not in wholes and digit in self._finals(place, digit, last)

    def _find_finals(self, place: int, digit: int, last: int) -> tuple[int, ...]:
        """The digits that may come of one whose symbol said last was worth `last`, which is all of it or not."""
        known = self.numerals.digits[place]
        whole = (digit,) if (digit in known) == (digit == last) else ()
        more = () if last & last - 1 else tuple(n for n in range(digit + 1, digit + last) if n not in known)
        return whole + more


class Counting(Spelling):
    """The same with the ids of a vocabulary: which symbols may come next."""

    def __init__(self, numerals: Numerals, vocabulary: Vocabulary, rows: Rows) -> None:
        super().__init__(numerals)
        self._id_of, self._rows, self._sorted = vocabulary.id_of, rows, sorted(numerals.wholes)
        parts = [(self._id_of(symbol), part_of(symbol)) for symbol in numerals.symbols()]
        self._parts = [(id, part) for id, part in parts if part]
        self._table = lru_cache(KEPT)(self._make_table)
        self._cut = lru_cache(KEPT)(self._make_cut)
        self._path = lru_cache(KEPT)(self._make_path)
        self.row: Callable[[Said, Range], int] = lru_cache(KEPT)(self._quickly)
        """What may come next, as the number of a set: the fast twin of `plainly`."""

    def plainly(self, said: Said, range: Range) -> int:
        """What may come next, as the number of a set, found by trying all symbols."""
        after = ((id, self.after(said, part)) for id, part in self._parts)
        return self._rows.of(id for id, said in after if said and self.least(said, range) < NEVER)

    def _quickly(self, said: Said, range: Range) -> int:
        low, high, but = range
        shape, shift = self._shape(said)
        leasts, _ = self._table(shape)
        if not leasts or low > max(1, leasts[0] + shift):
            return self.plainly(said, range)
        count, barred = bisect_right(leasts, high - shift), -1
        if but >= low and (on := self._path(but).get(said)) and self.least(on[1], range) == NEVER:
            barred = on[0]
        return self._cut(shape, count, barred, low == 0 != but and said == BEGUN)

    def _shape(self, said: Said) -> tuple[_Shape, int]:
        """What decides about the symbols that may follow, and how much is to be added to it."""
        if said.below in (0, NEVER):
            return (said, True), 0
        value, place = said.value, (said.below.bit_length() - 1) // SHIFT
        nearest = bisect_right(self._sorted, value)
        if nearest < len(self._sorted) and self._sorted[nearest] < value + said.below:
            return (said, True), 0
        lower = value & (BASE << SHIFT * place) - 1
        return (Said(lower, said.below), False), value - lower

    def _make_table(self, shape: _Shape) -> tuple[list[int], list[int]]:
        """The smallest number but 0 that each symbol leads to, in order, and the ids of the symbols."""
        said, near = shape
        wholes, any = self._wholes if near else _NONE, Range(1, NEVER - 1)
        after = ((id, self.after(said, part)) for id, part in self._parts)
        found = sorted((self._least(said, any, wholes), id) for id, said in after if said)
        found = found[: bisect_left(found, (NEVER, 0))]
        return [least for least, _ in found], [id for _, id in found]

    def _make_cut(self, shape: _Shape, count: int, barred: int, zero: bool) -> int:
        ids = {*self._table(shape)[1][:count]} - {barred}
        return self._rows.of(ids | {self._id_of(f"{self.numerals.kind}0")} if zero else ids)

    def _make_path(self, number: int) -> dict[Said, tuple[int, Said]]:
        """The symbol that follows behind each part of a number, and what has been said then."""
        path, said = dict[Said, tuple[int, Said]](), BEGUN
        for symbol in self.numerals.say(number):
            part = _part(symbol)
            on = Said(said.value + part.value, part.below)
            path[said], said = (self._id_of(symbol), on), on
        return path


def _part(symbol: str) -> Part:
    part = part_of(symbol)
    assert part is not None
    return part


def _split(said: Said) -> tuple[int, int, int]:
    """The place that was said last, the digit there so far, and how much of it the last symbol said."""
    place = (said.below.bit_length() - 1) // SHIFT
    return place, said.value >> SHIFT * place & BASE - 1, said.below >> SHIFT * place

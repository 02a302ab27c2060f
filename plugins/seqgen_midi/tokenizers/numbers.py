"""How numbers are said in symbols: the common ones whole, all others by their digits.

A symbol is the letter of its kind and a number. `t240` is 240 said whole; `t7.1` is the digit 7 at place 1 in base 32,
worth 224, and `t16` the digit 16 at place 0. Digits of 0 are left out, the highest place comes first, and symbols of
one kind add up as long as each is worth less than the one before. A digit that is not known is the sum of binary ones,
16, 8, 4, 2 and 1 of its place, which always are. There is one way to say a number.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Self

from seqgen.errors import InputError

SHIFT = 5
BASE = 1 << SHIFT
BITS = {
    "x": 15,
    "t": 28,
    "d": 28,
    "q": 24,
    "m": 8,
    "k": 16,
    "c": 4,
    "i": 7,
    "v": 7,
    "o": 7,
    "u": 7,
    "b": 13,
    "f": 14,
}
"""How many bits the numbers of each kind have: as many as MIDI has for them."""
POSITIVE = "xtqmvf"
"""Kinds whose numbers are never 0."""
PAYS = 16
"""A symbol that spares fewer than so many in training is not worth its row in a model."""
REMEMBERED = 1 << 14

_SYMBOL = re.compile(r"([a-z])(\d{1,9})(?:\.([0-5]))?")


class Part(NamedTuple):
    """What a symbol says of a number: its kind, how much, and below what worth more may follow; 0 if nothing may."""

    kind: str
    value: int
    below: int


@lru_cache(REMEMBERED)
def part_of(symbol: str) -> Part | None:
    """The part of a number that a symbol is; None for any other symbol."""
    found = _SYMBOL.fullmatch(symbol)
    if not found or found[1] not in BITS:
        return None
    value = int(found[2])
    if found[3] is None and value >= BASE:
        return Part(found[1], value, 0)
    worth = value << SHIFT * int(found[3] or 0)
    return Part(found[1], worth, worth)


def digit_symbol(kind: str, digit: int, place: int) -> str:
    """The symbol of a digit."""
    return f"{kind}{digit}.{place}" if place else f"{kind}{digit}"


def binary(digit: int) -> list[int]:
    """The powers of two that a digit is the sum of, highest first."""
    return [1 << bit for bit in reversed(range(digit.bit_length())) if digit >> bit & 1]


def digits_of(number: int) -> Iterator[tuple[int, int]]:
    """The places of a number that are not 0 and their digits, highest first."""
    for place in reversed(range((number.bit_length() + SHIFT - 1) // SHIFT)):
        if digit := number >> SHIFT * place & BASE - 1:
            yield place, digit


@dataclass(frozen=True)
class Numerals:
    """How the numbers of a kind are said: which ones whole, and which digits of each place are known.

    Raises InputError for what is no such thing.
    """

    kind: str
    wholes: frozenset[int]
    digits: tuple[frozenset[int], ...]

    @classmethod
    def plain(cls, kind: str) -> Self:
        """All digits, and no number whole."""
        return cls(kind, frozenset(), tuple(frozenset(range(1, 1 + high)) for high in _highest(kind)))

    @classmethod
    def learn(cls, kind: str, counts: Mapping[int, int], whole: int) -> Self:
        """What pays for numbers that occur so often; at most so many of them whole."""
        spared = {n: (sum(1 for _ in digits_of(n)) - 1) * count for n, count in counts.items()}
        best = sorted((-saving, n) for n, saving in spared.items() if saving >= PAYS and n >= BASE)[:whole]
        wholes = frozenset(n for _, n in best)
        seen = Counter[tuple[int, int]]()
        for n, count in counts.items():
            if n not in wholes:
                seen.update(dict.fromkeys(digits_of(n), count))
        paying = [each for each, count in seen.items() if (each[1].bit_count() - 1) * count >= PAYS]
        return cls.known(kind, wholes, paying)

    @classmethod
    def commonest(cls, kind: str, counts: Mapping[int, int], whole: int) -> Self:
        """The numbers that occur most often whole, at most so many, and no other digits than the binary ones."""
        best = sorted((n for n in counts if n >= BASE), key=lambda n: (-counts[n], n))[:whole]
        return cls.known(kind, best, ())

    @classmethod
    def known(cls, kind: str, wholes: Iterable[int], digits: Iterable[tuple[int, int]]) -> Self:
        """These numbers whole, and these digits, a place with each, beside the binary ones."""
        places = [{1 << bit for bit in range(high.bit_length())} for high in _highest(kind)]
        for place, digit in digits:
            if not (0 <= place < len(places) and 0 < digit < 2 * max(places[place])):
                raise InputError(f"the digit {digit} of {kind!r}", f"it has none at place {place}", "Learn it anew")
            places[place].add(digit)
        made = cls(kind, frozenset(wholes), tuple(map(frozenset, places)))
        if any(not BASE <= n < 1 << BITS[kind] for n in made.wholes):
            raise InputError(f"the whole numbers of {kind!r}", "one is out of range", "Learn them anew")
        return made

    def say(self, number: int) -> tuple[str, ...]:
        """The symbols of a number."""
        if number in self.wholes or not number:
            return (f"{self.kind}{number}",)
        return tuple(
            digit_symbol(self.kind, each, place)
            for place, digit in digits_of(number)
            for each in ([digit] if digit in self.digits[place] else binary(digit))
        )

    @cached_property
    def ways(self) -> "Ways":
        """The symbols of each number, remembered."""
        return Ways(self)

    def symbols(self) -> tuple[str, ...]:
        """All symbols of this kind."""
        digits = [digit_symbol(self.kind, n, place) for place, known in enumerate(self.digits) for n in sorted(known)]
        zero = [] if self.kind in POSITIVE else [f"{self.kind}0"]
        return (*zero, *digits, *(f"{self.kind}{n}" for n in sorted(self.wholes)))

    def to_json(self) -> list[Any]:
        """Whole numbers, and place and digit of each known one, as a JSON value. The reverse of `from_json`."""
        known = [[place, n] for place, digits in enumerate(self.digits) for n in sorted(digits) if n & n - 1]
        return [sorted(self.wholes), known]

    @classmethod
    def from_json(cls, kind: str, value: Any) -> Self:
        """The numerals that `to_json` gave. Raises InputError for anything else."""
        match value:
            case [[*wholes], [*digits]] if all(type(n) is int for n in wholes) and all(map(_is_pair, digits)):
                return cls.known(kind, wholes, [(place, digit) for place, digit in digits])
        raise InputError(f"the numbers of {kind!r}", "they are not two lists of numbers", "Learn them anew")


class Ways(dict[int, tuple[str, ...]]):
    """The symbols of each number that was asked for."""

    def __init__(self, numerals: Numerals) -> None:
        super().__init__()
        self._say = numerals.say

    def __missing__(self, number: int) -> tuple[str, ...]:
        way = self._say(number)
        if len(self) < REMEMBERED:
            self[number] = way
        return way


class Bare(Numerals):
    """Every number whole: for counting them."""

    def say(self, number: int) -> tuple[str, ...]:
        """One symbol."""
        return (f"{self.kind}{number}",)


def _highest(kind: str) -> list[int]:
    """The highest digit of each place."""
    bits = BITS[kind]
    return [(1 << min(SHIFT, bits - low)) - 1 for low in range(0, bits, SHIFT)]


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value)

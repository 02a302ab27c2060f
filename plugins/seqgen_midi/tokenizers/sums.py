"""Numbers as symbols: one for each that is known, and sums for all others, so that no number is unknown.

`d6` is a whole number; `d128+` is a part of one, of which more follows.
"""

from collections.abc import Callable, Iterable, Iterator


class Sums(dict[int, tuple[str, ...]]):
    """The symbols of each number from 1 to `most`.

    Known are the numbers given and the powers of two. Of any other the highest power of two in it is said, and then, in
    the same way, what is left. So 200 is `d128+` `d72` where 72 is known, and else `d128+` `d64+` `d8`.
    """

    def __init__(self, prefix: str, known: Iterable[int], most: int) -> None:
        super().__init__()
        powers = [1 << power for power in range(most.bit_length())]
        self.most = most
        self.known = frozenset(powers) | {each for each in known if 0 < each <= most}
        self.whole = {number: f"{prefix}{number}" for number in sorted(self.known)}
        self.parts = {power: f"{prefix}{power}+" for power in powers[1:]}

    def __missing__(self, number: int) -> tuple[str, ...]:
        self[number] = said = tuple(self._said(number))
        return said

    def ways(self, begun: int, fits: Callable[[int], bool]) -> Iterator[str]:
        """What may follow where parts that make `begun` have been said, so that the whole is a number that `fits`.

        Law: these are the symbols with which the rest of such a number's symbols begins.
        """
        low = begun & -begun or self.most + 1
        tails = list(_tails(begun))

        def ends(rest: int) -> bool:
            new = begun + rest <= self.most and all(tail + rest not in self.known for tail in tails)
            return new and fits(begun + rest)

        for number, symbol in self.whole.items():
            if number < low and ends(number):
                yield symbol
        for part, symbol in self.parts.items():
            if part < low and any(rest not in self.known and ends(rest) for rest in range(part + 1, 2 * part)):
                yield symbol

    def _said(self, number: int) -> Iterator[str]:
        while number not in self.known:
            part = 1 << number.bit_length() - 1
            yield self.parts[part]
            number -= part
        yield self.whole[number]


def _tails(begun: int) -> Iterator[int]:
    """The sums of the last part, the last two, and so on."""
    tail = 0
    while begun:
        last = begun & -begun
        tail += last
        begun -= last
        yield tail

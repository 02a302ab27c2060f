"""Pieces in which text is spelled: byte-pair merges (Sennrich et al., arXiv 1508.07909) over characters, where a piece
that begins a word is another than one that goes on; and bytes of UTF-8 for characters that an alphabet lacks.

Such symbols begin with a space and a sign, so that they are no words themselves.
"""

import codecs
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import TypeVar

BEGIN, PIECE, BYTE = " ^", " +", " ~"
"""How a word begins, how it goes on, and the next byte of a character, in two hexadecimal digits."""
REPLACEMENT = "\ufffd"
KEPT = 1 << 17
"""Values that a memo remembers, at most."""

Merge = tuple[str, str]
Value = TypeVar("Value")


class Memo(dict[str, Value]):
    """A function of text that remembers its values, and forgets them all when there are too many."""

    def __init__(self, function: Callable[[str], Value]) -> None:
        self._function = function

    def __missing__(self, text: str) -> Value:
        if len(self) >= KEPT:
            self.clear()
        value = self[text] = self._function(text)
        return value


def letters(word: str, first: str = BEGIN) -> list[str]:
    """A word in the smallest pieces, the first of them of that kind."""
    return [first + word[0], *(PIECE + letter for letter in word[1:])]


def merged(first: str, second: str) -> str:
    """Two neighbouring pieces as one."""
    return first + second[len(PIECE) :]


def train(words: Iterable[tuple[Sequence[str], int]], count: int) -> list[Merge]:
    """The merges, at most `count`, that shorten these words most, one after the other; of equals the first by name.

    Each word is given in its smallest pieces, with its weight.
    """
    tally = _Tally(words)
    merges: list[Merge] = []
    while len(merges) < count and (best := tally.best()):
        merges.append(best)
        tally.merge(best)
    return merges


class _Tally:
    """Words in pieces, and how often each pair of neighbours occurs in them."""

    def __init__(self, words: Iterable[tuple[Sequence[str], int]]) -> None:
        self._spellings, self._weights = list[Sequence[str]](), list[int]()
        self._totals: Counter[Merge] = Counter()
        self._homes: defaultdict[Merge, set[int]] = defaultdict(set)
        for number, (spelling, weight) in enumerate(words):
            self._spellings.append(spelling)
            self._weights.append(weight)
            for pair in pairwise(spelling):
                self._totals[pair] += weight
                self._homes[pair].add(number)
        self._heap = [(-total, pair) for pair, total in self._totals.items()]
        heapify(self._heap)

    def best(self) -> Merge | None:
        """The commonest pair, if it occurs twice."""
        while self._heap:
            total, pair = self._heap[0]
            if -total == self._totals[pair]:
                return pair if total < -1 else None
            heappop(self._heap)  # counted anew since, and then put in again
        return None

    def merge(self, pair: Merge) -> None:
        """Make every such pair of neighbours one piece."""
        changed: Counter[Merge] = Counter()
        for number in self._homes.pop(pair):
            old, weight = self._spellings[number], self._weights[number]
            new = self._spellings[number] = joined(old, pair)
            for each in pairwise(old):
                changed[each] -= weight
            for each in pairwise(new):
                changed[each] += weight
                self._homes[each].add(number)
        for each, change in changed.items():
            if change:
                self._totals[each] += change
                heappush(self._heap, (-self._totals[each], each))


def spell(word: str, ranks: Mapping[Merge, int], *, first: str = BEGIN) -> list[str]:
    """A word in pieces: of the pairs in it the first one learnt is merged, the leftmost, until none is left."""
    pieces, never, rank_of = letters(word, first), len(ranks), ranks.get
    found = [rank_of(pair, never) for pair in pairwise(pieces)]
    while found and (best := min(found)) < never:
        at = found.index(best)
        pieces[at : at + 2] = [merged(pieces[at], pieces[at + 1])]
        del found[at]
        for pair in range(max(at - 1, 0), min(at + 1, len(found))):
            found[pair] = rank_of((pieces[pair], pieces[pair + 1]), never)
    return pieces


def in_bytes(text: str) -> list[str]:
    """Any text at all, lone surrogates and all, in bytes of UTF-8."""
    return [f"{BYTE}{byte:02x}" for byte in text.encode("utf-8", "surrogatepass")]


def byte_of(digits: str) -> bytes:
    """The byte that two hexadecimal digits say; none for anything else, which only a foreign vocabulary holds."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def decoded(data: bytes, *, final: bool) -> tuple[str, bytes]:
    """The text of the bytes, and those at the end that may begin another character, of which `final` leaves none."""
    text = ""
    while True:
        try:
            more, used = codecs.utf_8_decode(data, "surrogatepass", final)
            return text + more, data[used:]
        except UnicodeDecodeError as error:
            text += data[: error.start].decode("utf-8", "surrogatepass") + REPLACEMENT
            data = data[error.end :]


def joined(pieces: Sequence[str], pair: Merge) -> list[str]:
    """The pieces with every such pair of neighbours made one, from the left."""
    found: list[str] = []
    waiting = list(reversed(pieces))
    while waiting:
        piece = waiting.pop()
        if waiting and (piece, waiting[-1]) == pair:
            piece = merged(piece, waiting.pop())
        found.append(piece)
    return found

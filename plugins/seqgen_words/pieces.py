"""Pieces in which the words that are not known whole are spelled: byte-pair merges (Sennrich et al., arXiv 1508.07909)
over their characters, where a piece that begins a word is another than one that goes on."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from seqgen_words.layout import BEGIN, PIECE

Merge = tuple[str, str]


def letters(word: str) -> list[str]:
    """A word in the smallest pieces."""
    return [BEGIN + word[0], *(PIECE + letter for letter in word[1:])]


def merged(first: str, second: str) -> str:
    """Two neighbouring pieces as one."""
    return first + second[len(PIECE) :]


def train(words: Mapping[str, int], count: int) -> list[Merge]:
    """The merges, at most `count`, that shorten these words most, one after the other; of equals the first by name."""
    spellings = [letters(word) for word in words]
    weights = list(words.values())
    totals: Counter[Merge] = Counter()
    homes: defaultdict[Merge, set[int]] = defaultdict(set)
    for number, spelling in enumerate(spellings):
        for pair in pairwise(spelling):
            totals[pair] += weights[number]
            homes[pair].add(number)
    merges: list[Merge] = []
    while len(merges) < count and totals:
        best = min(totals, key=lambda pair: (-totals[pair], pair))
        if totals[best] < 2:
            break
        merges.append(best)
        for number in homes.pop(best):
            old, spelling = spellings[number], joined(spellings[number], best)
            _count(totals, old, -weights[number])
            _count(totals, spelling, weights[number])
            spellings[number] = spelling
            for pair in pairwise(spelling):
                homes[pair].add(number)
    return merges


def spell(word: str, ranks: Mapping[Merge, int]) -> list[str]:
    """A word in pieces: the merges applied in the order in which they were learnt."""
    pieces = letters(word)
    while len(pieces) > 1:
        best = min(pairwise(pieces), key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        pieces = joined(pieces, best)
    return pieces


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


def _count(totals: Counter[Merge], pieces: Iterable[str], weight: int) -> None:
    for pair in pairwise(pieces):
        totals[pair] += weight
        if totals[pair] <= 0:
            del totals[pair]

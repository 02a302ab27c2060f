"""How much of what a model wrote is copied from its training ids: exact, by hashes of windows that are then compared.

A window's hash is the sum of (id + 1) * BASE^j over its positions j, modulo 2^64 (after Karp and Rabin, 1987).
BASE is odd, so it has an inverse there, and each window of a given length costs one subtraction and one product.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[Any]
"""A row of ids."""
Hashes = NDArray[np.uint64]
"""A row of hashes."""

STRETCH = 1 << 20
"""Training ids hashed at a time, so that memory does not grow with the training ids."""
BASE = 0x9E3779B97F4A7C15
"""What hashes are powers of; odd, and without a pattern in its bits."""
BLOCK = 1 << 15
"""Windows looked up at a time, so that they stay in the cache and a find ends the search early."""


class Copy(NamedTuple):
    """A span that a sample shares with the training ids: its length, and where it begins in each."""

    length: int
    sample: int
    training: int


@dataclass(frozen=True)
class CopyReport:
    """The longest copies in some samples, in symbols; `whole` is the share of samples that are copies throughout."""

    samples: int
    symbols: int
    longest: int
    mean_longest: float
    """The mean, over the samples, of the longest copy in each."""
    whole: float


def copy_report(samples: Sequence[Ids], training: Ids) -> CopyReport:
    """How much of the samples stands is in the training ids; with document marks in both, `whole` is of documents."""
    lengths = [copy.length for copy in longest_copies(samples, training)]
    symbols = sum(map(len, samples))
    whole = sum(0 < length == len(sample) for length, sample in zip(lengths, samples, strict=True))
    count = max(1, len(samples))
    return CopyReport(len(samples), symbols, max(lengths, default=0), sum(lengths) / count, whole / count)


def longest_copy(sample: Ids, training: Ids) -> Copy:
    """A longest span that both hold; of length 0 if they share nothing."""
    return longest_copies([sample], training)[0]


def longest_copies(samples: Sequence[Ids], training: Ids) -> list[Copy]:
    """For each sample a longest span that the training ids hold too."""
    hashed = [_Hashed(np.asarray(sample)) for sample in samples]
    best = [Copy(0, 0, 0)] * len(samples)
    beyond = max(map(len, samples), default=1) - 1
    for start in range(0, len(training), STRETCH):
        stretch = _Hashed(np.asarray(training[start : start + STRETCH + beyond]))
        for k, sample in enumerate(hashed):
            found = _longer(sample, stretch, best[k].length)
            best[k] = found._replace(training=found.training + start) if found else best[k]
    return best


class _Hashed:
    """Ids with what the hashes of all their windows need."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        terms = (ids.astype(np.uint64) + np.uint64(1)) * _powers(BASE, len(ids))
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
        self._shifts = _powers(pow(BASE, -1, 1 << 64), len(ids))

    def windows(self, length: int, *, start: int = 0, count: int | None = None) -> Hashes:
        """The hashes of the windows of that length, of `count` of them from `start` on."""
        stop = len(self.ids) + 1 - length if count is None else min(start + count, len(self.ids) + 1 - length)
        sums = self._sums[start + length : stop + length] - self._sums[start:stop]
        hashes: Hashes = sums * self._shifts[start:stop]
        return hashes


def _powers(base: int, count: int) -> Hashes:
    factors = np.full(count, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)


def _longer(sample: _Hashed, stretch: _Hashed, length: int) -> Copy | None:
    """A longest common span if it is longer than `length`: in leaps that grow with success, then by halving."""
    best, leap, limit = None, 1, min(len(sample.ids), len(stretch.ids))
    while length < limit:
        probe = min(length + leap, limit)
        found = _common(sample, stretch, probe)
        if found:
            best, length, leap = found, found.length, 2 * leap
        else:
            limit = probe - 1
            leap = max(1, (limit - length + 1) // 2)
    return best


def _common(sample: _Hashed, stretch: _Hashed, length: int) -> Copy | None:
    """A common span of that length, as far as it goes on."""
    known = _Sorted(sample.windows(length))
    for start in range(0, len(stretch.ids) + 1 - length, BLOCK):
        for i, offset in known.pairs(stretch.windows(length, start=start, count=BLOCK)):
            k = start + offset
            if np.array_equal(sample.ids[i : i + length], stretch.ids[k : k + length]):
                return Copy(length + _agreement(sample.ids[i + length :], stretch.ids[k + length :]), i, k)
    return None


class _Sorted:
    """Hashes ready to be looked up; a sieve over their leading bits turns most others away before the search."""

    def __init__(self, hashes: Hashes) -> None:
        self._order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._order]
        bits = min(24, max(16, len(hashes).bit_length() + 5))
        self._drop = np.uint64(64 - bits)
        self._sieve = np.zeros(1 << bits, np.bool_)
        self._sieve[hashes >> self._drop] = True

    def pairs(self, others: Hashes) -> Iterator[tuple[int, int]]:
        """The positions, here and there, of equal hashes."""
        candidates = np.flatnonzero(self._sieve[others >> self._drop])
        first, last = (np.searchsorted(self._hashes, others[candidates], side) for side in ("left", "right"))
        for hit in np.flatnonzero(first < last):
            for at in range(first[hit], last[hit]):
                yield int(self._order[at]), int(candidates[hit])


def _agreement(left: Ids, right: Ids) -> int:
    """How many ids the two begin with in common."""
    size = min(len(left), len(right))
    different = left[:size] != right[:size]
    return int(different.argmax()) if different.any() else size

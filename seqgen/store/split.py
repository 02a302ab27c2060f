"""Which part of a corpus each document falls into."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from seqgen.errors import CorpusError, UsageError, counted

PARTS = ("train", "validation", "test")

Sizes = np.ndarray[tuple[int], np.dtype[np.int64]]
"""How many symbols each document has, boundaries not counted."""
Ends = np.ndarray[tuple[int, int], np.dtype[np.int64]]
"""For each document and part, how many of the document's symbols lie in that part and in those before it."""


@dataclass(frozen=True)
class Split:
    """The share of the corpus that each part gets; a part of share 0 stays empty. Raises UsageError out of bounds."""

    train: float = 0.9
    validation: float = 0.05
    test: float = 0.05

    def __post_init__(self) -> None:
        shares = (self.train, self.validation, self.test)
        if not (self.train > 0 and min(shares) >= 0 and abs(sum(shares) - 1) < 1e-6):
            there = "each must be 0 or more, the first above 0, and their sum 1 (or 100 in per cent)"
            raise UsageError(f"the split {self}", there, "Write three shares such as 90,5,5")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The split written as three shares, or three per cents: `90,5,5`. The reverse of `str`."""
        try:
            train, validation, test = (float(share) for share in text.split(","))
        except ValueError:
            raise UsageError(f"the split {text!r}", "it is not three numbers", "Write it like 90,5,5") from None
        whole = 100 if train + validation + test > 1.5 else 1
        return cls(train / whole, validation / whole, test / whole)

    def __str__(self) -> str:
        return ",".join(f"{100 * share:.10g}" for share in (self.train, self.validation, self.test))


def deal(sizes: Sizes, split: Split, seed: int) -> Ends:
    """Which part each document falls into. Raises CorpusError if a part that is wanted would stay empty."""
    full = np.flatnonzero(sizes)
    symbols = int(sizes.sum())
    units, kind = (len(full), "documents") if len(full) > 1 else (symbols, "symbols")
    wanted = sum(share > 0 for share in (split.train, split.validation, split.test))
    if units < wanted:
        held, parts = f"{counted(symbols, 'symbol')} in {counted(len(full), 'document')}", counted(wanted, "part")
        there = f"it holds {held}, too few {kind} for the {parts} of {split}"
        fewer = ", or ask for fewer parts with a split like 100,0,0" if wanted > 1 else ""
        raise CorpusError("preparing the corpus", there, f"Add text{fewer}")
    ends = np.zeros((len(sizes), len(PARTS)), np.int64)
    if len(full) == 1:
        ends[full[0]] = cut(units, split)
    else:
        for document, part in zip(full, _choose(sizes[full], split, seed), strict=True):
            ends[document, part:] = sizes[document]
    return ends


def with_variants(ends: Ends, sizes: Sizes, variant_N: NDArray[np.bool_]) -> Ends:
    """The ends, each variant in training if what it was made from is, and nowhere otherwise."""
    made_from = np.maximum.accumulate(np.where(variant_N, 0, np.arange(len(variant_N))))
    trained: NDArray[np.bool_] = variant_N & (ends[made_from, 0] > 0)
    return np.where(trained[:, None], sizes[:, None], ends)


def cut(size: int, split: Split) -> tuple[int, int, int]:
    """Where the parts of an only document of that size end; a part that is wanted gets one symbol at least."""
    train = min(max(int(size * split.train), 1), size - (split.validation > 0) - (split.test > 0))
    if not split.test:
        return train, size, size
    if not split.validation:
        return train, train, size
    return train, min(max(int(size * (split.train + split.validation)), train + 1), size - 1), size


def _choose(sizes: Sizes, split: Split, seed: int) -> list[int]:
    """The part of each document: the held-out ones are taken first, in a seeded order, the others are for training."""
    size_of, parts = sizes.tolist(), [0] * len(sizes)
    left = np.random.default_rng(seed).permutation(len(sizes)).tolist()
    held_out = [(part, share) for part, share in ((1, split.validation), (2, split.test)) if share > 0]
    for done, (part, share) in enumerate(held_out):
        most = len(left) - (len(held_out) - done)
        for document in _take(left, size_of, share * sum(size_of), most):
            parts[document] = part
        left = [document for document in left if not parts[document]]
    return parts


def _take(order: list[int], sizes: list[int], target: float, most: int) -> list[int]:
    """The documents, met in that order, that bring the sum of sizes nearer to the target; from one to `most`."""
    taken: list[int] = []
    total = 0
    for document in order:
        if len(taken) < most and total + sizes[document] / 2 <= target:
            taken.append(document)
            total += sizes[document]
    return taken or [min(order, key=sizes.__getitem__)]

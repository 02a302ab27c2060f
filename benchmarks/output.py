"""What large vocabularies cost training: the loss taken in slices beside the plain loss, in time and in memory.

Whole optimiser steps, as trained by default: beside the plain loss, of all logits at once; beside the matrix products
of the step alone; and with a hidden layer before the output, beside one without. Memory is the most that a step takes
at any time on top of what there is before it, at one window and at four times that; what still grows belongs to the
layers. Symbols are drawn at random, since speed does not depend on them.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from unittest.mock import patch

import numpy as np
from torch.profiler import profile

from benchmarks import own
from benchmarks.measuring import Figure, Goal, Work, alternate, pace, show
from benchmarks.throughput import product_work
from seqgen.nn import keep_memory
from seqgen.nn.machine import pick_precision
from seqgen.training import Step, step
from seqgen.vocabulary import Vocabulary

SPEED_GOAL, MEMORY_GOAL = Goal("ratio", "least", 1), Goal("ratio", "most", 1)
SIZES = (1000, 4000, 8000, 16_000)
SYMBOLS = 200_000
FIRST = 0x4E00
"""As many characters as are wanted begin here."""
QUICK = {"vocabulary": [600], "width": 32, "lanes": 8, "turns": 2}
COUNT = 3
"""Steps in a turn."""


def main(arguments: Sequence[str]) -> None:
    """Print the figures of each size."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """Sizes, and how often all take turns."""
    parser.add_argument("--vocabulary", type=int, nargs="+", default=SIZES)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--embedding", type=int, default=64)
    parser.add_argument("--head", type=int, default=128)
    parser.add_argument("--lanes", type=int, default=96)
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--turns", type=int, default=7)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Symbols a second, then megabytes."""
    if given.quick:
        vars(given).update(QUICK)
    keep_memory()
    given.precision, given.layers = pick_precision(given.precision, "cpu"), 1
    for size in given.vocabulary:
        yield from speeds(size, given)
        yield from memory(size, given)


def speeds(size: int, given: argparse.Namespace) -> Iterator[Figure]:
    """Of the loss in slices, beside each of the others."""
    sliced, plain = taken(size, given), plainly(taken(size, given))
    works = [work(sliced), work(plain), work(taken(size, given, head=given.head))]
    own, base, hidden, products = alternate(
        [*works, product_work(given, vocabulary=size, embedding=given.embedding)], given.turns
    )
    yield Figure.beside(f"{size:,} symbols, plain loss", "symbols/s", own=own, base=base, goal=SPEED_GOAL)
    yield Figure.beside(f"{size:,} symbols, products", "symbols/s", own=own, base=products, goal=None)
    yield Figure.beside(f"{size:,} symbols, head {given.head}", "symbols/s", own=hidden, base=own, goal=None)


def memory(size: int, given: argparse.Namespace) -> Iterator[Figure]:
    """Of the loss in slices, beside the plain loss."""
    for window in (given.window, 4 * given.window):
        own, base = (peak(way(taken(size, given, window=window))) for way in (iter, plainly))
        yield Figure(f"{size:,} symbols, memory, window {window}", "MB", own, base, own / base, MEMORY_GOAL)


def taken(size: int, given: argparse.Namespace, **others: int) -> Iterator[Step]:
    """The steps of a training."""
    vocabulary = Vocabulary(("document",), [chr(FIRST + i) for i in range(size - 2)])
    ids = np.random.default_rng(0).integers(vocabulary.unknown + 1, vocabulary.size, SYMBOLS).astype(np.uint16)
    ids[0] = 0
    names = ("width", "embedding", "lanes", "window", "precision")
    return own.steps(
        ids, vocabulary, reset="document", settings={name: getattr(given, name) for name in names} | others
    )


def plainly(steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps with the plain loss."""
    while True:
        with patch.object(step, "LARGE", sys.maxsize):
            each = next(steps)
        yield each


def work(steps: Iterator[Step]) -> Work:
    """Takes steps, and gives symbols a second."""
    return pace((each.scored for each in steps), count=COUNT, warm=2)


def peak(steps: Iterator[Step]) -> float:
    """The most megabytes that were taken within a step on top of those from before."""
    for _ in range(2):
        next(steps)
    with profile(profile_memory=True) as seen:
        next(steps)
    assert seen.profiler and seen.profiler.kineto_results
    events = [each for each in seen.profiler.kineto_results.events() if each.name() == "[memory]"]
    events.sort(key=lambda each: each.start_ns())
    return float(np.cumsum([each.nbytes() for each in events]).max()) / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])

"""Training throughput beside a bare loop over `nn.Embedding`, `nn.LSTM` and `nn.Linear` with fused AdamW and clipping.

The same sizes, lanes, window, precision and allocator; text drawn at random, since speed does not depend on it.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks import bare, own
from benchmarks.bare import Bare
from benchmarks.measuring import Figure, Goal, Work, alternate, pace, show
from seqgen.nn import keep_memory
from seqgen.nn.machine import pick_precision
from seqgen.vocabulary import Vocabulary

GOAL = Goal("ratio", "least", 0.9)
EMBEDDING = 128
VOCABULARY = Vocabulary(("document",), [chr(ord("0") + i) for i in range(64)])
SYMBOLS = 1_000_000
QUICK = {"width": 32, "lanes": 8, "turns": 2}


def main(arguments: Sequence[str]) -> None:
    """Print the figure for one size."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """Sizes, and how often the two take turns."""
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--lanes", type=int, default=96)
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--turns", type=int, default=25)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Symbols a second of both."""
    if given.quick:
        vars(given).update(QUICK)
    keep_memory()
    given.precision = pick_precision(given.precision, "cpu")
    ids = np.random.default_rng(0).integers(VOCABULARY.unknown + 1, VOCABULARY.size, SYMBOLS).astype(np.uint8)
    ids[0] = 0
    speeds = alternate([own_work(ids, given), bare_work(ids, given)], given.turns)
    name = f"{given.layers} x {given.width}, {given.lanes} lanes x {given.window}, {given.precision}"
    yield Figure.beside(name, "symbols/s", own=speeds[0], base=speeds[1], goal=GOAL)


def own_work(ids: np.ndarray, given: argparse.Namespace) -> Work:
    """Trains with seqgen."""
    names = ("layers", "width", "lanes", "window", "precision")
    settings = {name: getattr(given, name) for name in names} | {"embedding": EMBEDDING}
    return pace(step.scored for step in own.steps(ids, VOCABULARY, reset="document", settings=settings))


def bare_work(ids: np.ndarray, given: argparse.Namespace) -> Work:
    """Trains with the bare loop."""
    model = Bare(VOCABULARY.size, layers=given.layers, width=given.width, embedding=EMBEDDING)
    bfloat16 = given.precision == "bfloat16"
    return pace(bare.train(model, ids, lanes=given.lanes, window=given.window, left=lambda: 1.0, bfloat16=bfloat16))


if __name__ == "__main__":
    main(sys.argv[1:])

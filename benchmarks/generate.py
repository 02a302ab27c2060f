"""How fast one sample is written: `generate` beside a loop that steps `nn.LSTM`, `nn.Linear` and `torch.multinomial`.

Both have the same sizes, and as many threads as their libraries choose.
"""

import argparse
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from benchmarks.bare import Bare
from benchmarks.measuring import Figure, Goal, alternate, show
from seqgen import model
from seqgen.codec import Codec
from seqgen.generation import GenerateSettings, Solo, generate
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Player
from seqgen.vocabulary import Vocabulary
from seqgen_chars import Chars

GOAL = Goal("ratio", "least", 5)
SIZES = ((2, 128), (1, 256), (2, 512))
VOCABULARY = Vocabulary(("document",), [chr(ord("0") + i) for i in range(64)])
EMBEDDING = 128
SECONDS, TURNS = 0.25, 9
"""How long a turn takes, about, and how many there are."""
QUICK_SIZES, QUICK_SECONDS, QUICK_TURNS = ((2, 16),), 0.01, 2

Loop = Callable[[int], None]
"""Writes that many symbols."""


def main(arguments: Sequence[str]) -> None:
    """Print one figure a size."""
    show(figures, arguments, about=__doc__)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Symbols a second of both."""
    seconds, turns = (QUICK_SECONDS, QUICK_TURNS) if given.quick else (SECONDS, TURNS)
    for layers, width in QUICK_SIZES if given.quick else SIZES:
        works = [_work(loop(layers, width), seconds) for loop in (own_loop, bare_loop)]
        own, base = alternate(works, turns)
        yield Figure.beside(f"{layers} x {width}", "symbols/s", own=own, base=base, goal=GOAL)


def own_loop(layers: int, width: int) -> Loop:
    """The product's way, from the start of a document on."""
    settings = ModelSettings(VOCABULARY.size, layers=layers, width=width, embedding=EMBEDDING, residual=False)
    rng = np.random.default_rng(0)
    shapes = model.shapes(settings).items()
    player = Player(settings, {name: rng.normal(size=shape, scale=0.05).astype(np.float32) for name, shape in shapes})
    codec = Codec(Chars(), VOCABULARY)

    def loop(count: int) -> None:
        deque(generate(Solo(player, Strategy()), codec, GenerateSettings(length=count)), maxlen=0)

    return loop


def bare_loop(layers: int, width: int) -> Loop:
    """The customary way."""
    network = Bare(VOCABULARY.size, layers=layers, width=width, embedding=EMBEDDING)

    def loop(count: int) -> None:
        id, state = torch.zeros(1, 1, dtype=torch.long), None
        with torch.inference_mode():
            for _ in range(count):
                logits, state = network(id, state)
                id = torch.multinomial(torch.softmax(logits[0], dim=-1), 1)

    return loop


def _work(loop: Loop, seconds: float) -> Callable[[], float]:
    """Writes for about so many seconds a turn, and gives symbols a second."""
    count = max(20, int(seconds * speed(loop, 20)))
    return lambda: speed(loop, count)


def speed(loop: Loop, count: int) -> float:
    """Symbols a second, with a few written before the clock starts."""
    loop(20)
    start = time.perf_counter()
    loop(count)
    return count / (time.perf_counter() - start)


if __name__ == "__main__":
    main(sys.argv[1:])

"""How fast one sample is written: `generate` beside a loop that steps `nn.LSTM`, `nn.Linear` and `torch.multinomial`.

Run as `python -m benchmarks.generate [--json]`. The goal is a ratio of 5. Both have the same sizes, and as many
threads as their libraries choose; they take turns, and the medians are compared, since other work on the machine
comes and goes.
"""

import argparse
import json
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from seqgen import model
from seqgen.codec import Codec
from seqgen.generation import GenerateSettings, generate
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Player
from seqgen.vocabulary import Vocabulary
from seqgen_chars import Chars

GOAL = 5.0
SIZES = ((2, 128), (1, 256), (2, 512))
CHARACTERS = 64
"""With the document mark and the unknown symbol, a vocabulary of 66."""
EMBEDDING = 128
SECONDS = 0.25
"""A turn takes about this long."""
TURNS = 9

Loop = Callable[[int], None]
"""Writes that many symbols."""


def main(arguments: Sequence[str] = ()) -> None:
    """Print one line a size, or one JSON object with them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    results = [compare(layers, width) for layers, width in SIZES]
    if given.json:
        print(json.dumps({"goal": GOAL, "sizes": results}))
        return
    for each in results:
        verdict = "reaches" if each["ratio"] >= GOAL else "MISSES"
        print(
            f"{each['size']:6} seqgen {each['seqgen']:8,.0f} symbols/s   nn.LSTM {each['torch']:7,.0f} symbols/s   "
            f"ratio {each['ratio']:5.1f}, {verdict} the goal of {GOAL:g}"
        )


def compare(layers: int, width: int) -> dict[str, Any]:
    """Symbols a second of both, the medians over turns, and their ratio."""
    loops = (own_loop(layers, width), torch_loop(layers, width))
    counts = [max(20, int(SECONDS * speed(loop, 20))) for loop in loops]
    turns = [[speed(loop, count) for loop, count in zip(loops, counts, strict=True)] for _ in range(TURNS)]
    own, other = (statistics.median(column) for column in zip(*turns, strict=True))
    return {"size": f"{layers}x{width}", "seqgen": own, "torch": other, "ratio": own / other}


def speed(loop: Loop, count: int) -> float:
    """Symbols a second, with a few written before the clock starts."""
    loop(20)
    start = time.perf_counter()
    loop(count)
    return count / (time.perf_counter() - start)


def own_loop(layers: int, width: int) -> Loop:
    """The product's way, from the start of a document on."""
    vocabulary = Vocabulary(("document",), [chr(ord("0") + i) for i in range(CHARACTERS)])
    codec = Codec(Chars(), vocabulary)
    settings = ModelSettings(vocabulary.size, layers=layers, width=width, embedding=EMBEDDING, residual=False)
    rng = np.random.default_rng(0)
    shapes = model.shapes(settings).items()
    player = Player(settings, {name: rng.normal(size=shape, scale=0.05).astype(np.float32) for name, shape in shapes})

    def loop(count: int) -> None:
        deque(generate(player, codec, GenerateSettings(length=count), strategy=Strategy()), maxlen=0)

    return loop


def torch_loop(layers: int, width: int) -> Loop:
    """The customary way."""
    vocabulary = CHARACTERS + 2
    embedding = torch.nn.Embedding(vocabulary, EMBEDDING)
    lstm = torch.nn.LSTM(EMBEDDING, width, layers)
    output = torch.nn.Linear(width, vocabulary)

    def loop(count: int) -> None:
        id, state = torch.zeros(1, 1, dtype=torch.long), None
        with torch.inference_mode():
            for _ in range(count):
                y, state = lstm(embedding(id), state)
                id = torch.multinomial(torch.softmax(output(y[0]), dim=-1), 1)

    return loop


if __name__ == "__main__":
    main(sys.argv[1:])

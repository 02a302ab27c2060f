"""Training throughput on a GPU, beside cuDNN's LSTM alone, forward and backward, which training can approach and not
outrun.

The same sizes, lanes, window and precision; text drawn at random, since speed does not depend on it. Without a GPU it
measures nothing, and says so. Shapes: T steps, B lanes, D embedding.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import numpy as np
import torch
from torch import nn

from benchmarks import own
from benchmarks.measuring import Figure, Work, alternate, pace, show
from seqgen.plan import Precision
from seqgen.vocabulary import Vocabulary

VOCABULARY = Vocabulary(("document",), [chr(ord("0") + i) for i in range(64)])
SYMBOLS = 1_000_000
COUNT, WARM = 200, 50
"""Steps of a turn, and steps left out before the first: they are far shorter than on a CPU."""
NAMED = 3
"""Kernels whose names are told, the longest first."""
QUICK = {"turns": 2}


def main(arguments: Sequence[str]) -> None:
    """Print the figure for one size."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """Sizes, and how often the two take turns; these ones go through the door of cuDNN's fastest kernel."""
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--embedding", type=int, default=128)
    parser.add_argument("--lanes", type=int, default=96)
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--precision", choices=get_args(Precision)[1:], default="float16")
    parser.add_argument("--turns", type=int, default=15)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Symbols a second of both."""
    if not torch.cuda.is_available():
        print("torch sees no GPU here, so there is nothing to measure.", file=sys.stderr)
        return
    if given.quick:
        vars(given).update(QUICK)
    works = [on_gpu(own_steps(given)), on_gpu(kernel_steps(given, "cuda"))]
    print(f"cuDNN's LSTM runs {'; '.join(kernels(works[1]))}", file=sys.stderr)
    speeds = alternate(works, given.turns)
    name = f"{given.layers} x {given.width}, {given.lanes} lanes x {given.window}, {given.precision}"
    yield Figure.beside(name, "symbols/s", own=speeds[0], base=speeds[1], goal=None)


def own_steps(given: argparse.Namespace) -> Iterator[int]:
    """Trains with seqgen."""
    ids = np.random.default_rng(0).integers(VOCABULARY.unknown + 1, VOCABULARY.size, SYMBOLS).astype(np.uint8)
    ids[0] = 0
    names = ("layers", "width", "embedding", "lanes", "window", "precision")
    settings: dict[str, Any] = {name: getattr(given, name) for name in names} | {"device": "cuda"}
    return (step.scored for step in own.steps(ids, VOCABULARY, reset="document", settings=settings))


def kernel_steps(given: argparse.Namespace, device: str) -> Iterator[int]:
    """Takes windows through the layers, forward and backward, without end; gives the symbols of each."""
    dtype = torch.float16 if given.precision == "float16" else torch.float32
    inputs = [given.embedding, *[given.width] * (given.layers - 1)]
    layers = [nn.LSTM(each, given.width, device=device, dtype=dtype) for each in inputs]
    x_TBD = torch.randn(given.window, given.lanes, given.embedding, device=device, dtype=dtype, requires_grad=True)
    while True:
        y, x_TBD.grad = x_TBD, None
        for layer in layers:
            layer.zero_grad()
            y, _ = layer(y)
        y.backward(torch.ones_like(y))
        yield given.window * given.lanes


def on_gpu(steps: Iterator[int]) -> Work:
    """Symbols a second of steps that a GPU takes."""
    return pace(steps, count=COUNT, warm=WARM, wait=torch.cuda.synchronize)


def kernels(turn: Work) -> list[str]:
    """The names of the kernels that take most of a turn."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as seen:
        turn()
    found = sorted(seen.key_averages(), key=lambda each: each.device_time_total, reverse=True)
    return [each.key for each in found[:NAMED]]


if __name__ == "__main__":
    main(sys.argv[1:])

"""Training throughput beside two baselines: a bare loop, and the step's own matrix products alone.

The bare loop goes over `nn.Embedding`, `nn.LSTM` and `nn.Linear` with fused AdamW and clipping; seqgen trains with
AdamW alone beside it. The products are those of the layers and of the output, forward and backward, at the same
shapes and in the same precision; seqgen trains as by default beside them, so what Muon multiplies is counted against
it. Sizes, lanes, window, precision and allocator are the same; text is drawn at random, since speed does not depend
on it.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from benchmarks import bare, own
from benchmarks.bare import Bare
from benchmarks.measuring import Figure, Goal, Work, alternate, pace, show
from seqgen.nn import keep_memory
from seqgen.nn.machine import pick_precision
from seqgen.vocabulary import Vocabulary

BARE_GOAL, PRODUCTS_GOAL = Goal("ratio", "least", 0.9), Goal("ratio", "least", 0.5)
EMBEDDING = 64
VOCABULARY = Vocabulary(("document",), [chr(ord("0") + i) for i in range(64)])
SYMBOLS = 1_000_000
STEPS = 10
"""Steps in a turn."""
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
    name = f"{given.layers} x {given.width}, {given.lanes} lanes x {given.window}, {given.precision}"
    speeds = alternate([own_work(ids, given, "adamw"), bare_work(ids, given)], given.turns)
    yield Figure.beside(f"{name}, bare loop", "symbols/s", own=speeds[0], base=speeds[1], goal=BARE_GOAL)
    speeds = alternate([own_work(ids, given, "muon"), product_work(given)], given.turns)
    yield Figure.beside(f"{name}, products", "symbols/s", own=speeds[0], base=speeds[1], goal=PRODUCTS_GOAL)


def own_work(ids: np.ndarray, given: argparse.Namespace, optimiser: str) -> Work:
    """Trains with seqgen."""
    names = ("layers", "width", "lanes", "window", "precision")
    settings = {name: getattr(given, name) for name in names} | {"embedding": EMBEDDING, "optimiser": optimiser}
    return pace(step.scored for step in own.steps(ids, VOCABULARY, reset="document", settings=settings))


def product_work(given: argparse.Namespace, *, vocabulary: int = VOCABULARY.size, embedding: int = EMBEDDING) -> Work:
    """Takes the products of a step of LSTM layers and of an output, and nothing else."""
    dtype = torch.bfloat16 if given.precision == "bfloat16" else torch.float32

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape).to(dtype)

    B, T, H, V = given.lanes, given.window, given.width, vocabulary
    y_NH, output_VH, z_NV = draw(B * T, H), draw(V, H), draw(B * T, V)
    layers = [(draw(B * T, D), draw(4 * H, D)) for D in (embedding, *[H] * (given.layers - 1))]
    U_GH, h_BH, d_BG, d_NG = draw(4 * H, H), draw(B, H), draw(B, 4 * H), draw(B * T, 4 * H)

    def step() -> None:
        for x_ND, W_GD in layers:
            _ = x_ND @ W_GD.T, d_NG @ W_GD, d_NG.T @ x_ND, d_NG.T @ y_NH
            for _ in range(T):
                _ = h_BH @ U_GH.T, d_BG @ U_GH
        _ = y_NH @ output_VH.T, z_NV @ output_VH, z_NV.T @ y_NH

    def turn() -> float:
        step()
        began = time.perf_counter()
        for _ in range(STEPS):
            step()
        return STEPS * B * T / (time.perf_counter() - began)

    return turn


def bare_work(ids: np.ndarray, given: argparse.Namespace) -> Work:
    """Trains with the bare loop."""
    model = Bare(VOCABULARY.size, layers=given.layers, width=given.width, embedding=EMBEDDING)
    bfloat16 = given.precision == "bfloat16"
    return pace(bare.train(model, ids, lanes=given.lanes, window=given.window, left=lambda: 1.0, bfloat16=bfloat16))


if __name__ == "__main__":
    main(sys.argv[1:])

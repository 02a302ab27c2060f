"""Cells that are linear in their state: the scan beside autograd through a loop, a layer beside its own products.

A layer is one window forward and backward, from gradients of its output to those of its input and parameters. Its
products are the three that this takes, alone, at the same shapes and in the same precision: what a layer does besides
must not rule it.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.measuring import Figure, Goal, Work, alternate, show
from seqgen.cells import CELLS, LinearCell
from seqgen.nn import keep_memory, scan
from seqgen.nn.linear import Scan
from seqgen.nn.machine import pick_precision

SCAN_GOAL, LAYER_GOAL = Goal("ratio", "least", 1.5), Goal("ratio", "least", 0.5)
SHAPES = ((96, 32), (32, 128))
"""Lanes and steps."""
QUICK = {"width": 32, "turns": 2}


def main(arguments: Sequence[str]) -> None:
    """Print the figures."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """Width, precision, and how often the two take turns."""
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--turns", type=int, default=51)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """The scan, then the layers, in symbols a second."""
    if given.quick:
        vars(given).update(QUICK)
    keep_memory()
    given.precision = pick_precision(given.precision, "cpu")
    for lanes, steps in SHAPES:
        name = f"{lanes} lanes x {steps}, {given.width}"
        yield compare(f"scan, {name}", (lanes, steps), scans(lanes, steps, given), SCAN_GOAL, given)
        for cell in (cell for cell in CELLS.values() if isinstance(cell, LinearCell)):
            works = layer(cell, lanes, steps, given)
            yield compare(f"{cell.name}, {name}, {given.precision}", (lanes, steps), works, LAYER_GOAL, given)


def compare(
    name: str, shape: tuple[int, int], works: Sequence[Callable[[], Any]], goal: Goal, given: argparse.Namespace
) -> Figure:
    """Symbols a second of two works."""
    own, base = alternate([paced(work, symbols=shape[0] * shape[1]) for work in works], given.turns)
    return Figure.beside(name, "symbols/s", own=own, base=base, goal=goal)


def paced(work: Callable[[], Any], *, symbols: int) -> Work:
    """Symbols a second; the first time of a turn, which finds the caches full of others' data, is left out."""

    def turn() -> float:
        work()
        began = time.perf_counter()
        work()
        return symbols / (time.perf_counter() - began)

    return turn


def scans(lanes: int, steps: int, given: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Ours, and a loop that autograd looks after, on states alone."""
    shape = (steps, lanes, given.width)
    a_TBH, b_TBH, dh_TBH = (
        torch.rand(shape, requires_grad=True),
        torch.randn(shape, requires_grad=True),
        torch.randn(shape),
    )
    zero_BH, reset_TB = torch.zeros(shape[1:]), torch.zeros(shape[:2], dtype=torch.bool)

    def loop() -> Tensor:
        h_BH, found = zero_BH, []
        for a_BH, b_BH in zip(a_TBH.unbind(), b_TBH.unbind(), strict=True):
            h_BH = torch.addcmul(b_BH, a_BH, h_BH)
            found.append(h_BH)
        return torch.stack(found)

    def back(h_TBH: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(h_TBH, (a_TBH, b_TBH), dh_TBH)

    return (lambda: back(Scan.apply(a_TBH, b_TBH, zero_BH, zero_BH, reset_TB)[0])), (lambda: back(loop()))


def layer(
    cell: LinearCell, lanes: int, steps: int, given: argparse.Namespace
) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A layer of that cell, and its products alone."""
    width, bfloat16 = given.width, given.precision == "bfloat16"
    params = {name: torch.randn(shape) / width**0.5 for name, shape in cell.shapes(width, width).items()}
    x_TBD, dy_TBH = torch.randn(steps, lanes, width), torch.randn(steps, lanes, width)
    leaves = [value.requires_grad_() for value in (x_TBD, *params.values())]
    state, reset_TB = cell.start(params, lanes), torch.zeros(steps, lanes, dtype=torch.bool)

    def whole() -> tuple[Tensor, ...]:
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            y_TBH, _ = scan(cell, params, x_TBD, state, reset_TB)
        return torch.autograd.grad(y_TBH, leaves, dy_TBH)

    return whole, products(params["W"], x_TBD, torch.bfloat16 if bfloat16 else torch.float32)


def products(W_GD: Tensor, x_TBD: Tensor, dtype: torch.dtype) -> Callable[[], Any]:
    """The products of a layer, forward, and backward to its input and its weights."""
    W, x = W_GD.detach().to(dtype), x_TBD.detach().flatten(0, 1).to(dtype)
    d = torch.randn(len(x), len(W), dtype=dtype)
    return lambda: (functional.linear(x, W), d @ W, d.T @ x)


if __name__ == "__main__":
    main(sys.argv[1:])

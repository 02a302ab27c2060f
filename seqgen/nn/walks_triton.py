"""The walks of a linear recurrence as one Triton kernel each, for a GPU; the twins are `walk` and `walk_back` of
`nn.walks`.

A program has a few states to itself and goes through time with them in registers, so that every tensor crosses the
memory once.

Not measured on a GPU, for want of one: the kernels have been compiled for one, and in Triton's interpreter, on the
CPU, they agree with their twins.

Shapes: T steps, B lanes, H width; N states of a program, of the B * H in a row.
"""

from typing import Any

import triton
import triton.language as tl
from torch import Tensor

BLOCK = 128
"""States of a program: one for each thread of its four warps."""


def walk(a_TBH: Tensor, b_TBH: Tensor, begin_BH: Tensor, *, out_TBH: Tensor) -> None:
    """The twin of `nn.walks.walk`."""
    _launch(_forward, (a_TBH.contiguous(), b_TBH.contiguous(), begin_BH.contiguous(), out_TBH))


def walk_back(a_TBH: Tensor, dh_TBH: Tensor, *, out_TBH: Tensor) -> None:
    """The twin of `nn.walks.walk_back`."""
    _launch(_backward, (a_TBH.contiguous(), dh_TBH.contiguous(), out_TBH))


def _launch(kernel: Any, tensors: tuple[Tensor, ...]) -> None:
    steps, size = len(tensors[0]), tensors[0][0].numel()
    kernel[(triton.cdiv(size, BLOCK),)](*tensors, steps, size, BLOCK=BLOCK)


def _walk(
    a: tl.tensor, b: tl.tensor, begin: tl.tensor, out: tl.tensor, steps: tl.tensor, size: tl.tensor, BLOCK: tl.constexpr
) -> None:
    """h_t = a_t * h_(t-1) + b_t."""
    at_N = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there_N = at_N < size
    h_N = tl.load(begin + at_N, mask=there_N)
    for _ in range(steps):
        h_N = tl.load(a + at_N, mask=there_N) * h_N + tl.load(b + at_N, mask=there_N)
        tl.store(out + at_N, h_N, mask=there_N)
        at_N += size


def _walk_back(
    a: tl.tensor, dh: tl.tensor, out: tl.tensor, steps: tl.tensor, size: tl.tensor, BLOCK: tl.constexpr
) -> None:
    """db_t = dh_t + a_(t+1) * db_(t+1), from the last step to the first."""
    at_N = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there_N = at_N < size
    at_N += tl.full((BLOCK,), steps - 1, tl.int64) * size
    g_N = tl.full((BLOCK,), 0.0, out.dtype.element_ty)
    for _ in range(steps):
        g_N += tl.load(dh + at_N, mask=there_N)
        tl.store(out + at_N, g_N, mask=there_N)
        g_N *= tl.load(a + at_N, mask=there_N)
        at_N -= size


_forward, _backward = triton.jit(_walk), triton.jit(_walk_back)

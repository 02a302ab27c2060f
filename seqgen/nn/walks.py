"""h_t = a_t * h_(t-1) + b_t through a window and back, without a graph: autograd through the loop takes many times as
long.

A reset is a_t = 0 and b_t = start, which is exact: 0 * h is 0, for any h that is finite, and so is every gradient
across. Not in logarithms, where a_t = 0 has no place.

Shapes: T steps, B lanes, H width.
"""

from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor


def answers(x: Tensor) -> bool:
    """Whether it may be asked where x is true: of a GPU the answer would have to be waited for."""
    return x.device.type == "cpu"


def fold(a_TBH: Tensor, b_TBH: Tensor, start_BH: Tensor, reset_TB: Tensor) -> None:
    """Write the resets into a and b."""
    if answers(reset_TB):
        steps, lanes = reset_TB.nonzero(as_tuple=True)
        a_TBH[steps, lanes], b_TBH[steps, lanes] = 0.0, start_BH[lanes]
    else:
        a_TBH.masked_fill_(reset_TB[..., None], 0)
        b_TBH.copy_(torch.where(reset_TB[..., None], start_BH, b_TBH))


def cut(g_TBH: Tensor, reset_TB: Tensor) -> Tensor:
    """Take the gradients of b at the resets out of `g_TBH`, where they leave 0: the gradient of the start, (B, H)."""
    if answers(reset_TB):
        steps, lanes = reset_TB.nonzero(as_tuple=True)
        found = torch.zeros_like(g_TBH[0]).index_add_(0, lanes, g_TBH[steps, lanes])
        g_TBH[steps, lanes] = 0.0
        return found
    found = torch.where(reset_TB[..., None], g_TBH, 0).sum(0)
    g_TBH.masked_fill_(reset_TB[..., None], 0)
    return found


def walk(a_TBH: Tensor, b_TBH: Tensor, begin_BH: Tensor, *, out_TBH: Tensor) -> None:
    """Every h_t, from the state `begin_BH` before the window; `out_TBH` may be b itself."""
    if _triton(a_TBH):
        from seqgen.nn import walks_triton

        walks_triton.walk(a_TBH, b_TBH, begin_BH, out_TBH=out_TBH)
        return
    h_BH = begin_BH
    for a_BH, b_BH, out_BH in zip(a_TBH.unbind(), b_TBH.unbind(), out_TBH.unbind(), strict=True):
        h_BH = torch.addcmul(b_BH, a_BH, h_BH, out=out_BH)


def walk_back(a_TBH: Tensor, dh_TBH: Tensor, *, out_TBH: Tensor) -> None:
    """Every gradient of b_t, which is that of h_t by all ways, dh_t + a_(t+1) * db_(t+1); `out_TBH` may be dh."""
    if _triton(a_TBH):
        from seqgen.nn import walks_triton

        walks_triton.walk_back(a_TBH, dh_TBH, out_TBH=out_TBH)
        return
    a_T, dh_T, out_T = a_TBH.unbind(), dh_TBH.unbind(), out_TBH.unbind()
    out_T[-1].copy_(dh_T[-1])
    for t in reversed(range(len(a_T) - 1)):
        torch.addcmul(dh_T[t], a_T[t + 1], out_T[t + 1], out=out_T[t])


def slopes(g_TBH: Tensor, h_TBH: Tensor, begin_BH: Tensor, *, out_TBH: Tensor) -> None:
    """The gradients of a: db_t * h_(t-1)."""
    torch.mul(g_TBH[0], begin_BH, out=out_TBH[0])
    torch.mul(g_TBH[1:], h_TBH[:-1], out=out_TBH[1:])


def _triton(x: Tensor) -> bool:
    return x.is_cuda and _there()


@cache
def _there() -> bool:
    return find_spec("triton") is not None

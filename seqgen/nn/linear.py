"""Linear recurrences over a whole window: one product, the gates of all steps at once, and a walk through time.

The products are taken in the precision of the moment; gates and state are in float32 at least.

Shapes: T steps, B lanes, D inputs, H width, G all products of an input.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seqgen import arrays
from seqgen.cells import LinearCell, Parameters, State
from seqgen.model import blank
from seqgen.nn.gates import GATES, Gates
from seqgen.nn.walks import answers, cut, fold, slopes, walk, walk_back


def linear_scan(
    cell: LinearCell, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor
) -> tuple[Tensor, State]:
    """A window of any cell that `steps_linearly`: the outputs y_TBH and the state behind it."""
    products_TBG = functional.linear(x_TBD, params["W"], params["b"])
    precise = torch.promote_types(products_TBG.dtype, torch.float32)
    start, begin_BH = cell.start(params, x_TBD.shape[1]), state[0].to(precise)
    with torch.autocast(x_TBD.device.type, enabled=False):
        if type(cell) in GATES:
            gates = GATES[type(cell)]
            y_TBH, h_BH = GatedScan.apply(gates, products_TBG, gates.extra(params), begin_BH, reset_TB)
            return y_TBH, (h_BH,)
        products = arrays.split(products_TBG.to(precise), cell.products)
        a_TBH, b_TBH = cell.gates(params, products)
        h_TBH, h_BH = Scan.apply(a_TBH, b_TBH, begin_BH, start[0].to(precise), reset_TB)
        kind = type(cell)
        if kind.read is LinearCell.read and kind.output is LinearCell.output:
            return h_TBH, (h_BH,)
        y_TBH = cell.read(params, products, h_TBH)
        return torch.where(reset_TB[..., None], blank(cell, start, like=y_TBH[0]), y_TBH), (h_BH,)


class Scan(torch.autograd.Function):
    """h_t = start where lane and step are reset, a_t * h_(t-1) + b_t elsewhere: all h_TBH, and the last one.

    Gradients across a reset are exactly 0.
    """

    @staticmethod
    def forward(
        ctx: Any, a_TBH: Tensor, b_TBH: Tensor, begin_BH: Tensor, start_BH: Tensor, reset_TB: Tensor
    ) -> tuple[Tensor, Tensor]:
        h_TBH = torch.empty_like(b_TBH)
        if not answers(reset_TB) or reset_TB.any():
            a_TBH, b_TBH = a_TBH.clone(), b_TBH.clone()
            fold(a_TBH, b_TBH, start_BH, reset_TB)
        walk(a_TBH, b_TBH, begin_BH, out_TBH=h_TBH)
        ctx.save_for_backward(a_TBH, h_TBH, begin_BH, reset_TB)
        ctx.set_materialize_grads(False)
        return h_TBH, h_TBH[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dh_TBH: Tensor | None, dlast_BH: Tensor | None) -> tuple[Tensor | None, ...]:
        return *_back(ctx.saved_tensors, dh_TBH, dlast_BH), None


class GatedScan(torch.autograd.Function):
    """From the products of a window to its outputs and the last state, for a start state of 0."""

    @staticmethod
    def forward(
        ctx: Any, gates: Gates, products_TBG: Tensor, extra_H: Tensor, begin_BH: Tensor, reset_TB: Tensor
    ) -> tuple[Tensor, Tensor]:
        products = products_TBG.split(begin_BH.shape[-1], -1)
        a_TBH, h_TBH = gates.gates(products, extra_H)
        fold(a_TBH, h_TBH, torch.zeros_like(begin_BH), reset_TB)
        walk(a_TBH, h_TBH, begin_BH, out_TBH=h_TBH)
        ctx.gates = gates
        ctx.save_for_backward(products_TBG, extra_H, a_TBH, h_TBH, begin_BH, reset_TB)
        ctx.set_materialize_grads(False)
        return gates.read(products, h_TBH), h_TBH[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy_TBH: Tensor | None, dlast_BH: Tensor | None) -> tuple[Tensor | None, ...]:
        products_TBG, extra_H, *saved = ctx.saved_tensors
        a_TBH, h_TBH, begin_BH, _ = saved
        gradient_TBG, width = torch.empty_like(products_TBG), begin_BH.shape[-1]
        products, slots = products_TBG.split(width, -1), gradient_TBG.split(width, -1)
        dy_TBH = torch.zeros_like(h_TBH) if dy_TBH is None else dy_TBH
        dh_TBH = ctx.gates.read_back(products, slots, h=h_TBH, dy=dy_TBH)
        da_TBH, db_TBH, dbegin_BH, _ = _back(saved, dh_TBH, dlast_BH)
        dextra_H = ctx.gates.gates_back(products, slots, a=a_TBH, da=da_TBH, db=db_TBH, extra_H=extra_H)
        return None, gradient_TBG, dextra_H, dbegin_BH, None


def _back(saved: Sequence[Tensor], dh_TBH: Tensor | None, dlast_BH: Tensor | None) -> tuple[Tensor, ...]:
    """From the gradients of the states and of the last one to those of a, b, the state before the window and start."""
    a_TBH, h_TBH, begin_BH, reset_TB = saved
    if dh_TBH is None:
        dh_TBH = torch.zeros_like(h_TBH)
    if dlast_BH is not None:
        dh_TBH = dh_TBH.clone()
        dh_TBH[-1] += dlast_BH
    da_TBH, db_TBH = torch.empty_like(h_TBH), torch.empty_like(h_TBH)
    walk_back(a_TBH, dh_TBH, out_TBH=db_TBH)
    dstart_BH = cut(db_TBH, reset_TB)
    slopes(db_TBH, h_TBH, begin_BH, out_TBH=da_TBH)
    return da_TBH, db_TBH, a_TBH[0] * db_TBH[0], dstart_BH

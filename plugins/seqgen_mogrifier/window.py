"""The Mogrifier over a window in torch: its steps one by one, the gradients of its weights all at once.

A loop under autograd adds up the gradient of every matrix step by step, which costs more than the steps themselves.
Here the way back walks the states alone, and one product a matrix does the rest.

With v_0 = x and v_1 = h, and 2 sigmoid(p) = 1 + tanh(p / 2), round i of the paper is v_(i+2) = v_i + v_i * t_i, where
t_i = tanh(M_i v_(i+1)) and M_i is half of the paper's matrix.

Shapes: T steps, B lanes, D inputs, H width, G rows of all gates, R channels of x and h together.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from seqgen.cells import Parameters, State
from seqgen.nn.scans import plain_scan

if TYPE_CHECKING:
    from seqgen_mogrifier.cell import Mogrifier

tanh_backward = torch.ops.aten.tanh_backward.grad_input
sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input


def scan(cell: "Mogrifier", params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor) -> tuple[Tensor, State]:
    """The fast twin of the plain scan; that one itself where no gradient is wanted, for it keeps nothing."""
    if not torch.is_grad_enabled():
        return plain_scan(cell, params, x_TBD, state, reset_TB)
    kind = x_TBD.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x_TBD.dtype
    joined_GR = torch.cat([params["W"], params["U"]], dim=1)
    weights = [params["b"], joined_GR, *(params[name] / 2 for name in cell.rounds)]
    start = state[0].to(dtype), state[1].float()
    apply: Any = Window.apply
    y_TBH, c_BH = apply(reset_TB, x_TBD.to(dtype), *start, *(each.to(dtype) for each in weights))
    return y_TBH, (y_TBH[-1], c_BH)


class Window(Function):
    """The outputs, and the last c. Products are taken in the type of x; gates and c are float32."""

    @staticmethod
    def forward(
        ctx: Any, reset_TB: Tensor, x_TBD: Tensor, h_BH: Tensor, c_BH: Tensor, b_G: Tensor, *matrices: Tensor
    ) -> tuple[Tensor, Tensor]:
        joined_GR, *rounds = matrices
        h_TBH = torch.cat([h_BH[None], x_TBD.new_empty(*reset_TB.shape, h_BH.shape[1])])
        values = [x_TBD, h_TBH, *(x_TBD.new_empty(*reset_TB.shape, len(each)) for each in rounds)]
        turns = [torch.empty_like(each) for each in values[2:]]
        read_TBR = x_TBD.new_empty(*reset_TB.shape, joined_GR.shape[1])
        gates_TBG = c_BH.new_empty(*reset_TB.shape, len(b_G))
        cells, count = [], len(rounds)
        last = values[count + count % 2], values[count + 1 - count % 2]
        for t, reset_B1 in enumerate(reset_TB[..., None]):
            for i, matrix in enumerate(rounds):
                turn = torch.mm(values[i + 1][t], matrix.T, out=turns[i][t]).tanh_()
                torch.addcmul(values[i][t], values[i][t], turn, out=values[i + 2][t])
            torch.cat([each[t] for each in last], dim=1, out=read_TBR[t])
            sums_BG = gates_TBG[t].copy_(torch.addmm(b_G, read_TBR[t], joined_GR.T))
            i_BH, f_BH, o_BH, g_BH = gates_of(sums_BG)
            old_BH, c_BH = c_BH, torch.addcmul(f_BH * c_BH, i_BH, g_BH)
            t_BH = c_BH.tanh()
            cells.append((old_BH, t_BH))
            torch.mul(o_BH, t_BH, out=h_TBH[t + 1]).masked_fill_(reset_B1, 0)
            c_BH.masked_fill_(reset_B1, 0)
        ctx.save_for_backward(reset_TB, *matrices)
        ctx.tape = values, turns, read_TBR, gates_TBG, cells
        return h_TBH[1:], c_BH

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy_TBH: Tensor, dc_BH: Tensor) -> tuple[Tensor | None, ...]:
        reset_TB, joined_GR, *rounds = ctx.saved_tensors
        values, turns, read_TBR, gates_TBG, cells = ctx.tape
        dx_TBD, dturns = torch.empty_like(values[0]), [torch.empty_like(each) for each in turns]
        dgates_TBG, dh_BH = torch.empty_like(gates_TBG, dtype=joined_GR.dtype), torch.zeros_like(dc_BH)
        scratch_BG = torch.empty_like(gates_TBG[0])
        for t in reversed(range(len(cells))):
            dh_BH = (dh_BH + dy_TBH[t]).masked_fill_(reset_TB[t, :, None], 0)
            dc_BH = dc_BH.masked_fill(reset_TB[t, :, None], 0)
            dc_BH = through_gates((dh_BH, dc_BH), gates_TBG[t], cells[t], out=scratch_BG)
            dread_BR = dgates_TBG[t].copy_(scratch_BG) @ joined_GR
            pair = dread_BR.split([dx_TBD.shape[2], dh_BH.shape[1]], dim=1)
            low, high = pair[len(rounds) % 2], pair[1 - len(rounds) % 2]
            for i in reversed(range(len(rounds))):
                dturn = tanh_backward(high * values[i][t], turns[i][t], grad_input=dturns[i][t])
                low, high = torch.addcmul(high, high, turns[i][t]), torch.addmm(low, dturn, rounds[i])
            dx_TBD[t], dh_BH = low, high
        dgates_MG = dgates_TBG.flatten(0, 1)
        heard = [d.flatten(0, 1).T @ v[: len(cells)].flatten(0, 1) for d, v in zip(dturns, values[1:], strict=False)]
        return None, dx_TBD, dh_BH, dc_BH, dgates_MG.sum(0), dgates_MG.T @ read_TBR.flatten(0, 1), *heard


def gates_of(sums_BG: Tensor) -> tuple[Tensor, ...]:
    """i, f, o and g, in the place of their sums."""
    i_BH, f_BH, o_BH, g_BH = sums_BG.chunk(4, dim=1)
    sums_BG[:, : 3 * g_BH.shape[1]].sigmoid_()
    return i_BH, f_BH, o_BH, g_BH.tanh_()


def through_gates(
    upper: tuple[Tensor, Tensor], gates_BG: Tensor, kept: tuple[Tensor, Tensor], *, out: Tensor
) -> Tensor:
    """From the gradients of h and c to those of the gates' sums, `out`, and of the c before."""
    (dh_BH, dc_BH), (old_BH, t_BH), (i_BH, f_BH, o_BH, g_BH) = upper, kept, gates_BG.chunk(4, dim=1)
    all_BH: Tensor = dc_BH + tanh_backward(dh_BH * o_BH, t_BH, grad_input=torch.empty_like(t_BH))
    factors = (all_BH, g_BH), (all_BH, old_BH), (dh_BH, t_BH), (all_BH, i_BH)
    for (d_BH, by_BH), out_BH in zip(factors, out.chunk(4, dim=1), strict=True):
        torch.mul(d_BH, by_BH, out=out_BH)
    *_, out_BH = out.chunk(4, dim=1)
    tanh_backward(out_BH, g_BH, grad_input=out_BH)
    sums, sigmoids = (each[:, : 3 * g_BH.shape[1]] for each in (out, gates_BG))
    sigmoid_backward(sums, sigmoids, grad_input=sums)
    return all_BH * f_BH

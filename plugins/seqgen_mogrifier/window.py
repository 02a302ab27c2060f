"""The Mogrifier over a window in torch: its steps one by one, the gradients of its weights all at once.

A loop under autograd adds up the gradient of every matrix step by step, which costs more than the steps themselves.
Here the way back walks the states alone, and one product a matrix does the rest. 2 sigmoid(p) = 1 + tanh(p / 2) makes
a round z + z * t.

Shapes: T steps, B lanes, D inputs, H width, G rows of all gates, R channels of x and h together.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from seqgen.cells import Parameters, State

sigmoid_backward, tanh_backward = torch.ops.aten.sigmoid_backward, torch.ops.aten.tanh_backward


def scan(
    params: Parameters, rounds: list[Tensor], x_TBD: Tensor, state: State, reset_TB: Tensor
) -> tuple[Tensor, State]:
    """The fast twin of `Mogrifier.step` under the law of the reset."""
    kind = x_TBD.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x_TBD.dtype
    joined_GR = torch.cat([params["W"], params["U"]], dim=1)
    weights = [each.to(dtype) for each in (params["b"], joined_GR, *(each / 2 for each in rounds))]
    start = state[0].to(dtype), state[1].float()
    apply: Any = Window.apply
    y_TBH, c_BH = apply(torch.is_grad_enabled(), reset_TB, x_TBD.to(dtype), *start, *weights)
    return y_TBH, (y_TBH[-1], c_BH)


class Window(Function):
    """The outputs, and the last c. Products are taken in the type of x; gates and c are float32."""

    @staticmethod
    def forward(
        ctx: Any, keep: bool, reset_TB: Tensor, x_TBD: Tensor, h_BH: Tensor, c_BH: Tensor, *weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        b_G, joined_GR, *rounds = weights
        width, ctx.tape = h_BH.shape[1], []
        y_TBH = x_TBD.new_empty(*reset_TB.shape, width)
        for x_BD, reset_B1, y_BH in zip(x_TBD, reset_TB[..., None], y_TBH, strict=True):
            read_BR, turns = mogrify(x_BD, h_BH, rounds)
            gates_BG = torch.addmm(b_G, read_BR, joined_GR.T).float()
            gates_BG[:, : 3 * width].sigmoid_()
            gates_BG[:, 3 * width :].tanh_()
            i_BH, f_BH, o_BH, g_BH = gates_BG.chunk(4, dim=1)
            old_BH, c_BH = c_BH, torch.addcmul(f_BH * c_BH, i_BH, g_BH)
            t_BH = c_BH.tanh()
            h_BH = torch.mul(o_BH, t_BH, out=y_BH).masked_fill_(reset_B1, 0)
            c_BH.masked_fill_(reset_B1, 0)
            if keep:
                ctx.tape.append((turns, read_BR, gates_BG, old_BH, t_BH))
        ctx.save_for_backward(reset_TB, joined_GR, *rounds)
        return y_TBH, c_BH

    @staticmethod
    def backward(ctx: Any, dy_TBH: Tensor, dc_BH: Tensor) -> tuple[Tensor | None, ...]:
        reset_TB, joined_GR, *rounds = ctx.saved_tensors
        dx, dgates, dturns, dh_BH = [], [], [], torch.zeros_like(dc_BH)
        for t in reversed(range(len(ctx.tape))):
            turns, _, gates_BG, old_BH, t_BH = ctx.tape[t]
            dh_BH = (dh_BH + dy_TBH[t]).masked_fill_(reset_TB[t, :, None], 0)
            dc_BH = dc_BH.masked_fill(reset_TB[t, :, None], 0)
            dgates_BG, dc_BH = through_gates(dh_BH, dc_BH, gates_BG, old_BH, t_BH)
            dgates_BG = dgates_BG.to(joined_GR.dtype)
            dread = (dgates_BG @ joined_GR).split([joined_GR.shape[1] - dh_BH.shape[1], dh_BH.shape[1]], dim=1)
            dx_BD, dh_BH, its = through_turns(dread, turns, rounds)
            dx.append(dx_BD)
            dgates.append(dgates_BG)
            dturns.append(its)
        dgates_MG = torch.cat(dgates[::-1])
        read = torch.cat([step[1] for step in ctx.tape])
        heard = [
            torch.cat([its[i] for its in dturns[::-1]]).T @ torch.cat([step[0][i][1] for step in ctx.tape])
            for i in range(len(rounds))
        ]
        return (
            None, None, torch.stack(dx[::-1]), dh_BH, dc_BH,
            dgates_MG.sum(0), dgates_MG.T @ read, *heard,
        )  # fmt: skip


Turn = tuple[Tensor, Tensor, Tensor]
"""A round: what was modulated, what it was modulated by, and t."""


def mogrify(x_BD: Tensor, h_BH: Tensor, rounds: list[Tensor]) -> tuple[Tensor, list[Turn]]:
    """x and h side by side after the rounds, read_BR."""
    pair, turns = [x_BD, h_BH], []
    for i, matrix in enumerate(rounds):
        kept, other = pair[i % 2], pair[1 - i % 2]
        t = (other @ matrix.T).tanh_()
        turns.append((kept, other, t))
        pair[i % 2] = torch.addcmul(kept, kept, t)
    return torch.cat(pair, dim=1), turns


def through_turns(dpair: Any, turns: list[Turn], rounds: list[Tensor]) -> tuple[Tensor, Tensor, list[Tensor]]:
    """The gradients of x, of h, and of what each round took the tanh of."""
    dpair, found = list(dpair), []
    for i, (kept, _, t) in reversed(list(enumerate(turns))):
        dkept = dpair[i % 2]
        found.append(tanh_backward(dkept * kept, t))
        dpair[1 - i % 2] = torch.addmm(dpair[1 - i % 2], found[-1], rounds[i])
        dpair[i % 2] = torch.addcmul(dkept, dkept, t)
    return dpair[0], dpair[1], found[::-1]


def through_gates(
    dh_BH: Tensor, dc_BH: Tensor, gates_BG: Tensor, old_BH: Tensor, t_BH: Tensor
) -> tuple[Tensor, Tensor]:
    """The gradients of the sums in the gates, and of the c before."""
    i_BH, f_BH, o_BH, g_BH = gates_BG.chunk(4, dim=1)
    dc_BH = dc_BH + tanh_backward(dh_BH * o_BH, t_BH)
    found = torch.cat([dc_BH * g_BH, dc_BH * old_BH, dh_BH * t_BH, dc_BH * i_BH], dim=1)
    width = dh_BH.shape[1]
    sigmoids = sigmoid_backward(found[:, : 3 * width], gates_BG[:, : 3 * width])
    return torch.cat([sigmoids, tanh_backward(found[:, 3 * width :], g_BH)], dim=1), dc_BH * f_BH

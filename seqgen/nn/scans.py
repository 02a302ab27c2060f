"""A cell over a whole window: the plain scan, which defines it, and fused ones that must equal it.

Shapes: T steps, B lanes, D inputs, H width.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from seqgen.cells import GRU, LSTM, Attention, Cell, Convolution, Feedforward, Parameters, State, steps_linearly
from seqgen.model import reset_step
from seqgen.nn import cudnn
from seqgen.nn.linear import linear_scan
from seqgen.nn.mixers import attention_scan, convolution_scan, feedforward_scan

SHUT = -3e4
"""A gate's pre-activation at a reset step: sigmoid(SHUT + anything reasonable) is exactly 0 in every precision,
float16 included."""


Scan = Callable[[Any, Parameters, Tensor, State, Tensor], tuple[Tensor, State]]


def scan(cell: Cell, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor) -> tuple[Tensor, State]:
    """The outputs y_TBH of a window and the state behind it, by the fastest way there is for this very kind of cell."""
    kind = type(cell)
    if kind not in FUSED and "scan" in vars(kind):
        return cell.scan(params, x_TBD, state, reset_TB)
    general: Scan = linear_scan if steps_linearly(cell) else plain_scan
    return FUSED.get(kind, general)(cell, params, x_TBD, state, reset_TB)


def plain_scan(cell: Cell, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor) -> tuple[Tensor, State]:
    """The definition: one step at a time."""
    outputs = []
    for x_BD, reset_B in zip(x_TBD.unbind(0), reset_TB.unbind(0), strict=True):
        y_BH, state = reset_step(cell, params, x_BD, state, reset_B)
        outputs.append(y_BH)
    return torch.stack(outputs), state


def lstm_scan(cell: Cell, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor) -> tuple[Tensor, State]:
    """On the fused kernel: the flag in channel 0 shuts the input and forget gates, so c = 0 and h = 0 exactly."""
    W, U, b = params["W"], params["U"], params["b"]
    flagged_TBD = _flag(x_TBD, reset_TB)
    weights = [_with_column(W, shut=W.shape[0] // 2), U, b, torch.zeros_like(b)]
    return cudnn.window(torch.lstm, flagged_TBD, state, weights)


def gru_scan(cell: Cell, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor) -> tuple[Tensor, State]:
    """On the fused kernel: the flag shuts the reset and update gates, so h = tanh(b_n), once the input is away."""
    W, U, b, c = params["W"], params["U"], params["b"], params["c"]
    flagged_TBD = _flag(x_TBD * ~reset_TB[..., None], reset_TB)
    inner = torch.cat([torch.zeros_like(c), torch.zeros_like(c), c])
    weights = [_with_column(W, shut=2 * c.shape[0]), U, b, inner]
    return cudnn.window(torch.gru, flagged_TBD, state, weights)


FUSED: dict[type[Cell], Scan] = {
    LSTM: lstm_scan,
    GRU: gru_scan,
    Convolution: convolution_scan,
    Attention: attention_scan,
    Feedforward: feedforward_scan,
}
"""Fused scans, by the exact type of the cell: a cell derived from one of these may step otherwise.
The cell of a plugin brings its own, as its method `scan`."""


def _flag(x_TBD: Tensor, reset_TB: Tensor) -> Tensor:
    """x with the reset flag in channel 0, the channel that is reserved for it: one channel more would leave the fast
    path."""
    return torch.cat([reset_TB[..., None].to(x_TBD.dtype), x_TBD[..., 1:]], dim=-1)


def _with_column(W: Tensor, *, shut: int) -> Tensor:
    """W with the flag's constant column in front: SHUT on the first `shut` rows, 0 below."""
    column = W.new_zeros(W.shape[0], 1)
    column[:shut] = SHUT
    return torch.cat([column, W], dim=1)

"""The fused recurrent kernels, and the narrow door behind which cuDNN keeps its fastest LSTM.

That one holds the recurrent matrix on the chip for a whole window. torch asks for it only in float16, for one layer at
a time, where every condition that `advice` names is met (`get_algo` in aten/src/ATen/native/cudnn/RNN.cpp), and on
GPUs with 98 multiprocessors or more that are not of compute capability 8.6. What is outside the door runs too, on
slower kernels.

Shapes: T steps, B lanes, D inputs, H width.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from seqgen.cells import GRU, LSTM, State
from seqgen.model import ModelSettings

EVEN = 128
"""Inputs and width are multiples of this."""
WIDEST = 1024
LANES, STEP = 128, 8
"""Lanes of one call at most, and what their number is a multiple of."""

Kernel = Callable[..., Any]
"""`torch.lstm` or `torch.gru`."""


def window(kernel: Kernel, x_TBD: Tensor, state: State, weights: Sequence[Tensor]) -> tuple[Tensor, State]:
    """A window through one layer of the kernel: the outputs y_TBH, and the state behind it.

    `weights` are W, U and the two biases, in torch's order of gates. On a GPU the kernel computes in float16 within a
    float16 autocast, and in float32 everywhere else. torch's own autocast would take float16 for bfloat16 too, and
    lay the weights out anew at each call, with a warning; so they are cast here, all in one buffer that cuDNN reads as
    it is. Float32 stays the type of the parameters and of their gradients.
    """
    if not x_TBD.is_cuda:
        return _call(kernel, x_TBD, state, weights)
    half = torch.is_autocast_enabled("cuda") and torch.get_autocast_dtype("cuda") == torch.float16
    dtype = torch.float16 if half else torch.float32
    with torch.autocast("cuda", enabled=False):
        lanes = LANES if half and _fits(x_TBD.shape[-1], state[0].shape[-1]) else x_TBD.shape[1]
        return in_calls(kernel, x_TBD.to(dtype), state, one_buffer(weights, dtype), lanes=lanes)


def in_calls(
    kernel: Kernel, x_TBD: Tensor, state: State, weights: Sequence[Tensor], *, lanes: int
) -> tuple[Tensor, State]:
    """As `window`, in as many calls as it takes if none may have more than so many lanes."""
    cuts = zip(x_TBD.split(lanes, dim=1), *(part.to(x_TBD.dtype).split(lanes) for part in state), strict=True)
    found = [_call(kernel, x, tuple(parts), weights) for x, *parts in cuts]
    if len(found) == 1:
        return found[0]
    ends = zip(*(end for _, end in found), strict=True)
    return torch.cat([y for y, _ in found], dim=1), tuple(torch.cat(parts) for parts in ends)


def one_buffer(weights: Sequence[Tensor], dtype: torch.dtype) -> list[Tensor]:
    """The same weights in that type, one behind the other in memory, as cuDNN keeps those of one layer."""
    flat = torch.cat([weight.flatten() for weight in weights]).to(dtype)
    parts = flat.split([weight.numel() for weight in weights])
    return [part.view(weight.shape) for part, weight in zip(parts, weights, strict=True)]


def advice(model: ModelSettings, *, lanes: int, precision: str) -> list[str]:
    """What to change so that a model goes through the door; nothing if it does, or has no recurrence for it."""
    kinds = {type(cell) for cell in model.cells}
    if LSTM not in kinds:
        return ["take --cell lstm, for there is no such kernel for a gru"] if GRU in kinds else []
    inputs = [model.channels[layer] for layer, cell in enumerate(model.cells) if type(cell) is LSTM]
    fit = min(WIDEST, _up(model.width, EVEN))
    wishes = {
        "--precision float16": precision != "float16",
        f"--width {fit}, for {model.width} is no multiple of {EVEN} up to {WIDEST}": fit != model.width,
        f"--embedding {_up(model.embedding, EVEN)}, for {model.inputs} is no multiple of {EVEN}": any(
            channels % EVEN for channels in inputs if channels != model.width
        ),
        f"--lanes {_up(lanes, STEP)}, for {lanes} is no multiple of {STEP}": lanes % STEP != 0,
    }
    return [f"set {wish}" for wish, unmet in wishes.items() if unmet]


def has_recurrence(model: ModelSettings) -> bool:
    """Whether one of the layers runs on a kernel of cuDNN."""
    return any(type(cell) in (LSTM, GRU) for cell in model.cells)


def _fits(inputs: int, width: int) -> bool:
    return inputs % EVEN == 0 and width % EVEN == 0 and width <= WIDEST


def _up(number: int, step: int) -> int:
    """The next multiple, and at least one."""
    return max(1, -(-number // step)) * step


def _call(kernel: Kernel, x_TBD: Tensor, state: State, weights: Sequence[Tensor]) -> tuple[Tensor, State]:
    hidden = tuple(part[None] for part in state)
    start = hidden if len(hidden) > 1 else hidden[0]
    y_TBH, *ends = kernel(x_TBD, start, weights, True, 1, 0.0, torch.is_grad_enabled(), False, False)
    return y_TBH, tuple(end[0] for end in ends)

"""Which device and which precision this machine is fast with."""

import os
import time
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from seqgen.errors import UsageError, counted
from seqgen.model import ModelSettings
from seqgen.nn import cudnn
from seqgen.plan import Device, Machine, Precision

Fixed = Literal["float32", "bfloat16", "float16"]
"""A precision that nothing is left to be chosen of."""

GAIN = 1.5
"""How much faster products in bfloat16 must be before they are worth their rounding."""

FAST = ("amx_bf16", "avx512_bf16")
"""What Linux calls the instructions that make bfloat16 fast."""
BUSY = 2.0
"""How many times faster one thread must be than all of them."""
WINDOWS = 10
MOST = 4
"""Threads for each core."""


def pick_device(asked: Device) -> Literal["cpu", "cuda"]:
    """`cuda` or `cpu`. Raises UsageError if a GPU is asked for and torch sees none."""
    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        raise UsageError("the device cuda", f"torch {torch.__version__} sees no GPU here", "Use --device cpu or auto")
    return "cuda" if there and asked != "cpu" else "cpu"


def pick_precision(asked: Precision, device: str, *, model: ModelSettings | None = None, lanes: int = 8) -> Fixed:
    """What to compute in; `auto` measures on the CPU, and follows from the model on a GPU.

    There it is float16 for an LSTM that reaches cuDNN's fastest kernel so, float32 for other LSTMs and GRUs, and
    bfloat16 for stacks without them. Raises UsageError for float16 on a CPU.
    """
    if asked == "float16" and device == "cpu":
        there = "it is for a GPU: recurrences cannot be trained in it on a CPU"
        raise UsageError("the precision float16", there, "Use --precision auto, bfloat16 or float32")
    if asked != "auto":
        return asked
    if device != "cpu":
        return _fast_on_cuda(model, lanes)
    if any(flag in _processor() for flag in FAST):
        return "bfloat16"
    return "bfloat16" if _seconds(torch.float32) > GAIN * _seconds(torch.bfloat16) else "float32"


def _fast_on_cuda(model: ModelSettings | None, lanes: int) -> Fixed:
    if model is None:
        return "float32"
    if cudnn.has_recurrence(model):
        return "float32" if cudnn.advice(model, lanes=lanes, precision="float16") else "float16"
    return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"


def prepare(device: str) -> None:
    """Let the tensor cores of a GPU take products in float32, with ten bits of each factor's fraction (TF32), as cuDNN
    does unasked."""
    if device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True


def remarks(machine: Machine, *, model: ModelSettings, lanes: int) -> list[str]:
    """What keeps a model from training as fast as this machine can, in a sentence; nothing if nothing does."""
    wishes = cudnn.advice(model, lanes=lanes, precision=machine.precision) if machine.device == "cuda" else []
    told = [f"This model passes by the fastest kernel of cuDNN. To take it, {'; '.join(wishes)}."] if wishes else []
    if machine.threads > cores():
        told.append(f"{machine.threads} threads wait for one another on {counted(cores(), 'core')}.")
    return told


def cores() -> int:
    """How many cores this machine has, those that another process keeps busy too."""
    return os.cpu_count() or 1


def _processor() -> str:
    """What Linux says of the processor; nothing elsewhere."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def pick_threads(asked: int) -> int:
    """As many threads as asked for; 0 takes torch's own number, or one where that is far faster just now.

    Threads wait for each other many times a step. On a machine that is busy with other work a thread that has lost its
    core makes the others wait for a whole time slice, and two threads can be fifty times slower than one.
    Raises UsageError for more than MOST a core; a few more than cores may be needed to repeat a run of another machine.
    """
    if asked > MOST * cores():
        there = f"this machine has {counted(cores(), 'core')}"
        raise UsageError(f"--threads {asked}", there, f"Ask for {cores()}, at most {MOST * cores()}")
    usual = asked or torch.get_num_threads()
    if asked or usual == 1:
        return usual
    together, alone = _window(usual), _window(1)
    return 1 if together > BUSY * alone else usual


def _window(threads: int) -> float:
    """Seconds for a few small windows of an LSTM."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    lstm, x_TBD = torch.nn.LSTM(128, 128), torch.zeros(32, 32, 128)
    with torch.inference_mode():
        lstm(x_TBD)
        began = time.perf_counter()
        for _ in range(WINDOWS):
            lstm(x_TBD)
        seconds = time.perf_counter() - began
    torch.set_num_threads(before)
    return seconds


def _seconds(dtype: torch.dtype) -> float:
    """The best of a few products of 512 by 512."""
    a, b = torch.ones(512, 512, dtype=dtype), torch.ones(512, 512, dtype=dtype)
    return min(_timed(a, b) for _ in range(8))


def _timed(a: Tensor, b: Tensor) -> float:
    began = time.perf_counter()
    torch.mm(a, b)
    return time.perf_counter() - began


def devices() -> list[str]:
    """What torch can compute on, a line each."""
    found = [f"cpu, {counted(torch.get_num_threads(), 'thread')}"]
    for number in range(torch.cuda.device_count()):
        found.append(f"cuda:{number}, {torch.cuda.get_device_name(number)}, CUDA {torch.version.cuda}")
    return found

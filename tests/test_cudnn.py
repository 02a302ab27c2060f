"""What is done for cuDNN's kernels, as far as a CPU can tell: calls of few lanes, one buffer of weights, advice."""

from typing import Any

import pytest
import torch
from torch import Tensor

from seqgen.cells import CELLS
from seqgen.model import ModelSettings
from seqgen.nn import cudnn, scans
from seqgen.nn.stack import Stack

B, T, D, H = 20, 5, 16, 24
DOOR: dict[str, Any] = {"width": 512, "embedding": 128}


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).requires_grad_(True)


def weights(gates: int) -> list[Tensor]:
    shapes = [(gates * H, D), (gates * H, H), (gates * H,), (gates * H,)]
    return [draw(*shape, seed=seed) for seed, shape in enumerate(shapes)]


@pytest.mark.parametrize(("kernel", "gates", "parts"), [(torch.lstm, 4, 2), (torch.gru, 3, 1)])
@pytest.mark.parametrize("lanes", [1, 8, 20, 128])
def test_several_calls_give_what_one_gives(kernel: Any, gates: int, parts: int, lanes: int) -> None:
    x_TBD, given = draw(T, B, D, seed=9), weights(gates)
    state = tuple(draw(B, H, seed=10 + i) for i in range(parts))
    whole, end = cudnn.window(kernel, x_TBD, state, given)
    cut, cut_end = cudnn.in_calls(kernel, x_TBD, state, given, lanes=lanes)
    torch.testing.assert_close((cut, cut_end), (whole, end), rtol=1e-4, atol=1e-5)
    losses = (y.square().sum() + parts[-1].sum() for y, parts in ((whole, end), (cut, cut_end)))
    ones, others = (torch.autograd.grad(loss, [x_TBD, *state, *given]) for loss in losses)
    torch.testing.assert_close(others, ones, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_weights_lie_one_behind_the_other_and_pass_their_gradients_on(dtype: torch.dtype) -> None:
    given = weights(4)
    laid = cudnn.one_buffer(given, dtype)
    assert len({part.untyped_storage().data_ptr() for part in laid}) == 1
    offset = 0
    for part, weight in zip(laid, given, strict=True):
        assert part.is_contiguous() and part.storage_offset() == offset and torch.equal(part, weight.to(dtype))
        offset += weight.numel()
    loss = torch.stack([part.sum() for part in laid]).sum() * 3
    for gradient, weight in zip(torch.autograd.grad(loss, given), given, strict=True):
        assert gradient.dtype == torch.float32 and gradient.shape == weight.shape and (gradient == 3).all()


def advice(lanes: int = 96, precision: str = "float16", **given: Any) -> list[str]:
    model = ModelSettings(vocabulary=65, **(DOOR | given))
    return cudnn.advice(model, lanes=lanes, precision=precision)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"layers": 3},
        {"width": 1024},
        {"embedding": 512},
        {"lanes": 8},
        {"lanes": 256},
        {"cell": "convolution,lstm"},
    ],
)
def test_the_door_is_open(given: dict[str, Any]) -> None:
    assert advice(**given) == []


@pytest.mark.parametrize(
    ("given", "wish"),
    [
        ({"precision": "float32"}, "set --precision float16"),
        ({"precision": "bfloat16"}, "set --precision float16"),
        ({"width": 500}, "set --width 512, for 500 is no multiple of 128 up to 1024"),
        ({"width": 2048}, "set --width 1024, for 2048 is no multiple of 128 up to 1024"),
        ({"embedding": 64}, "set --embedding 128, for 64 is no multiple of 128"),
        ({"embedding": 0}, "set --embedding 128, for 96 is no multiple of 128"),
        ({"cell": "convolution,lstm", "embedding": 130}, "set --embedding 256, for 130 is no multiple of 128"),
        ({"lanes": 100}, "set --lanes 104, for 100 is no multiple of 8"),
        ({"cell": "gru"}, "take --cell lstm, for there is no such kernel for a gru"),
    ],
)
def test_each_thing_that_shuts_the_door_is_named(given: dict[str, Any], wish: str) -> None:
    assert advice(**given) == [wish]


def test_all_that_shuts_it_is_named_at_once() -> None:
    assert len(advice(lanes=3, precision="float32", width=100, embedding=50)) == 4


def test_other_cells_have_no_door() -> None:
    assert advice(cell="rnn", width=77, precision="float32") == []
    recurrent = {cell: cudnn.has_recurrence(ModelSettings(vocabulary=9, cell=cell)) for cell in CELLS}
    assert [cell for cell, found in recurrent.items() if found] == ["gru", "lstm"]


def test_what_is_advised_is_what_the_scans_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack that is let through hands on inputs, width and weights as they were checked."""
    seen: list[tuple[Any, ...]] = []
    call = cudnn._call

    def watched(kernel: cudnn.Kernel, *given: Any) -> Any:
        seen.append(given)
        return call(kernel, *given)

    monkeypatch.setattr(cudnn, "_call", watched)
    stack = Stack.fresh(ModelSettings(vocabulary=65, width=256, embedding=128, layers=2), 0)
    own = {name.removeprefix("layers.0."): value for name, value in stack.params.items() if "layers.0." in name}
    x_TBD, (state, _) = torch.zeros(3, 8, 128), stack.start(8)
    scans.lstm_scan(CELLS["lstm"], own, x_TBD, state, torch.zeros(3, 8, dtype=torch.bool))
    ((x, parts, laid),) = seen
    assert x.shape == (3, 8, 128) and [part.shape for part in parts] == [(8, 256)] * 2
    assert [part.shape for part in laid] == [(1024, 128), (1024, 256), (1024,), (1024,)]

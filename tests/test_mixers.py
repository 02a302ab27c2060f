"""Cells that look back without a recurrence, and one that does not look back: how far they see, and that resets blind
them.

Shapes: B lanes, T steps, D channels.
"""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from seqgen.cells import Attention, Cell, Convolution, Feedforward, Parameters, State
from seqgen.nn import mixers, scan, scans
from seqgen.playing.layers import PlainLayer
from seqgen.playing.mixers import MIXERS

B, T, D = 3, 40, 32
NEAR = (Convolution(1), Convolution(4), Attention(1), Attention(5), Feedforward(), Feedforward(2))
EVERY = (*NEAR, Convolution(50), Attention(50))
RESETS: dict[str, list[int]] = {
    "none": [],
    "first": [0],
    "last": [T - 1],
    "twice in a row": [4, 5],
    "every step": list(range(T)),
    "here and there": [2, 7, 30],
}


def seen(cell: Cell) -> int:
    """How many steps a cell sees, the present one included."""
    return cell.size if isinstance(cell, Convolution) else cell.size + 1 if isinstance(cell, Attention) else 1


def parameters(cell: Cell) -> Parameters:
    generator = torch.Generator().manual_seed(0)
    shapes = cell.shapes(D, D)
    scale = {name: 0.5 if len(shape) == 1 else shape[-1] ** -0.5 for name, shape in shapes.items()}
    return {name: torch.randn(shape, generator=generator) * scale[name] for name, shape in shapes.items()}


def window(seed: int = 1) -> Tensor:
    return torch.randn(T, B, D, generator=torch.Generator().manual_seed(seed))


def resets(steps: list[int]) -> Tensor:
    """Those steps, the even ones in all lanes and the odd ones in the first."""
    reset_TB = torch.zeros(T, B, dtype=torch.bool)
    for t in steps:
        reset_TB[t, : 1 if t % 2 else B] = True
    return reset_TB


@pytest.fixture(params=["near resets", "everywhere"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A convolution in the way of the CPU, and in that of a GPU."""
    if request.param == "everywhere":
        monkeypatch.setattr(mixers, "_near_resets", mixers._everywhere)


@pytest.fixture(params=[T, 7], ids=["one stretch", "stretches"])
def stretch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attention to a window at once, and a stretch after the other."""
    monkeypatch.setattr(mixers, "SHORTEST", request.param)


@pytest.mark.usefixtures("way", "stretch")
@pytest.mark.parametrize("steps", RESETS.values(), ids=RESETS)
@pytest.mark.parametrize("cell", EVERY, ids=repr)
def test_a_window_equals_its_steps(cell: Cell, steps: list[int]) -> None:
    params, x_TBD, reset_TB = parameters(cell), window().requires_grad_(True), resets(steps)
    past = tuple(torch.rand_like(part).requires_grad_(True) for part in cell.start(params, B))
    for value in params.values():
        value.requires_grad_(True)
    leaves = [x_TBD, *params.values(), *past[:1]]
    found = []
    for way in (scan, scans.plain_scan):
        y_TBD, end = way(cell, params, x_TBD, past, reset_TB)
        total = y_TBD.square().sum() + sum(part.sin().sum() for part in end[:1])
        gradients = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
        found.append((y_TBD, end, gradients))
    torch.testing.assert_close(found[0][:2], found[1][:2], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found[0][2], found[1][2], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("cuts", [[1] * T, [7, 1, 20, 12], [38, 2]], ids=repr)
@pytest.mark.parametrize("cell", EVERY, ids=repr)
def test_windows_of_any_length_equal_one(cell: Cell, cuts: list[int]) -> None:
    params, x_TBD, reset_TB = parameters(cell), window(), resets([2, 7, 30])
    whole, end = scan(cell, params, x_TBD, cell.start(params, B), reset_TB)
    state, parts = cell.start(params, B), []
    for x, reset in zip(torch.split(x_TBD, cuts), torch.split(reset_TB, cuts), strict=True):
        y, state = scan(cell, params, x, state, reset)
        parts.append(y)
    torch.testing.assert_close(torch.cat(parts), whole, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(state, end, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cell", [Convolution(4), Attention(5)], ids=repr)
def test_a_scan_that_carries_nothing_breaks_the_law(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(cell: Any, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor) -> Any:
        return carrying(cell, params, x_TBD, cell.start(params, B), reset_TB)

    carrying = scans.FUSED[type(cell)]
    monkeypatch.setitem(scans.FUSED, type(cell), forgetful)
    with pytest.raises(AssertionError):
        test_windows_of_any_length_equal_one(cell, [38, 2])


@pytest.mark.usefixtures("stretch")
@pytest.mark.parametrize("lengths", [[T], [3] * 13 + [1]], ids=["one window", "many"])
@pytest.mark.parametrize("cell", NEAR, ids=repr)
def test_a_step_sees_so_many_steps_and_none_before(cell: Cell, lengths: list[int]) -> None:
    """Nothing of what is older is left in the memory either."""
    assert_reach(cell, lengths, seen(cell))


@pytest.mark.parametrize("more", [-1, 1])
@pytest.mark.parametrize("cell", [Convolution(4), Attention(5), Feedforward()], ids=repr)
def test_a_reach_of_one_step_more_or_less_is_noticed(cell: Cell, more: int) -> None:
    with pytest.raises(AssertionError):
        assert_reach(cell, [T], seen(cell) + more)


def assert_reach(cell: Cell, lengths: list[int], steps: int) -> None:
    """The last output, or the state behind it, depends on that many steps, and the state stays as large as at first."""
    params, oldest = parameters(cell), T - steps
    assert oldest == T or changes(cell, params, lengths, step=oldest)
    assert not changes(cell, params, lengths, step=oldest - 1)


def changes(cell: Cell, params: Parameters, lengths: list[int], *, step: int) -> bool:
    """Whether the last output, or the state behind it, depends on what was read at that step."""
    found: list[Tensor] = []
    for x_TBD in (window(), window()):
        x_TBD[step] += len(found)
        state = cell.start(params, B)
        for x in torch.split(x_TBD, lengths):
            y, state = scan(cell, params, x, state, torch.zeros(x.shape[:2], dtype=torch.bool))
            assert [part.shape for part in state] == [part.shape for part in cell.start(params, B)]
        found.append(torch.cat([y[-1].flatten(), *(part.flatten() for part in state)]))
    return not torch.equal(*found)


@pytest.mark.usefixtures("way", "stretch")
@pytest.mark.parametrize("bfloat16", [False, True])
@pytest.mark.parametrize("cell", EVERY, ids=repr)
def test_a_reset_blinds(cell: Cell, bfloat16: bool) -> None:
    assert_blind(cell, bfloat16)


@pytest.mark.parametrize("cell", [Convolution(4), Attention(5), Feedforward()], ids=repr)
def test_a_scan_without_its_mask_breaks_the_law(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    def unmasked(cell: Any, params: Parameters, x_TBD: Tensor, state: State, reset_TB: Tensor) -> Any:
        return masked(cell, params, x_TBD, state, torch.zeros_like(reset_TB))

    masked = scans.FUSED[type(cell)]
    monkeypatch.setitem(scans.FUSED, type(cell), unmasked)
    with pytest.raises(AssertionError):
        assert_blind(cell, False)


def assert_blind(cell: Cell, bfloat16: bool) -> None:
    """The reset step outputs zeros, whatever follows is bitwise that of another past, and no gradient goes there."""
    params, at, found = parameters(cell), 6, []
    reset_TB = resets([at, 20])
    for seed in (1, 2):
        x_TBD = torch.cat([window(seed)[: at + 1] * 1e3**seed, window()[at + 1 :]]).requires_grad_(True)
        state = tuple((part + seed).requires_grad_(True) for part in cell.start(params, B))
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            y_TBD, end = scan(cell, params, x_TBD, state, reset_TB)
        assert not y_TBD[at].any()
        total = y_TBD[at:].float().square().sum() + sum(part.sum() for part in end)
        gradients = torch.autograd.grad(total, [x_TBD, *state], materialize_grads=True)
        assert not gradients[0][: at + 1].any() and not any(part.any() for part in gradients[1:])
        assert gradients[0][at + 1 :].any()
        found.append((y_TBD[at:], *end))
    assert all(torch.equal(one, two) for one, two in zip(*found, strict=True))


@pytest.mark.parametrize("cell", EVERY, ids=repr)
def test_a_prepared_layer_equals_the_plain_one(cell: Any) -> None:
    params = {name: value.numpy() for name, value in parameters(cell).items()}
    plain, fast = PlainLayer(cell, params, inputs=D, outputs=D), MIXERS[type(cell)](cell, params)
    rng = np.random.default_rng(0)
    for t in range(200):
        if t in (0, 30, 31, 150):
            plain.clear()
            fast.clear()
        else:
            plain.x[:] = fast.x[:] = rng.normal(size=D)
            plain.step()
            fast.step()
        np.testing.assert_allclose(fast.y, plain.y, rtol=1e-5, atol=1e-5)
        if t == 90:
            other, fast = fast, fast.copy()
            other.x[:] = 5
            other.step()

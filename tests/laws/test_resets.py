"""The laws of the reset: exact in the middle of a window, on fused kernels, for every cell and precision.

Shapes: B lanes, T steps, V symbols. Ids 0 and 1 are boundaries that reset.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from seqgen import model
from seqgen.cells import CELLS
from seqgen.model import ModelSettings
from seqgen.nn import Noise, Stack, scan, scans
from seqgen.plan import Dropout
from tests.cells import EXTRA, MIXED

B, T, V = 4, 12, 40
RESETS = {
    "first": [0],
    "last": [T - 1],
    "twice in a row": [4, 5],
    "every step": list(range(T)),
    "here and there": [2, 7],
}
STACKS: dict[str, dict[str, Any]] = {
    "one layer": {"layers": 1, "embedding": 32},
    "two layers, residual": {"layers": 2, "embedding": 64},
    "two layers, plain, one-hot": {"layers": 2, "embedding": 0, "residual": False},
    "two layers, norm": {"layers": 2, "embedding": 64, "norm": True},
}
EVERY = list(itertools.product((*CELLS, *MIXED), STACKS, (False, True)))
DROPOUT = Dropout(input_dropout=0.2, layer_dropout=0.2, output_dropout=0.2, weight_drop=0.2)


@pytest.fixture(autouse=True)
def more_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells of the mixed stacks are known while a law is tested."""
    for name, cell in EXTRA.items():
        monkeypatch.setitem(CELLS, name, cell)


def make(cell: str, stack: str = "one layer") -> Stack:
    settings = ModelSettings(vocabulary=V, cell=cell, width=64, reset_level=1, **STACKS[stack])
    made = Stack.fresh(settings, seed=3)
    with torch.no_grad():
        for name, param in made.params.items():
            if param.ndim == 1:
                param.add_(torch.randn(param.shape, generator=torch.Generator().manual_seed(len(name))) / 4)
            param.requires_grad_(True)
    return made


def ids_with(resets: list[int], seed: int = 0) -> torch.Tensor:
    ids_BT = torch.randint(2, V, (B, T), generator=torch.Generator().manual_seed(seed))
    for i, t in enumerate(resets):
        ids_BT[:, t] = i % 2
    return ids_BT


def two_pasts(at: int) -> Iterator[torch.Tensor]:
    """Windows alike from the reset `at` on, and different before it."""
    same = ids_with([at])
    for seed in (1, 2):
        ids_BT = ids_with([], seed)
        ids_BT[:, at:] = same[:, at:]
        yield ids_BT


def noise_for(stack: Stack) -> Noise:
    return Noise.draw(stack, DROPOUT, B, torch.Generator().manual_seed(5))


@pytest.mark.parametrize("resets", RESETS.values(), ids=RESETS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_fused_scan_equals_the_plain_one(cell: str, resets: list[int]) -> None:
    stack = make(cell)
    own = model.layer_of(stack.params, 0)
    ids_BT = ids_with(resets)
    x_TBD, reset_TB = stack.params["embedding"][ids_BT.T], ids_BT.T <= 1
    state = tuple(
        torch.randn(part.shape, generator=torch.Generator().manual_seed(i))
        for i, part in enumerate(CELLS[cell].start(own, B))
    )
    fast, fast_state = scan(CELLS[cell], own, x_TBD, state, reset_TB)
    plain, plain_state = scans.plain_scan(CELLS[cell], own, x_TBD, state, reset_TB)
    torch.testing.assert_close(fast, plain, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(fast_state, plain_state, rtol=1e-5, atol=1e-5)
    for name in own:
        fast_grad, plain_grad = (
            torch.autograd.grad(y.square().sum(), own[name], retain_graph=True)[0] for y in (fast, plain)
        )
        torch.testing.assert_close(fast_grad, plain_grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("cell", "stack", "bfloat16"), EVERY)
def test_what_follows_a_reset_is_bitwise_the_same_for_two_pasts(cell: str, stack: str, bfloat16: bool) -> None:
    assert_past_forgotten(make(cell, stack), bfloat16)


@pytest.mark.parametrize(("cell", "stack", "bfloat16"), EVERY)
def test_no_gradient_reaches_the_past_across_a_reset(
    cell: str, stack: str, bfloat16: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, at = make(cell, stack), 6
    ids_BT = ids_with([at])
    rows_TBE = model.embed(made.settings, made.params, ids_BT.T).detach().requires_grad_(True)
    state = tuple(tuple((part + 3).detach().requires_grad_(True) for part in layer) for layer in made.start(B))
    # A channel for each step and lane, not for each symbol, so that the past has a gradient of its own.
    monkeypatch.setattr(model, "embed", lambda settings, params, ids: rows_TBE)
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        y_BTW, _ = made.features(ids_BT, state, noise=noise_for(made))
    y_BTW[:, at:].float().square().sum().backward()
    assert rows_TBE.grad is not None
    assert not rows_TBE.grad[:at].any()
    assert rows_TBE.grad[at + 1 :].any()
    assert not any(part.grad is not None and part.grad.any() for part in itertools.chain(*state))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_gate_left_ajar_breaks_the_law(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "SHUT", -3.0)
    with pytest.raises(AssertionError):
        assert_past_forgotten(make(cell), False)


@pytest.mark.parametrize("cell", [*CELLS, *MIXED])
def test_cutting_a_window_leaves_the_result(cell: str) -> None:
    stack = make(cell, "two layers, residual")
    ids_BT = ids_with([3, 9])
    whole, end = stack.features(ids_BT, stack.start(B))
    first, middle = stack.features(ids_BT[:, :5], stack.start(B))
    second, end_of_two = stack.features(ids_BT[:, 5:], middle)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(end_of_two, end, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cell", [*CELLS, *MIXED])
def test_permuting_lanes_permutes_the_result(cell: str) -> None:
    stack = make(cell, "two layers, residual")
    ids_BT, order = ids_with([4]), torch.tensor([2, 0, 3, 1])
    straight, _ = stack.features(ids_BT, stack.start(B))
    permuted, _ = stack.features(ids_BT[order], stack.start(B))
    torch.testing.assert_close(permuted, straight[order], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("cell", [*CELLS, *MIXED])
def test_a_reset_leaves_the_start_state(cell: str) -> None:
    stack = make(cell, "two layers, residual")
    _, state = stack.features(ids_with([T - 1]), stack.start(B))
    torch.testing.assert_close(state, stack.start(B), rtol=1e-6, atol=1e-6)


def assert_past_forgotten(stack: Stack, bfloat16: bool) -> None:
    at, found = 6, []
    for i, ids_BT in enumerate(two_pasts(at)):
        state = tuple(tuple(part + 3 * i for part in layer) for layer in stack.start(B))
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            y_BTW, end = stack.features(ids_BT, state, noise=noise_for(stack))
            logits = stack.logits(y_BTW, ids_BT[..., None])
        found.append((y_BTW, logits, end))
    (y_one, logits_one, end_one), (y_two, logits_two, end_two) = found
    assert not torch.equal(y_one[:, :at], y_two[:, :at])
    assert torch.equal(y_one[:, at:], y_two[:, at:])
    assert torch.equal(logits_one[:, at:], logits_two[:, at:])
    pairs = zip(itertools.chain(*end_one), itertools.chain(*end_two), strict=True)
    assert all(torch.equal(one, two) for one, two in pairs)

"""The loss taken in slices is the plain loss, its gradients are those of the plain loss, and no window enlarges it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from seqgen.model import ModelSettings
from seqgen.nn import Stack
from seqgen.training import slices, step
from seqgen.training.slices import sliced_loss
from seqgen.training.step import Load
from tests.runs import one_thread

V, F = 600, 16
SHAPE = ModelSettings(vocabulary=V, width=16, embedding=8, reset_level=0)
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "tied": {"tied": True, "embedding": 16},
    "head": {"head": 24},
    "tied to a head": {"head": 8, "tied": True},
    "blocks": {"horizon": 3},
    "blocks after a head": {"horizon": 2, "head": 24, "norm": True},
}
WAITS = {"_local_scalar_dense", "nonzero", "masked_select", "equal", "is_nonzero", "unique"}
"""Operations whose result, or its shape, a processor has to wait for."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Slices of about 13 rows."""
    monkeypatch.setattr(slices, "FLOATS", 13 * V)
    monkeypatch.setattr(slices, "LEAST", 1)
    with one_thread():
        yield


def load(shape: ModelSettings, *, lanes: int = 4, window: int = 10, scored: int | None = None) -> Load:
    """A window of noise, with some targets that do not count, and of all steps or of the last ones alone."""
    rng, ids = np.random.default_rng(0), np.random.default_rng(1)
    blocks = (lanes, scored or window, shape.horizon)
    return Load(
        torch.from_numpy(ids.integers(0, V, (lanes, window))),
        torch.from_numpy(ids.integers(0, V, blocks)),
        torch.from_numpy(rng.random(blocks) < 0.8),
        None,
    )


Costs = tuple[Tensor, dict[str, Tensor]]


def costs(shape: ModelSettings, given: Load, *, large: int, half: torch.dtype | None = None) -> Costs:
    """The loss and the gradients of all parameters, in slices if the vocabulary is `large`."""
    stack = Stack.fresh(shape, seed=3)
    for param in stack.params.values():
        param.requires_grad_(True)
    with pytest.MonkeyPatch.context() as patch, torch.autocast("cpu", half or torch.bfloat16, enabled=half is not None):
        patch.setattr(step, "LARGE", large)
        loss, _ = step.cost(stack, given, stack.start(len(given.inputs_BT)))
    loss.backward()
    return loss.detach(), {name: param.grad for name, param in stack.params.items() if param.grad is not None}


@pytest.mark.parametrize("scored", [None, 1])
@pytest.mark.parametrize("name", SHAPES)
def test_slices_are_the_plain_loss(name: str, scored: int | None) -> None:
    shape = replace(SHAPE, **SHAPES[name])
    given = load(shape, scored=scored)
    (plain, expected), (loss, found) = (costs(shape, given, large=large) for large in (V + 1, V))
    torch.testing.assert_close(loss, plain, rtol=1e-6, atol=0)
    assert found.keys() == expected.keys() == Stack.fresh(shape, 0).params.keys()
    for key, gradient in found.items():
        error = (gradient - expected[key]).abs().max() / expected[key].abs().max()
        assert float(error) < 2e-6, key


@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", SHAPES)
def test_in_half_precision_slices_err_no_more_than_the_plain_loss(name: str, half: torch.dtype) -> None:
    shape = replace(SHAPE, cell="rnn", **SHAPES[name])
    given = load(shape)
    true, plain, sliced = (
        costs(shape, given, large=large, half=kind) for large, kind in ((V + 1, None), (V + 1, half), (V, half))
    )
    assert abs(float(sliced[0] - true[0])) <= abs(float(plain[0] - true[0])) + 1e-5
    for key, expected in true[1].items():
        errors = [float((found[1][key] - expected).norm() / expected.norm()) for found in (plain, sliced)]
        assert errors[1] <= 1.5 * errors[0] + 1e-4, key
        assert sliced[1][key].dtype == torch.float32


def rows(count: int, *, scale: float = 1.0) -> tuple[list[Tensor], dict[str, Tensor]]:
    """z, W and b in float64, and what is to be predicted."""
    generator = torch.Generator().manual_seed(count)
    shapes = ((count, F), (V, F), (V,))
    parts = [torch.randn(shape, generator=generator, dtype=torch.float64) * scale for shape in shapes]
    targets_N = torch.randint(0, V, (count,), generator=generator)
    scored_N = torch.rand(count, generator=generator) < 0.7
    return [part.requires_grad_(True) for part in parts], {"targets_N": targets_N, "scored_N": scored_N}


@pytest.mark.parametrize("count", [1, 12, 13, 14, 40])
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_the_formula_is_exact(count: int, scale: float) -> None:
    parts, given = rows(count, scale=scale)
    z_NF, W_VF, b_V = parts
    nats_N = functional.cross_entropy(z_NF @ W_VF.T + b_V, given["targets_N"], reduction="none")
    plain = (nats_N * given["scored_N"]).sum() / given["scored_N"].sum().clamp(min=1)
    loss = sliced_loss(*parts, **given)
    for found, expected in zip(torch.autograd.grad(loss, parts), torch.autograd.grad(plain, parts), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(loss, plain, rtol=1e-12, atol=1e-12)


def test_rows_that_do_not_count_have_no_gradient_and_change_no_bit() -> None:
    parts, given = rows(40)
    before = torch.autograd.grad(sliced_loss(*parts, **given), parts)
    left_out = ~given["scored_N"]
    assert left_out.any() and (before[0][left_out] == 0).all()
    given["targets_N"] = torch.where(left_out, 0, given["targets_N"])
    after = torch.autograd.grad(sliced_loss(*parts, **given), parts)
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    given["scored_N"] = torch.zeros_like(given["scored_N"])
    loss = sliced_loss(*parts, **given)
    assert float(loss.detach()) == 0 and not any(found.any() for found in torch.autograd.grad(loss, parts))


def test_a_loss_times_a_power_of_two_has_gradients_times_that_to_the_bit() -> None:
    parts, given = rows(40)
    loss = sliced_loss(*parts, **given)
    once = torch.autograd.grad(loss, parts, retain_graph=True)
    scaled = torch.autograd.grad(loss * 2.0**16, parts)
    assert all(torch.equal(found, expected * 2.0**16) for found, expected in zip(scaled, once, strict=True))


def test_slices_cover_all_rows_evenly() -> None:
    for count in (0, 1, 12, 13, 14, 26, 27, 1000):
        found = [range(count)[part] for part in slices.slices(count, V)]
        assert [row for part in found for row in part] == [*range(count)]
        assert all(0 < len(part) <= 13 for part in found)
        assert len({len(part) for part in found[:-1]}) <= 1


class Watched(TorchDispatchMode):
    """Notes what is computed: the numbers in the largest tensor, and the names of the operations."""

    largest = 0

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        self.names.add(func.__name__.partition(".")[0])
        for each in found if isinstance(found, (tuple, list)) else (found,):
            if isinstance(each, Tensor):
                self.largest = max(self.largest, each.numel())
        return found


def watched(window: int, *, large: int, shape: ModelSettings = SHAPE) -> Watched:
    given = load(shape, window=window)
    with Watched() as found:
        costs(replace(shape, cell="rnn"), given, large=large)
    return found


@pytest.mark.parametrize("name", SHAPES)
def test_memory_does_not_grow_with_the_window(name: str) -> None:
    shape = replace(SHAPE, **SHAPES[name])
    sizes = [watched(window, large=V, shape=shape).largest for window in (10, 40, 50)]
    assert max(sizes) <= max(V * shape.features, 13 * V), "the largest is the gradient of the output matrix, or a slice"


def test_the_watch_sees_the_plain_loss_grow() -> None:
    assert [watched(window, large=V + 1).largest for window in (10, 40)] == [4 * 10 * V, 4 * 40 * V]


def test_nothing_waits_for_a_value() -> None:
    names = watched(10, large=V).names
    assert "addmv_" in names and not names & WAITS


@pytest.mark.parametrize("wait", [Tensor.item, Tensor.nonzero, lambda x: x[x > 0]])
def test_the_watch_sees_what_waits(wait: Callable[[Tensor], Any]) -> None:
    with Watched() as found:
        wait(torch.ones(1))
    assert found.names & (WAITS | {"index"})

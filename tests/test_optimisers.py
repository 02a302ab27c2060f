"""Muon evens out singular values gate by gate; AdamW takes the rest; neither forgets across a save."""

from typing import Any

import pytest
import torch
from torch import Tensor

from seqgen import optimisers
from seqgen.optimisers import Optimisers, orthogonalise
from seqgen.plan import Optimiser

WIDTH = 32
SHAPES = {"layers.0.W": (4 * WIDTH, 23), "layers.0.U": (4 * WIDTH, WIDTH), "layers.0.b": (4 * WIDTH,)}
OTHERS = {"embedding": (9, 24), "output.W": (9, WIDTH), "layers.1.taps": (4, WIDTH)}


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def make(seed: int = 0, **given: Any) -> tuple[dict[str, Tensor], Optimisers]:
    """Parameters with gradients, and what moves them."""
    params = {name: draw(*shape, seed=seed).requires_grad_(True) for name, shape in (SHAPES | OTHERS).items()}
    give_gradients(params)
    return params, Optimisers(params, Optimiser(**given), bfloat16=False)


def give_gradients(params: dict[str, Tensor], seed: int = 1) -> None:
    for name, param in params.items():
        param.grad = draw(*param.shape, seed=seed + len(name))


def assert_even(values: Tensor, scale: float = 1.0) -> None:
    """Nearly all singular values of a random matrix are above 0.005 of its norm."""
    assert values.median() > 0.5 * scale and values.max() < 2.05 * scale
    assert (values > 0.15 * scale).float().mean() > 0.9


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("rows", "columns"), [(32, 32), (64, 24)])
def test_singular_values_end_near_one(rows: int, columns: int, dtype: torch.dtype) -> None:
    assert_even(torch.linalg.svdvals(orthogonalise(draw(rows, columns).to(dtype)).float()))


def test_the_singular_vectors_stay() -> None:
    matrix = draw(40, 16)
    U, _, V = torch.linalg.svd(matrix, full_matrices=False)
    found = U.mT @ orthogonalise(matrix) @ V.mT
    assert (found - torch.diag(found.diagonal())).abs().max() < 1e-4


def test_without_polynomials_nothing_is_evened_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimisers, "POLAR", ())
    with pytest.raises(AssertionError):
        test_singular_values_end_near_one(32, 32, torch.float32)


def test_nothing_is_made_of_nothing() -> None:
    assert not orthogonalise(torch.zeros(16, 16)).any()


@pytest.mark.parametrize(("name", "scale"), [("layers.0.U", 2.0), ("layers.0.W", (4 * WIDTH / 23) ** 0.5)])
def test_a_matrix_of_few_inputs_moves_as_far_for_each(name: str, scale: float) -> None:
    params, both = make(matrix_decay=0.0)
    before = params[name].detach().clone()
    both.step(0, 1.0)
    assert_even(torch.linalg.svdvals(params[name].detach() - before), Optimiser().matrix_rate * scale)


def test_only_matrices_of_layers_are_evened_out() -> None:
    _, both = make()
    assert set(both.muon.momentum) == {"layers.0.W", "layers.0.U"}
    assert not make(optimiser="adamw")[1].muon.momentum


def test_muon_rests_between_its_steps_and_keeps_its_momentum_up() -> None:
    params, both = make(matrix_every=3)
    moves = []
    for number in range(6):
        before, momentum = params["layers.0.U"].detach().clone(), both.muon.momentum["layers.0.U"].clone()
        give_gradients(params, seed=number)
        both.step(number, 1.0)
        moves.append(not torch.equal(before, params["layers.0.U"]))
        assert not torch.equal(momentum, both.muon.momentum["layers.0.U"])
    assert moves == [True, False, False] * 2


@pytest.mark.parametrize("optimiser", ["muon", "adamw"])
def test_what_is_restored_goes_on_as_what_was_kept(optimiser: str) -> None:
    params, both = make(optimiser=optimiser)
    both.step(0, 1.0)
    kept = {name: value.detach().numpy().copy() for name, value in both.tensors()}
    others, again = make(optimiser=optimiser, seed=5)
    with torch.no_grad():
        for name, param in others.items():
            param.copy_(params[name])
    again.restore(kept)
    for each in (both, again):
        each.step(2, 0.5)
    assert all(torch.equal(params[name], others[name]) for name in params)


def test_matrices_decay_with_their_rate() -> None:
    moved = []
    for decay in (0.0, 0.5):
        params, both = make(matrix_decay=decay)
        before = params["layers.0.U"].detach().clone()
        both.step(0, 0.5)
        moved.append(params["layers.0.U"].detach() - before)
    torch.testing.assert_close(moved[1] - moved[0], -0.5 * 0.5 * Optimiser().matrix_rate * before)

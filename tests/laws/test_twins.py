"""The model in numpy, the stack in torch, and a gradient worked out by hand are one and the same."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from seqgen import model
from seqgen.cells import CELLS
from seqgen.model import ModelSettings
from seqgen.nn import Stack
from seqgen.playing import Player
from tests.cells import EXTRA, MIXED

V, B, T = 30, 3, 9
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {"layers": 2, "residual": False},
    "residual, narrow": {"layers": 2, "embedding": 16},
    "one-hot": {"layers": 1, "embedding": 0},
    "head and chain": {"layers": 1, "head": 24, "horizon": 3},
    "tied": {"layers": 1, "embedding": 48, "tied": True},
    "norm": {"layers": 2, "norm": True, "embedding": 16},
    "norm, one-hot": {"layers": 1, "norm": True, "embedding": 0, "head": 24},
}


@pytest.fixture(autouse=True)
def more_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells of the mixed stacks are known while they are tested."""
    for name, cell in EXTRA.items():
        monkeypatch.setitem(CELLS, name, cell)


def make(cell: str, shape: str) -> Stack:
    defaults = {"embedding": 48, "width": 48, "reset_level": 0}
    return Stack.fresh(ModelSettings(vocabulary=V, cell=cell, **defaults | SHAPES[shape]), seed=1)


def random_ids() -> np.ndarray:
    ids_BT = np.random.default_rng(0).integers(1, V, size=(B, T))
    ids_BT[:, 4] = 0
    return ids_BT


@pytest.mark.parametrize(("cell", "shape"), list(itertools.product((*CELLS, *MIXED), SHAPES)))
def test_torch_over_windows_equals_numpy_step_by_step(cell: str, shape: str) -> None:
    stack, ids_BT = make(cell, shape), random_ids()
    settings, params = stack.settings, stack.arrays()
    y_BTW, _ = stack.features(torch.from_numpy(ids_BT), stack.start(B))
    state = model.start(settings, params, B)
    for t in range(T):
        y_BW, state = model.step(settings, params, ids_BT[:, t], state)
        np.testing.assert_allclose(y_BTW[:, t].detach().numpy(), y_BW, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("cell", "shape"), list(itertools.product((*CELLS, *MIXED), SHAPES)))
def test_torch_over_windows_equals_playing(cell: str, shape: str) -> None:
    stack, ids_BT = make(cell, shape), random_ids()
    horizon = stack.settings.horizon
    targets_BTK = torch.from_numpy(np.random.default_rng(1).integers(0, V, size=(B, T, horizon)))
    y_BTW, _ = stack.features(torch.from_numpy(ids_BT), stack.start(B))
    logits_BTKV = stack.logits(y_BTW, targets_BTK).detach().numpy()
    player = Player(stack.settings, stack.arrays())
    for t, k in itertools.product(range(T), range(horizon)):
        if k == 0:
            player.read(int(ids_BT[1, t]))
        following = [int(id) for id in targets_BTK[1, t, :k]]
        np.testing.assert_allclose(player.logits(following), logits_BTKV[1, t, k], rtol=1e-4, atol=1e-5)


def test_gradients_of_the_simple_network_equal_back_propagation_by_hand() -> None:
    """Werbos, "Backpropagation through time", Proceedings of the IEEE 78 (1990), written out for h' = tanh(Wx + Uh +
    b)."""
    settings = ModelSettings(vocabulary=V, cell="rnn", layers=1, width=16, embedding=16, residual=False, reset_level=0)
    stack = Stack.fresh(settings, seed=2)
    for param in stack.params.values():
        param.requires_grad_(True)
    ids_BT = random_ids()
    targets_BT = np.random.default_rng(3).integers(0, V, size=(B, T))
    y_BTW, _ = stack.features(torch.from_numpy(ids_BT), stack.start(B))
    logits = stack.logits(y_BTW, torch.from_numpy(targets_BT)[..., None])
    torch.nn.functional.cross_entropy(
        logits.flatten(0, 2), torch.from_numpy(targets_BT).flatten(), reduction="sum"
    ).backward()
    by_hand = back_propagate(
        {name: value.astype(np.float64) for name, value in stack.arrays().items()}, ids_BT, targets_BT
    )
    for name, gradient in by_hand.items():
        found = stack.params[name].grad
        assert found is not None
        np.testing.assert_allclose(found.numpy(), gradient, rtol=1e-4, atol=1e-5, err_msg=name)


def back_propagate(params: dict[str, np.ndarray], ids_BT: np.ndarray, targets_BT: np.ndarray) -> dict[str, np.ndarray]:
    W, U, b = (params[f"layers.0.{name}"] for name in "WUb")
    x_BTE = params["embedding"][ids_BT]
    h_BTH, h_BH = np.zeros((B, T, 16)), np.zeros((B, 16))
    for t in range(T):
        h_BH = np.where(ids_BT[:, t, None] == 0, 0.0, np.tanh(x_BTE[:, t] @ W.T + h_BH @ U.T + b))
        h_BTH[:, t] = h_BH
    p_BTV = np.exp(h_BTH @ params["output.W"].T + params["output.b"])
    p_BTV /= p_BTV.sum(-1, keepdims=True)
    d_BTV = p_BTV - np.eye(V)[targets_BT]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    grads["output.W"] = np.einsum("btv,bth->vh", d_BTV, h_BTH)
    grads["output.b"] = d_BTV.sum((0, 1))
    dh_BH = np.zeros((B, 16))
    for t in reversed(range(T)):
        dh_BH = dh_BH + d_BTV[:, t] @ params["output.W"]
        before_BH = h_BTH[:, t - 1] if t else np.zeros((B, 16))
        da_BH = np.where(ids_BT[:, t, None] == 0, 0.0, dh_BH * (1 - h_BTH[:, t] ** 2))
        grads["layers.0.W"] += da_BH.T @ x_BTE[:, t]
        grads["layers.0.U"] += da_BH.T @ before_BH
        grads["layers.0.b"] += da_BH.sum(0)
        np.add.at(grads["embedding"], ids_BT[:, t], da_BH @ W)
        dh_BH = da_BH @ U
    return grads

"""Stacks of several kinds of cells: what a setting stands for, and what each layer gets."""

from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from seqgen import arrays, model
from seqgen.cells import CELLS, GRU, LSTM, RNN
from seqgen.errors import UnknownName, UsageError
from seqgen.lanes import Lanes
from seqgen.model import ModelSettings
from seqgen.nn import Noise, Stack
from seqgen.plan import Dropout, TrainSettings
from seqgen.records import from_json, to_json
from seqgen.training import Schedule, Training, train
from tests.cells import EXTRA, Delay, Squash

V = 20
BLOCK: dict[str, Any] = {"vocabulary": V, "cell": "delay:3,squash,gru", "layers": 2, "width": 16, "embedding": 8}


@pytest.fixture(autouse=True)
def more_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, cell in EXTRA.items():
        monkeypatch.setitem(CELLS, name, cell)


def test_a_block_is_repeated() -> None:
    settings = ModelSettings(**BLOCK)
    assert [type(cell) for cell in settings.cells] == [Delay, Squash, GRU] * 2
    assert settings.cells[0] == Delay(size=3) and CELLS["delay"] == Delay(size=2)
    assert settings.channels == (8, 8, 16, 16, 16, 16, 16)
    assert ModelSettings(V, cell="lstm,delay,rnn", width=4, embedding=6).channels == (6, 4, 4, 4)


def test_each_layer_has_the_parameters_of_its_cell() -> None:
    found = model.shapes(ModelSettings(**BLOCK))
    assert found["layers.0.b"] == (8,) and found["layers.1.W"] == (16, 8) and found["layers.2.W"] == (48, 15)
    assert found["layers.3.b"] == (16,) and "layers.1.U" not in found and "layers.0.norm" not in found


def test_norm_has_a_gain_for_every_input() -> None:
    settings = ModelSettings(**BLOCK, norm=True, head=5)
    found = model.shapes(settings)
    assert [found[f"layers.{k}.norm"] for k in range(6)] == [(size,) for size in settings.channels[:-1]]
    assert found["norm"] == (16,) and found["head.W"] == (5, 16)
    assert all((Stack.fresh(settings, 0).params[name] == 1).all() for name in ("norm", "layers.0.norm"))


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("tied", [False, True])
def test_a_new_stack_is_sure_of_nothing(tied: bool, norm: bool) -> None:
    """Its loss is near that of even odds, though the residual shows a tied output the very row that was read."""
    stack = Stack.fresh(ModelSettings(vocabulary=V, width=64, embedding=64, tied=tied, norm=norm), 0)
    assert loss_of_noise(stack) < 1.5 * np.log(V)
    stack.params["embedding" if tied else "output.W"] *= 8
    assert loss_of_noise(stack) > 2 * np.log(V)


def loss_of_noise(stack: Stack) -> float:
    ids_BT = torch.from_numpy(np.random.default_rng(0).integers(V, size=(8, 33)))
    y_BTW, _ = stack.features(ids_BT[:, :-1], stack.start(8))
    logits_BTV = stack.logits(y_BTW, ids_BT[:, 1:, None])[:, :, 0]
    return float(torch.nn.functional.cross_entropy(logits_BTV.flatten(0, 1), ids_BT[:, 1:].flatten()))


def test_a_settings_record_without_the_newer_fields_is_still_read() -> None:
    old = {"vocabulary": V, "cell": "lstm", "layers": 2, "width": 8, "embedding": 8, "residual": True, "head": 0}
    read = from_json(ModelSettings, old)
    assert read.norm is False and [type(cell) for cell in read.cells] == [LSTM, LSTM]
    assert from_json(ModelSettings, to_json(read)) == read


@pytest.mark.parametrize(
    ("cell", "layers", "said"),
    [
        ("lstn", 1, "Did you mean 'lstm'"),
        ("lstm,", 1, "the cell '': there is none of that name"),
        ("lstm, gru", 1, "Did you mean 'gru'"),
        ("lstm,gur", 1, "Did you mean 'gru'"),
        ("lstm:4", 1, "a cell lstm has no size. Write lstm alone"),
        ("delay:x", 1, "'x' is no number from 1 to 16384. Write delay:2, say"),
        ("delay:", 1, "'' is no number"),
        ("delay:٣", 1, "is no number"),
        ("delay:0", 1, "it must lie from 1 to 16384"),
        ("delay:99999", 1, "it must lie from 1 to 16384"),
        ("delay:" + "9" * 5000, 1, "is no number"),
        (",".join(["lstm"] * 5), 64, "the number of layers in all = 320: it must lie from 1 to 256"),
        ("lstm", 65, "layers = 65"),
    ],
)
def test_what_is_no_stack_is_refused(cell: str, layers: int, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        ModelSettings(V, cell=cell, layers=layers)
    assert isinstance(caught.value, UnknownName) == ("Did you" in said or "none of" in said)


def test_weight_drop_is_for_the_layers_that_have_a_recurrent_matrix() -> None:
    stack = Stack.fresh(ModelSettings(**BLOCK), 0)
    noise = Noise.draw(stack, Dropout(layer_dropout=0.5, weight_drop=0.5), 4, torch.Generator().manual_seed(0))
    assert {layer: tuple(mask.shape) for layer, mask in noise.recurrent.items()} == {2: (48, 16), 5: (48, 16)}
    assert noise.between is not None and [mask.shape[1] for mask in noise.between] == [8, 16, 16, 16, 16, 16]
    ids_BT = torch.randint(V, (4, 9), generator=torch.Generator().manual_seed(1))
    noisy, plain = (stack.features(ids_BT, stack.start(4), noise=given)[0] for given in (noise, Noise()))
    assert not torch.equal(noisy, plain)


def test_the_forget_gate_of_each_lstm_is_open_at_first() -> None:
    params = Stack.fresh(ModelSettings(V, cell="gru,lstm", width=16, embedding=8), 0).params
    assert (params["layers.1.b"][16:32] == 1).all() and not params["layers.0.b"].any()
    U = params["layers.0.U"][:16]
    torch.testing.assert_close(U @ U.T, torch.eye(16), rtol=1e-5, atol=1e-5)


def test_training_goes_on_from_the_state_of_layers_that_have_one_and_of_those_that_have_none() -> None:
    ids = np.random.default_rng(0).integers(0, V, 2000)

    def training() -> Training:
        stack = Stack.fresh(ModelSettings(**BLOCK, norm=True, reset_level=0), 0)
        made = Training(stack, TrainSettings(), Lanes(4, 8, reset_level=0, seed=0))
        made.schedule = Schedule(9)
        return made

    whole = training()
    losses = [step.nats for step in train(whole, ids)]
    first, second = training(), training()
    before = [step.nats for step in islice(train(first, ids), 5)]
    second.restore(first.standing(), first.tensors())
    assert before + [step.nats for step in train(second, ids)] == losses
    assert [len(state) for state in second.state] == [1, 0, 1, 1, 0, 1]


def test_the_statistics_of_a_norm_are_taken_in_float32() -> None:
    """1,024 squares of 3 in bfloat16 would stop growing long before their sum, and their mean lose its digits."""
    x = torch.full((1, 1024), 3.0, dtype=torch.bfloat16)
    x[0, ::2] = 1.0078125
    with torch.autocast("cpu", torch.bfloat16):
        found = arrays.unit(x)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), arrays.unit(x.float().numpy()), rtol=1e-6)


def test_a_row_of_zeros_has_a_norm_and_a_gradient() -> None:
    x = torch.zeros(2, 4, requires_grad=True)
    arrays.unit(x).sum().backward()
    assert x.grad is not None and x.grad.isfinite().all() and not arrays.unit(x).any()


def test_a_cell_that_is_listed_twice_is_the_same_cell() -> None:
    assert ModelSettings(V, cell="rnn,rnn").cells == ModelSettings(V, cell="rnn", layers=2).cells
    assert isinstance(ModelSettings(V, cell="rnn").cells[0], RNN)

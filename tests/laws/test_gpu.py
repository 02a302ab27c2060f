"""The laws that must hold on a GPU too; `make check-gpu` runs them, and does nothing where there is none.

The width goes through the door of cuDNN's fastest LSTM; up to 192 torch takes yet another kernel.
Shapes: B lanes, T steps, E embedding.
"""

import itertools
import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import seqgen
from seqgen import model
from seqgen.cells import CELLS, State
from seqgen.lanes import Lanes
from seqgen.model import ModelSettings
from seqgen.nn import Stack, cudnn, scan, scans
from seqgen.plan import Dropout, Optimiser, TrainSettings
from seqgen.training import Schedule, Training, train
from seqgen.training.graph import Graphed, Plain
from seqgen.training.step import LARGE
from tests.laws.test_resets import RESETS, T, V, ids_with, two_pasts
from tests.runs import SMALL, write_book

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU"),
    # cuDNN may lay weights out otherwise where sizes are odd; it then copies them, and says so.
    pytest.mark.filterwarnings("default:RNN module weights"),
]
COPIES = 4
"""Eight lanes at least go through the door; those of the laws for a CPU, this many times."""
PRECISIONS = {"float32": None, "float16": torch.float16, "bfloat16": torch.bfloat16}
EVERY = list(itertools.product(CELLS, PRECISIONS))
STREAM = torch.randint(1, V, (20_000,), generator=torch.Generator().manual_seed(0)).numpy()
SHAPE: dict[str, Any] = {"vocabulary": V, "layers": 2, "width": 256, "embedding": 128, "reset_level": 1}


@pytest.fixture(autouse=True)
def exact_products() -> Iterator[None]:
    """Products in float32 keep all their bits, so that they can be compared with a CPU's."""
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield


def make(cell: str, device: str = "cuda", **given: Any) -> Stack:
    return Stack.fresh(ModelSettings(**(SHAPE | {"cell": cell} | given)), 3, device=device)


def computing(precision: str) -> torch.autocast:
    half = PRECISIONS[precision]
    return torch.autocast("cuda", half or torch.float16, enabled=half is not None)


def widened(ids_BT: Tensor) -> Tensor:
    return ids_BT.repeat(COPIES, 1).cuda()


@pytest.mark.parametrize(("cell", "precision"), EVERY)
def test_what_follows_a_reset_is_bitwise_the_same_for_two_pasts(cell: str, precision: str) -> None:
    stack, at, found, ends = make(cell), 6, [], []
    for i, ids_BT in enumerate(map(widened, two_pasts(at))):
        state = tuple(tuple(part + 3 * i for part in layer) for layer in stack.start(len(ids_BT)))
        with computing(precision):
            y_BTW, end = stack.features(ids_BT, state)
        found.append(y_BTW)
        ends.append(end)
    assert not torch.equal(found[0][:, :at], found[1][:, :at])
    assert torch.equal(found[0][:, at:], found[1][:, at:]) and found[0].isfinite().all()
    pairs = zip(itertools.chain(*ends[0]), itertools.chain(*ends[1]), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize(("cell", "precision"), EVERY)
def test_no_gradient_reaches_the_past_across_a_reset(
    cell: str, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, at = make(cell), 6
    ids_BT = widened(ids_with([at]))
    rows_TBE = model.embed(stack.settings, stack.params, ids_BT.T).detach().requires_grad_(True)
    begin = stack.start(len(ids_BT))
    state = tuple(tuple((part + 3).detach().requires_grad_(True) for part in layer) for layer in begin)
    monkeypatch.setattr(model, "embed", lambda settings, params, ids: rows_TBE)
    with computing(precision):
        y_BTW, _ = stack.features(ids_BT, state)
    y_BTW[:, at:].float().square().sum().backward()
    assert rows_TBE.grad is not None and rows_TBE.grad.isfinite().all()
    assert not rows_TBE.grad[:at].any() and rows_TBE.grad[at + 1 :].any()
    assert not any(part.grad is not None and part.grad.any() for part in itertools.chain(*state))


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_gate_left_ajar_breaks_the_law(cell: str, precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "SHUT", -3.0)
    with pytest.raises(AssertionError):
        test_what_follows_a_reset_is_bitwise_the_same_for_two_pasts(cell, precision)


@pytest.mark.parametrize(("cell", "resets"), list(itertools.product(CELLS, RESETS)))
def test_the_gpu_agrees_with_the_cpu(cell: str, resets: str) -> None:
    ids_BT = ids_with(RESETS[resets])
    here, there = make(cell, "cpu"), make(cell, "cuda")
    y_BTW, _ = here.features(ids_BT, here.start(len(ids_BT)))
    z_BTW, _ = there.features(ids_BT.cuda(), there.start(len(ids_BT)))
    torch.testing.assert_close(z_BTW.cpu(), y_BTW, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("cell", "precision"), EVERY)
def test_every_scan_equals_the_plain_one(cell: str, precision: str) -> None:
    stack, ids_BT = make(cell, layers=1, embedding=256), widened(ids_with(RESETS["here and there"]))
    own, x_TBD, reset_TB = model.layer_of(stack.params, 0), stack.params["embedding"][ids_BT.T], ids_BT.T <= 1
    plain, plain_end = scans.plain_scan(CELLS[cell], own, x_TBD, *started(stack, len(ids_BT)), reset_TB)
    with computing(precision):
        fast, fast_end = scan(CELLS[cell], own, x_TBD, *started(stack, len(ids_BT)), reset_TB)
    tolerance = 1e-4 if precision == "float32" else 3e-2
    torch.testing.assert_close(fast.float(), plain, rtol=tolerance, atol=tolerance)
    ends = tuple(part.float() for part in fast_end), tuple(part.float() for part in plain_end)
    torch.testing.assert_close(*ends, rtol=tolerance, atol=tolerance)


def started(stack: Stack, lanes: int) -> tuple[State]:
    return (stack.start(lanes)[0],)


def test_half_is_half_and_only_float16() -> None:
    x_TBD, weights = torch.zeros(2, 8, 128, device="cuda"), list(lstm_weights())
    state = torch.zeros(8, 256, device="cuda"), torch.zeros(8, 256, device="cuda")
    types = {}
    for precision in PRECISIONS:
        with computing(precision):
            types[precision] = cudnn.window(torch.lstm, x_TBD, state, weights)[0].dtype
    assert types == {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.float32}


def lstm_weights() -> list[Tensor]:
    shapes = [(1024, 128), (1024, 256), (1024,), (1024,)]
    return [torch.randn(shape, device="cuda") / 16 for shape in shapes]


def test_cudnn_takes_the_weights_as_they_lie() -> None:
    x_TBD, state = torch.zeros(2, 8, 128, device="cuda"), (torch.zeros(8, 256, device="cuda"),) * 2
    with warnings.catch_warnings(), computing("float16"):
        warnings.simplefilter("error")
        cudnn.window(torch.lstm, x_TBD, state, lstm_weights())


def test_more_lanes_than_the_door_takes_go_through_it_in_turn() -> None:
    x_TBD, weights = torch.randn(6, 200, 128, device="cuda"), lstm_weights()
    state = torch.randn(200, 256, device="cuda"), torch.randn(200, 256, device="cuda")
    with computing("float16"):
        y_TBH, (h_BH, c_BH) = cudnn.window(torch.lstm, x_TBD, state, weights)
    z_TBH, (k_BH, d_BH) = cudnn.window(torch.lstm, x_TBD, state, weights)
    for half, whole in ((y_TBH, z_TBH), (h_BH, k_BH), (c_BH, d_BH)):
        torch.testing.assert_close(half.float(), whole, rtol=1e-2, atol=1e-2)


def begin(cell: str = "lstm", *, device: str = "cuda", precision: str = "float32", **given: Any) -> Training:
    settings = TrainSettings(optimiser=Optimiser(warmup=3), dropout=Dropout(0.1, 0.1, 0.1, 0.1))
    training = Training(make(cell, device, **given), settings, Lanes(8, T, reset_level=1, seed=0), precision=precision)
    training.schedule = Schedule(20)
    return training


@pytest.mark.parametrize(("cell", "precision"), EVERY)
def test_steps_in_graphs_are_the_plain_steps(cell: str, precision: str) -> None:
    plain, graphed = begin(cell, precision=precision), begin(cell, precision=precision)
    plain.engine, graphed.engine = Plain(plain), Graphed(graphed)
    losses = [[step.nats for step in train(training, STREAM)] for training in (plain, graphed)]
    assert graphed.notes == [] and graphed.engine.graphs.keys() == {plain.optimisers.kind(step) for step in range(2)}
    assert losses[1] == pytest.approx(losses[0], rel=1e-3 if precision == "float32" else 1e-2)
    one, other = plain.tensors(), graphed.tensors()
    assert one.keys() == other.keys()
    assert all(np.isfinite(value).all() for value in other.values())


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_loss_in_slices_can_be_recorded(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = []
    for least in (LARGE, LARGE + 1):
        monkeypatch.setattr("seqgen.training.step.LARGE", least)
        training = begin(precision=precision, vocabulary=LARGE)
        losses.append([step.nats for step in train(training, STREAM)])
        assert isinstance(training.engine, Graphed) and training.notes == []
    assert losses[0] == pytest.approx(losses[1], rel=1e-3 if precision == "float32" else 1e-2)


def test_one_hot_input_can_be_recorded() -> None:
    training = begin(embedding=0)
    assert len(list(train(training, STREAM))) == 20
    assert isinstance(training.engine, Graphed) and training.notes == []


def test_what_cannot_be_recorded_goes_on_a_kernel_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lstm = cudnn.window

    def waiting(kernel: cudnn.Kernel, x_TBD: Tensor, *given: Any) -> Any:
        float(x_TBD.sum())  # no graph can hold that
        return lstm(kernel, x_TBD, *given)

    whole = [step.nats for step in train(begin(), STREAM)]
    monkeypatch.setattr(cudnn, "window", waiting)
    training = begin()
    losses = [step.nats for step in train(training, STREAM)]
    assert len(training.notes) == 1 and "CUDA graph" in training.notes[0]
    assert losses == pytest.approx(whole, rel=1e-3)


def test_a_run_is_restored_in_graphs_of_its_own() -> None:
    whole, first, second = begin(), begin(), begin()
    losses = [step.nats for step in train(whole, STREAM)]
    before = [step.nats for step in islice(train(first, STREAM), 9)]
    list(islice(train(second, STREAM), 12))
    second.restore(first.standing(), first.tensors())
    assert before + [step.nats for step in train(second, STREAM)] == pytest.approx(losses, rel=1e-3)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_losses_fall(precision: str) -> None:
    ids = np.array([0, *[3, 4, 5, 6, 7, 3, 9] * 3000, 0])
    training = begin(precision=precision)
    training.schedule = Schedule(100)
    losses = [step.nats for step in train(training, ids)]
    assert losses[0] > 2.0 and np.mean(losses[-5:]) < 0.5
    assert training.scaler is None or float(training.scaler.scale) > 1


def test_an_overflow_is_left_out_of_a_graph_too() -> None:
    training = begin(precision="float16")
    assert training.scaler
    list(islice(train(training, STREAM), 12))
    training.scaler.scale.fill_(2.0**40)
    before = training.tensors()
    next(train(training, STREAM))
    after = training.tensors()
    kept = [name for name in before if name.startswith(("params.", "adam.", "muon."))]
    assert all((before[name] == after[name]).all() for name in kept)


def test_training_on_the_gpu_follows_the_cpu() -> None:
    losses = []
    for device in ("cpu", "cuda"):
        stack = make("lstm", device)
        training = Training(stack, replace(TrainSettings(), seed=1), Lanes(8, T, reset_level=1, seed=0))
        training.schedule = Schedule(20)
        losses.append([step.nats for step in train(training, STREAM)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16", "float16"])
def test_a_whole_run(precision: str, tmp_path: Path) -> None:
    options = SMALL | {"device": "cuda", "precision": precision, "width": 128, "embedding": 128, "lanes": 8}
    seqgen.train(write_book(tmp_path), out=tmp_path / "run", **options, steps=60, validations=3)
    assert seqgen.load(tmp_path / "run").evaluate(samples=0).nats["carried"] < 3.5

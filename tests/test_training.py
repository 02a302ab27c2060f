"""What one optimiser step does, what it leaves alone, and how a run ends."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import seqgen
from seqgen.api import training as runs
from seqgen.checkpoint import Checkpoint
from seqgen.errors import CheckpointError, UsageError
from seqgen.evaluation import Held, quick
from seqgen.lanes import Batch, Lanes, Position, Strategy
from seqgen.model import ModelSettings
from seqgen.nn import Noise, Stack
from seqgen.plan import Dropout, Optimiser, TrainSettings
from seqgen.training import Schedule, Training, forward, loss_of, renew, train
from tests.runs import SMALL, book, files, one_thread, write_book

V, HORIZON, LAST = 12, 3, 11
SHAPE = ModelSettings(vocabulary=V, width=16, embedding=8, reset_level=0)
STREAM = np.array([0, *[3, 4, 5, 6, 7] * 40, 0, *[8, 9, 10] * 60, 0])
STRATEGY = Strategy("one-to-many", horizon=HORIZON)


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    with one_thread():
        yield


def begin(shape: ModelSettings = SHAPE, *, lanes: Lanes | None = None, **given: Any) -> Training:
    lanes = lanes or Lanes(4, 8, reset_level=0, seed=0)
    return Training(Stack.fresh(shape, seed=0), TrainSettings(**given), lanes)


def test_before_anything_is_learnt_common_symbols_seem_likely() -> None:
    stack = Stack.fresh(SHAPE, seed=0)
    counts_V = np.arange(SHAPE.vocabulary)
    stack.expect(counts_V)
    shares_V = torch.softmax(stack.params["output.b"], 0).numpy()
    roots_V = np.sqrt(counts_V + 1)
    assert shares_V == pytest.approx(roots_V / roots_V.sum(), rel=1e-5)


def test_the_schedule_rises_stays_and_falls() -> None:
    optimiser = Optimiser(warmup=4, final_rate=0.1)
    schedule = Schedule(total=20, steady=10)
    shares = [schedule.share(optimiser, step) for step in range(21)]
    assert shares[:4] == [0.25, 0.5, 0.75, 1.0]
    assert set(shares[3:11]) == {1.0}
    assert np.diff(shares[10:]) == pytest.approx(np.full(10, -0.09))
    assert shares[20] == pytest.approx(0.1)
    assert Schedule().share(optimiser, 10**6) == 1.0


def test_a_schedule_ends_the_training() -> None:
    training = begin()
    training.schedule = Schedule(7)
    steps = list(train(training, STREAM))
    assert [step.number for step in steps] == [*range(1, 8)]
    assert steps[0].learning_rate == pytest.approx(8e-3 / 50 * (0.01 + 0.99))
    assert list(train(training, STREAM)) == []


@pytest.mark.parametrize("clip", [1e-3, 0.05, 1e6])
def test_gradients_are_clipped_to_the_norm(clip: float) -> None:
    training = begin(optimiser=Optimiser(clip=clip))
    next(train(training, STREAM))
    norm = math.sqrt(sum(float((p.grad**2).sum()) for p in training.stack.params.values() if p.grad is not None))
    assert norm == pytest.approx(clip, rel=1e-3) if clip < 1 else norm < clip


def test_only_matrices_decay() -> None:
    training = begin(replace(SHAPE, head=8, horizon=HORIZON), optimiser=Optimiser("adamw"))
    names = {id(value): name for name, value in training.stack.params.items()}
    decayed, others = ({names[id(p)] for p in group["params"]} for group in training.optimisers.adam.param_groups)
    assert [group["weight_decay"] for group in training.optimisers.adam.param_groups] == [0.01, 0.0]
    assert decayed == {"layers.0.W", "layers.0.U", "head.W", "chain.E", "chain.U", "output.W"}
    assert others == {"embedding", "layers.0.b", "head.b", "chain.b", "output.b"}


def test_the_loss_is_the_mean_over_what_is_scored() -> None:
    draw = np.random.default_rng(0)
    logits_BSKV, targets_BSK = draw.normal(size=(2, 5, 3, V)), draw.integers(V, size=(2, 5, 3))
    scored_BSK = draw.random((2, 5, 3)) < 0.5
    found = loss_of(*map(torch.from_numpy, (logits_BSKV, targets_BSK, scored_BSK)))
    nats_BSK = np.log(np.exp(logits_BSKV).sum(-1)) - np.take_along_axis(logits_BSKV, targets_BSK[..., None], -1)[..., 0]
    assert float(found) == pytest.approx(nats_BSK[scored_BSK].mean(), rel=1e-5)
    assert float(loss_of(*map(torch.from_numpy, (logits_BSKV, targets_BSK, scored_BSK & False)))) == 0.0


def gradients(training: Training, batch: Batch) -> dict[str, np.ndarray]:
    """The gradients of the loss of one batch, from the start state."""
    stack = training.stack
    for param in stack.params.values():
        param.grad = None
    logits, targets, _ = forward(stack, batch, stack.start(len(batch.fresh_B)))
    torch.autograd.backward(loss_of(logits, targets, torch.from_numpy(batch.scored_BSK)))
    return {name: p.grad.numpy().copy() for name, p in stack.params.items() if p.grad is not None}


def test_what_is_not_scored_gives_no_gradient() -> None:
    lanes = Lanes(1, 30, STRATEGY, reset_level=0)
    training = begin(replace(SHAPE, horizon=HORIZON), lanes=lanes)
    ids = np.array([0, 3, 4, 5, 0, 6, 7, 8])
    batch = next(lanes.once(ids))
    assert batch.scored_BSK.sum() == 3 + 3 + 2 + 1 + 3 + 2 + 1, "some targets lie behind a reset, some behind the end"
    assert not batch.scored_BSK[0, 7:].any()
    clean = gradients(training, batch)
    changed = np.where(batch.scored_BSK, batch.targets_BSK, LAST)
    for name, value in gradients(training, replace(batch, targets_BSK=changed)).items():
        assert (value == clean[name]).all(), name
    padded = batch.inputs_BT.copy()
    padded[0, 7:] = LAST
    for name, value in gradients(training, replace(batch, inputs_BT=padded)).items():
        assert (value == clean[name]).all(), name
    scored = np.ones_like(batch.scored_BSK)
    assert (gradients(training, replace(batch, scored_BSK=scored))["output.W"] != clean["output.W"]).any()


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_losses_fall(cell: str) -> None:
    training = begin(replace(SHAPE, cell=cell), optimiser=Optimiser(learning_rate=0.02, warmup=1))
    losses = [step.nats for step in islice(train(training, STREAM), 80)]
    assert losses[0] > 2.0 and np.mean(losses[-5:]) < 0.4


def test_fresh_lanes_begin_at_the_start_and_others_go_on() -> None:
    training = begin(replace(SHAPE, cell="gru"))
    with torch.no_grad():
        training.stack.params["layers.0.b"] += 0.5
        state = ((torch.full((3, 16), 0.25),),)
        ((h_BH,),) = renew(training.stack, state, torch.tensor([False, True, False]))
        ((start_BH,),) = training.stack.start(1)
    assert (h_BH[[0, 2]] == 0.25).all() and (h_BH[1] == start_BH[0]).all() and start_BH.abs().min() > 0


def test_masks_are_held_over_the_window_and_keep_the_mean() -> None:
    stack = Stack.fresh(replace(SHAPE, layers=2, width=64, embedding=64), seed=0)
    shares = Dropout(0.1, 0.2, 0.3, 0.4)
    draws = (torch.Generator().manual_seed(seed) for seed in (1, 1, 2))
    one, other, third = (Noise.draw(stack, shares, 32, generator) for generator in draws)
    assert one.input_BE is not None and one.between is not None and one.output_BW is not None and one.recurrent
    masks = (one.input_BE, *one.between, one.output_BW, *one.recurrent.values())
    for mask, share in zip(masks, (0.1, 0.2, 0.2, 0.3, 0.4, 0.4), strict=True):
        assert np.unique(mask.numpy()) == pytest.approx([0.0, 1 / (1 - share)])
        assert float((mask == 0).float().mean()) == pytest.approx(share, abs=0.04)
    assert one.input_BE.shape == (32, 64) and one.recurrent[0].shape == (256, 64)
    assert other.output_BW is not None and (one.output_BW == other.output_BW).all()
    assert third.output_BW is not None and (one.output_BW != third.output_BW).any()
    assert Noise.draw(stack, Dropout(), 32, torch.Generator()) == Noise()


def test_validation_leaves_the_training_alone() -> None:
    training, alone = (begin(dropout=Dropout(0.1, 0.1, 0.1, 0.1)) for _ in range(2))
    held = Held(STREAM[:100], np.ones(100, np.int64), unknown=2)
    for _ in islice(zip(train(training, STREAM), train(alone, STREAM), strict=True), 12):
        before = training.tensors()
        quick(training.stack, held, Strategy())
        assert all((value == before[name]).all() for name, value in training.tensors().items())
    assert training.standing() == alone.standing()
    assert all((value == alone.tensors()[name]).all() for name, value in training.tensors().items())


def test_what_is_restored_is_what_was_kept() -> None:
    training, other = begin(), begin(replace(SHAPE, cell="lstm"))
    for _ in islice(train(training, STREAM), 5):
        pass
    other.restore(training.standing(), training.tensors())
    assert other.standing() == training.standing() and other.position == Position(0, 5)
    kept = training.tensors()
    assert {name.split(".")[0] for name in kept} == {"params", "adam", "muon", "state"}
    assert all((value == kept[name]).all() for name, value in other.tensors().items())


def test_what_lacks_a_tensor_is_not_restored() -> None:
    training = begin()
    kept = {name: value for name, value in training.tensors().items() if not name.startswith("muon")}
    with pytest.raises(CheckpointError, match="its state has no 'muon"):
        training.restore(training.standing(), kept)


def metrics(out: Path) -> list[dict[str, Any]]:
    lines = map(json.loads, (out / "metrics.jsonl").read_text().splitlines())
    return [line for line in lines if "best" in line]


def test_early_stopping_keeps_the_best(tmp_path: Path) -> None:
    corpus, out = write_book(tmp_path), tmp_path / "run"
    seqgen.train(corpus, out=out, **SMALL, steps=3000, validations=150, patience=3, learning_rate=0.05)
    looks = metrics(out)
    nats = [look["validation"]["nats"] for look in looks]
    assert looks[-1]["step"] < 3000 and nats.index(min(nats)) == len(nats) - 4
    assert [look["best"] for look in looks[-4:]] == [True, False, False, False]
    assert Checkpoint.load(out).provenance["training"]["step"] == looks[-4]["step"]
    found = seqgen.load(out).evaluate(samples=0).nats["carried"]
    assert found == pytest.approx(min(nats), rel=1e-3)
    assert json.loads((out / "run.json").read_text())["ended"] == "no better validation in 3 looks"


def test_patience_0_never_stops(tmp_path: Path) -> None:
    corpus, out = write_book(tmp_path), tmp_path / "run"
    seqgen.train(corpus, out=out, **SMALL, steps=400, validations=20, patience=0, learning_rate=0.05)
    assert metrics(out)[-1]["step"] == 400


@pytest.mark.parametrize("rate", [4e-3, 5.0])
def test_without_held_out_text_the_last_model_is_kept(rate: float, tmp_path: Path) -> None:
    corpus, out = write_book(tmp_path), tmp_path / "run"
    options = SMALL | {"steps": 60, "validations": 3, "patience": 1, "split": "100,0,0", "learning_rate": rate}
    model = seqgen.train(corpus, out=out, **options)
    looks = metrics(out)
    assert [(look["step"], look["best"]) for look in looks] == [(20, True), (40, True), (60, True)]
    assert (looks[-1]["training"]["nats"] < looks[0]["training"]["nats"]) is (rate < 1)
    assert model.checkpoint.provenance["training"]["step"] == 60
    with pytest.raises(UsageError, match=r"'validation'.+it is empty; this corpus has train"):
        model.evaluate()
    assert model.evaluate(part="train", samples=0).characters == len(book())


@pytest.mark.parametrize(
    ("budget", "steps"),
    [
        ({"steps": 5}, 5),
        ({"steps": 5, "minutes": 5.0}, 5),
        ({"steps": 10**6, "epochs": 0.25}, 4),
        ({"epochs": 1}, 14),
    ],
)
def test_the_first_budget_to_be_used_up_ends_the_run(budget: dict[str, Any], steps: int, tmp_path: Path) -> None:
    *_, last = runs(write_book(tmp_path), out=tmp_path / "run", **SMALL, **budget)
    assert last.step == last.total == steps
    assert (tmp_path / "run" / "model.safetensors").exists()


def test_looks_do_not_change_what_is_learnt(tmp_path: Path) -> None:
    corpus, kept = write_book(tmp_path), {}
    for looks in (1, 10):
        *_, last = runs(corpus, out=tmp_path / f"{looks}", **SMALL, steps=30, validations=looks, patience=0)
        kept[looks] = Checkpoint.load(tmp_path / f"{looks}").params
        assert len(metrics(tmp_path / f"{looks}")) == looks and last.step == 30
    assert all((value == kept[10][name]).all() for name, value in kept[1].items())


def test_one_seed_is_one_run_and_another_is_another(tmp_path: Path) -> None:
    corpus = write_book(tmp_path)
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        seqgen.train(corpus, out=tmp_path / name, **SMALL, steps=6, seed=seed, output_dropout=0.5)
    one, again, other = (files(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert one["model.safetensors"] != other["model.safetensors"]


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqgen.training.step.loss_of", lambda *given: loss_of(*given) * math.nan)
    with pytest.raises(UsageError, match=r"the loss of step 1 is nan\. .+smaller --learning-rate"):
        next(runs(write_book(tmp_path), out=tmp_path / "run", **SMALL, steps=5))

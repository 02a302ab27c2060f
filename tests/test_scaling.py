"""A scaled loss trains as one that is not, and a step whose gradients overflow is left out."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Literal

import numpy as np
import pytest
import torch

from seqgen.lanes import Lanes
from seqgen.model import ModelSettings
from seqgen.nn import Stack
from seqgen.plan import Optimiser, TrainSettings
from seqgen.training import Training, scaling, train
from seqgen.training.scaling import Scaler
from tests.runs import one_thread

CPU = torch.device("cpu")
Kind = Literal["muon", "adamw"]
STREAM = np.array([0, *[3, 4, 5, 6, 7] * 40, 0, *[8, 9, 10] * 60, 0])


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    with one_thread():
        yield


def begin(scale: float | None = None, *, optimiser: Optimiser | None = None) -> Training:
    """A run in float32 whose loss is scaled."""
    shape = ModelSettings(vocabulary=12, width=32, embedding=16, reset_level=0)
    settings = TrainSettings(optimiser=optimiser or Optimiser(warmup=3))
    training = Training(Stack.fresh(shape, seed=0), settings, Lanes(4, 8, reset_level=0, seed=0))
    if scale:
        training.scaler = Scaler(CPU)
        training.scaler.scale.fill_(scale)
    return training


def tensors(training: Training) -> dict[str, np.ndarray]:
    return {name: value for name, value in training.tensors().items() if not name.startswith("scaler.")}


@pytest.mark.parametrize("optimiser", ["muon", "adamw"])
@pytest.mark.parametrize("scale", [2.0**4, 2.0**16])
def test_a_power_of_two_changes_no_bit(scale: float, optimiser: Kind) -> None:
    plain, scaled = (begin(each, optimiser=Optimiser(optimiser, warmup=3)) for each in (None, scale))
    losses = [[step.nats for step in islice(train(training, STREAM), 20)] for training in (plain, scaled)]
    assert losses[0] == losses[1]
    assert all((value == tensors(scaled)[name]).all() for name, value in tensors(plain).items())


def test_another_scale_changes_some() -> None:
    with pytest.raises(AssertionError):
        test_a_power_of_two_changes_no_bit(1000.0, "muon")


@pytest.mark.parametrize("fault", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("optimiser", ["muon", "adamw"])
@pytest.mark.parametrize("number", [4, 5])
def test_a_step_that_overflows_is_left_out(number: int, optimiser: Kind, fault: float) -> None:
    training = begin(2.0**8, optimiser=Optimiser(optimiser, warmup=3))
    for _ in islice(train(training, STREAM), number):
        pass
    before, scaler = tensors(training), training.scaler
    assert scaler
    with overflow(training, fault):
        next(train(training, STREAM))
    after = tensors(training)
    assert all((value == after[name]).all() for name, value in before.items() if not name.startswith("state."))
    assert any((value != after[name]).any() for name, value in before.items() if name.startswith("state."))
    assert training.step == number + 1 and float(scaler.scale) == 2.0**7 and float(scaler.calm) == 0


@contextmanager
def overflow(training: Training, fault: float) -> Iterator[None]:
    """While it lasts, one gradient is no number."""
    scaler, param = training.scaler, training.stack.params["layers.0.U"]
    assert scaler
    unscale = scaler.unscale

    def faulty(params: Iterable[torch.Tensor]) -> None:
        assert param.grad is not None
        param.grad[0, 0] = fault
        unscale(params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scaler, "unscale", faulty)
        yield


def test_training_goes_on_after_an_overflow() -> None:
    training = begin(2.0**8)
    with overflow(training, math.nan):
        next(train(training, STREAM))
    losses = [step.nats for step in islice(train(training, STREAM), 60)]
    assert losses[-1] < losses[0] - 0.3


def test_the_scale_doubles_after_a_calm_while_and_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "CALM", 3)
    scaler, good, bad = Scaler(CPU), torch.tensor(1.0), torch.tensor(math.inf)
    said = [float(scaler.judge(norm, [])) for norm in (good, good, bad)]
    assert said == [0, 0, 1] and float(scaler.scale) == scaling.FIRST / 2
    scales = []
    for _ in range(60):
        scaler.judge(good, [])
        scales.append(float(scaler.scale))
    assert scales[:7] == [scaling.FIRST / 2] * 2 + [scaling.FIRST] * 3 + [scaling.FIRST * 2] * 2
    assert max(scales) == scaling.MOST
    for _ in range(60):
        scaler.judge(bad, [])
    assert float(scaler.scale) == scaling.LEAST


def test_clipping_sees_the_gradients_as_they_are() -> None:
    training = begin(2.0**12, optimiser=Optimiser(clip=1e-3))
    next(train(training, STREAM))
    norm = math.sqrt(sum(float((p.grad**2).sum()) for p in training.stack.params.values() if p.grad is not None))
    assert norm == pytest.approx(1e-3, rel=1e-3)


def test_the_scale_is_kept_for_resume() -> None:
    training, other = begin(2.0**5), begin(2.0**9)
    for _ in islice(train(training, STREAM), 3):
        pass
    other.restore(training.standing(), training.tensors())
    assert other.scaler and float(other.scaler.scale) == 2.0**5 and float(other.scaler.calm) == 3
    assert all((value == other.tensors()[name]).all() for name, value in training.tensors().items())


def test_only_float16_is_scaled() -> None:
    shape, lanes = ModelSettings(vocabulary=12, width=32, embedding=16), Lanes(4, 8)
    made = [
        Training(Stack.fresh(shape, 0), TrainSettings(), lanes, precision=precision)
        for precision in ("float32", "bfloat16", "float16")
    ]
    assert [training.scaler is not None for training in made] == [False, False, True]
    assert [training.half for training in made] == [None, torch.bfloat16, torch.float16]

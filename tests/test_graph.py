"""Steps on buffers, which a GPU records as graphs, are the plain steps, bit for bit."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from seqgen.lanes import Lanes
from seqgen.model import ModelSettings
from seqgen.nn import Stack
from seqgen.plan import Dropout, Optimiser, TrainSettings
from seqgen.training import Schedule, Training, train
from seqgen.training.graph import Buffers, Graphed, engine_of
from seqgen.training.scaling import Scaler
from seqgen.training.step import LARGE, Load
from tests.runs import one_thread

V, STEPS = 12, 20
SHAPE = ModelSettings(vocabulary=V, width=16, layers=2, embedding=16, reset_level=0)
STREAM = np.array([0, *[3, 4, 5, 6, 7] * 40, 0, *[8, 9, 10] * 60, 0])
SETTINGS = TrainSettings(optimiser=Optimiser(warmup=3), dropout=Dropout(0.2, 0.2, 0.2, 0.2))
Trained = tuple[list[float], dict[str, np.ndarray]]
SHAPES: dict[str, dict[str, Any]] = {
    "lstm": {},
    "gru, whose start is learnt": {"cell": "gru"},
    "one-hot, never reset": {"embedding": 0, "reset_level": -1},
    "a large vocabulary": {"vocabulary": LARGE},
    "without noise": {"cell": "lstm,feedforward", "norm": True},
}


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    with one_thread():
        yield


def begin(shape: ModelSettings, settings: TrainSettings = SETTINGS, *, scaled: bool = False) -> Training:
    """A run over lanes that wrap, and meet resets, within the first steps."""
    training = Training(Stack.fresh(shape, seed=0), settings, Lanes(4, 8, reset_level=0, seed=0))
    training.schedule = Schedule(STEPS, 5)
    training.scaler = Scaler(training.stack.device) if scaled else None
    return training


def trained(training: Training, *, steps: int = STEPS) -> Trained:
    """The losses of the next steps, and every tensor after them."""
    return [step.nats for step in islice(train(training, STREAM), steps)], training.tensors()


def on_buffers(training: Training) -> Training:
    training.engine = Graphed(training)
    return training


def assert_same(
    one: tuple[list[float], dict[str, np.ndarray]], other: tuple[list[float], dict[str, np.ndarray]]
) -> None:
    assert one[0] == other[0] and one[1].keys() == other[1].keys()
    assert all((value == other[1][name]).all() for name, value in one[1].items())


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_steps_on_buffers_are_the_plain_steps(shape: str, scaled: bool) -> None:
    settings = replace(SETTINGS, dropout=Dropout()) if shape == "without noise" else SETTINGS
    made = replace(SHAPE, **SHAPES[shape])
    plain, graphed = (begin(made, settings, scaled=scaled) for _ in range(2))
    assert_same(trained(plain), trained(on_buffers(graphed)))


def test_what_is_restored_goes_on_in_buffers_of_its_own() -> None:
    whole = trained(begin(SHAPE))
    first, second = on_buffers(begin(SHAPE)), on_buffers(begin(SHAPE))
    before, _ = trained(first, steps=7)
    trained(second, steps=3)
    second.restore(first.standing(), first.tensors())
    assert second.engine is None
    after, tensors = trained(on_buffers(second), steps=STEPS - 7)
    assert_same((before + after, tensors), whole)


def test_a_state_put_in_from_outside_is_read() -> None:
    plain, graphed = begin(SHAPE), on_buffers(begin(SHAPE))
    for training in (plain, graphed):
        trained(training, steps=4)
        training.state = tuple(tuple(torch.full_like(part, 0.25) for part in layer) for layer in training.state)
    assert_same(trained(plain, steps=1), trained(graphed, steps=1))


Loss = Callable[[Buffers, Load], Load]
LOST: dict[str, Loss] = {
    "the batch": lambda buffers, load: replace(load, inputs_BT=buffers.load.inputs_BT),
    "the noise": lambda buffers, load: replace(load, noise=buffers.load.noise),
    "the fresh lanes": lambda buffers, load: replace(load, fresh_B=None),
    "the learning rate": lambda buffers, load: replace(load, share=1.0),
}


@pytest.mark.parametrize("lost", LOST)
def test_the_comparison_sees_what_is_not_put_in(lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill = Buffers.fill
    monkeypatch.setattr(Buffers, "fill", lambda self, load, state: fill(self, LOST[lost](self, load), state))
    with pytest.raises(AssertionError):
        test_steps_on_buffers_are_the_plain_steps("one-hot, never reset", False)


def test_losses_are_kept_when_the_next_step_is_taken() -> None:
    steps = list(islice(train(on_buffers(begin(SHAPE)), STREAM), 3))
    assert len({step.nats for step in steps}) == 3


def test_a_cpu_takes_plain_steps() -> None:
    assert not isinstance(engine_of(begin(SHAPE)), Graphed)

"""What is measured on a GPU alone does nothing without one, and says so; the rest of it is tried on the CPU."""

import argparse
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import kernel
from benchmarks.gpt import RECIPES
from benchmarks.measuring import pace
from benchmarks.own import Glance, Look, Run
from benchmarks.race import MARK, Race
from benchmarks.rival import Task
from seqgen.evaluation import Held

SIZES = argparse.Namespace(layers=2, width=8, embedding=4, lanes=3, window=5, precision="float32")


def test_without_a_gpu_nothing_is_measured(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    kernel.main(["--rows"])
    said = capsys.readouterr()
    assert said.out == "" and "torch sees no GPU here, so there is nothing to measure." in said.err


def test_the_baseline_takes_windows_of_the_same_size() -> None:
    assert list(islice(kernel.kernel_steps(SIZES, "cpu"), 3)) == [15, 15, 15]


def test_a_device_that_works_ahead_is_waited_for_at_both_ends_of_a_turn() -> None:
    told: list[Any] = []

    def steps() -> Iterator[int]:
        for number in count():
            told.append(number)
            yield number

    turn = pace(steps(), count=2, warm=1, wait=lambda: told.append("wait"))
    turn()
    assert told == [0, 1, "wait", 2, 3, "wait"]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_seconds_to_the_mark_are_those_of_the_first_look_below_it(device: str) -> None:
    held = Held(np.zeros(3, int), np.ones(3, int), 1)
    task = Task(RECIPES["gpu"], held.ids_N, 9, Glance(held, 256), device=device)
    looks = [Look(seconds, MARK + over) for seconds, over in ((10, 0.1), (20, 0.0), (30, -0.1))]
    for passed, seconds in ((looks, [20]), (looks[:1], []), ([], [])):
        run = Run({}, 30, 1, 1, 1, tuple(passed))
        found = [figure.value for figure in Race("text", task, {}, held, {}).mark("text", run)]
        assert found == (seconds if device == "cuda" else [])

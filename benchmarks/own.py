"""seqgen's side of a comparison: a whole run with its looks, or the bare steps of one."""

import math
import shutil
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from seqgen import api, evaluation, plan
from seqgen.api import Progress
from seqgen.checkpoint import MODEL_FILE
from seqgen.evaluation import Held
from seqgen.lanes import Lanes, Strategy
from seqgen.nn import Stack
from seqgen.nn.machine import pick_precision, prepare
from seqgen.plan import Material
from seqgen.training import Step, Training, train
from seqgen.vocabulary import Vocabulary


@dataclass(frozen=True)
class Look:
    """The model that was kept after so many seconds, in nats per character."""

    seconds: float
    nats: float


@dataclass(frozen=True)
class Run:
    """What a training came to: nats per character on the whole validation part by way of scoring, the seconds and
    steps it took, symbols a second without its looks, and the looks at which the model became better."""

    nats: dict[str, float]
    seconds: float
    steps: int
    speed: float
    parameters: int
    looks: tuple[Look, ...] = ()

    def bits(self, way: str) -> float:
        """Bits per character."""
        return self.nats[way] / math.log(2)


@dataclass(frozen=True)
class Glance:
    """What the looks of a race are scored on: some held-out text, in cold windows."""

    held: Held
    window: int


def run(corpus: str, *, glance: Glance | None = None, **options: Any) -> Run:
    """What `seqgen chars train` reaches with these options, by its own clock, which its looks are part of."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "run")
        passed, kept = [], {}
        for progress in api.training(corpus, out=path, **options):
            passed.append((time.perf_counter(), progress))
            if glance and progress.validation and progress.validation.best:
                # Scored at the end, so that the clock does not see it.
                kept[progress.seconds] = path / f"{progress.step}.safetensors"
                shutil.copy(path / MODEL_FILE, kept[progress.seconds])
        model, last = api.load(path), passed[-1][1]
        nats = {way: value for way, value in model.evaluate(samples=0).nats.items() if value is not None}
        looks = [Look(seconds, _score(file, glance)) for seconds, file in kept.items() if glance]
    count = sum(value.size for value in model.checkpoint.params.values())
    return Run(nats, last.seconds, last.step, _speed(passed), count, tuple(looks))


def _speed(passed: list[tuple[float, Progress]]) -> float:
    """Symbols a second in the median step, of those that no look follows."""
    seconds = [now - before for (before, _), (now, told) in pairwise(passed) if told.validation is None]
    last = passed[-1][1]
    symbols = last.symbols_per_second * last.seconds / last.step
    return symbols / statistics.median(seconds) if seconds else last.symbols_per_second


def _score(file: Path, glance: Glance) -> float:
    found = api.load(file).checkpoint
    scores = evaluation.cold(Stack.from_arrays(found.model, found.params), glance.held, Strategy(), glance.window)
    assert scores
    return evaluation.nats_per_character(scores, glance.held)


def steps(ids: np.ndarray, vocabulary: Vocabulary, *, reset: str, settings: dict[str, Any]) -> Iterator[Step]:
    """The steps of a run with these settings, the rest chosen as for a budget of one minute, at its peak rate."""
    made = plan.make(settings, Material(len(ids), vocabulary), strategy=Strategy(), reset=reset)
    walk = made.train.walk
    lanes = Lanes(walk.lanes, walk.window, reset_level=made.model.reset_level, seed=0)
    machine = made.train.machine
    device = "cuda" if machine.device == "cuda" else "cpu"
    prepare(device)
    precision = pick_precision(machine.precision, device, model=made.model, lanes=walk.lanes)
    return train(Training(Stack.fresh(made.model, 0, device=device), made.train, lanes, precision=precision), ids)

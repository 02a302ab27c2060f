"""A GPT in training against the clock, for `race`."""

import copy
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmarks import gpt, scoring
from benchmarks.gpt import Gpt, Recipe
from benchmarks.measuring import Work, pace
from benchmarks.own import Glance, Look, Run
from seqgen.evaluation import Held

WINDOWS = (64, 256)
"""Symbols of the cold windows that are scored, as far as the context allows."""
WAIT = 20
"""Steps after which the clock waits for the device: a GPU takes orders faster than it carries them out."""


@dataclass(frozen=True)
class Task:
    """What a GPT has to learn, and how; `glance` is what its looks are scored on."""

    recipe: Recipe
    ids_N: np.ndarray
    vocabulary: int
    glance: Glance
    seed: int = 0
    device: str = "cpu"
    bfloat16: bool = False

    def fresh(self) -> Gpt:
        """A model with new weights."""
        torch.manual_seed(self.seed)
        return Gpt(self.vocabulary, self.recipe).to(self.device)

    def train(self, model: Gpt, done: gpt.Done) -> Iterator[Tensor]:
        """The losses of a training, step by step."""
        return gpt.train(model, self.ids_N, done=done, bfloat16=self.bfloat16, seed=self.seed)

    def speed(self) -> Work:
        """Trains for some steps, and gives steps a second."""
        losses = self.train(self.fresh(), lambda steps: 0.0)
        return pace(1 for loss in losses if loss.item() is not None)


def run(task: Task, held: Held, *, seconds: float | None, looks: Sequence[float]) -> Run:
    """What the GPT comes to in the steps of its recipe, or, the schedule stretched, in so many seconds.

    It is looked at after these shares of its training, and at the end. Its clock stands still during a look, and it
    ends with the weights of the best one.
    """
    attempt = Attempt(task, seconds)
    spent = attempt.train(looks)
    windows = [window for window in WINDOWS if window <= task.recipe.context]
    nats = {f"cold_{window}": attempt.score(Glance(held, window)) for window in windows}
    speed = attempt.steps * task.recipe.batch * task.recipe.context / spent
    count = sum(weight.numel() for weight in attempt.model.parameters())
    return Run(nats, spent, attempt.steps, speed, count, tuple(attempt.looks))


class Attempt:
    """One training and its clock."""

    def __init__(self, task: Task, allowed: float | None) -> None:
        self.task, self.allowed, self.model = task, allowed, task.fresh()
        self.began, self.steps = time.perf_counter(), 0
        self.looks: list[Look] = []
        self.best = copy.deepcopy(self.model.state_dict())

    @property
    def seconds(self) -> float:
        """Those since it began."""
        return time.perf_counter() - self.began

    def done(self, steps: int) -> float:
        """The share of the training that is behind."""
        return steps / self.task.recipe.steps if self.allowed is None else self.seconds / self.allowed

    def train(self, looks: Sequence[float]) -> float:
        """Train to the end; gives the seconds, looks left out."""
        waiting = sorted(share for share in looks if share < 1)
        for loss in self.task.train(self.model, self.done):
            self.steps += 1
            look = waiting and self.done(self.steps) >= waiting[0]
            if look or self.steps % WAIT == 0:
                loss.item()
            if look:
                waiting.pop(0)
                self.look()
        spent = self.seconds
        self.look()
        self.model.load_state_dict(self.best)
        return spent

    def look(self) -> None:
        """Keep the weights if they are the best so far."""
        seconds = self.seconds
        nats = self.score(self.task.glance)
        if nats < min([look.nats for look in self.looks], default=math.inf):
            self.looks.append(Look(seconds, nats))
            self.best = copy.deepcopy(self.model.state_dict())
        self.began = time.perf_counter() - seconds

    def score(self, glance: Glance) -> float:
        """Nats per character, as the model is now."""
        self.model.eval()
        nats_N = scoring.cold(lambda ids_BT: self.model(ids_BT.to(self.task.device)), glance.held.ids_N, glance.window)
        self.model.train()
        return scoring.per_character(nats_N, glance.held)

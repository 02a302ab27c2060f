"""Dynamic evaluation: a model that learns from what it has read while it reads on, and never from what is to come.

One lane walks a row of ids in segments. A segment is scored with the weights as they are, and then learnt from in one
step of gradient descent; the state is carried on as the weights of its own segment left it. Krause et al., Dynamic
Evaluation of Neural Sequence Models, arXiv 1709.07432, equation 7: each weight moves by its gradient over the root of
its mean square (RMS), and goes back towards the trained value, weights with a larger RMS sooner.

The mean squares of that paper are taken on training data, which no checkpoint has. Here they are those of a text that
the model itself draws, so their expectation is the diagonal of its Fisher information. They are a property of the
model, and hold nothing of what is being read.

What weights have learnt is a memory, so a reset clears it: no segment reaches past one, and behind it the weights are
the trained ones. Shapes: N ids of the row, M targets scored, V vocabulary.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seqgen.errors import InputError, UsageError, no_number
from seqgen.evaluation import Held, Judged, Scores, judge
from seqgen.generation import Solo, uniforms
from seqgen.lanes import Lanes, Strategy, aims, as_generated
from seqgen.nn import Stack
from seqgen.plan import AdaptSettings
from seqgen.playing import Player
from seqgen.training import forward

OWN = 2048
"""Symbols that the model draws to learn how large its gradients are."""
EPSILON = 0.1
"""The least RMS that counts, as a share of the mean one: weights that the drawn text does not use move no further."""


def adapted(stack: Stack, held: Held, strategy: Strategy, settings: AdaptSettings) -> Scores:
    """Scores as generated, of a model that learns from each segment after it is scored. The stack is left as it is.

    Raises UsageError for many-to-one, InputError when it has learnt so fast that its loss is no number.
    """
    return Scores.of(held, _scored(_Learner(stack, held, strategy, settings), held))


def learnt(stack: Stack, held: Held, strategy: Strategy, settings: AdaptSettings) -> dict[str, np.ndarray]:
    """The parameters behind the row: adapted to what follows its last reset. The stack is left as it is.

    Raises UsageError for many-to-one, InputError when it has learnt so fast that its loss is no number.
    """
    learner = _Learner(stack, held, strategy, settings)
    resets = np.flatnonzero(held.ids_N <= learner.level)
    unit = slice(resets[-1] if len(resets) else 0, None)
    for heard in learner.read(_part(held, unit)):
        learner.learn(heard.loss)
    for _ in learner.read(_part(held, slice(-1 - settings.adapt_segment, None))):
        pass  # what the last step made of the weights shows when they are read with
    return learner.stack.arrays()


def _part(held: Held, part: slice) -> Held:
    """A part of a row."""
    return replace(held, ids_N=held.ids_N[part], lengths_N=held.lengths_N[part])


class Segment(NamedTuple):
    """Transitions from `start` to `stop`; whether they begin a unit, and whether they end it."""

    start: int
    stop: int
    first: bool
    last: bool


def segments(ids_N: np.ndarray, level: int, length: int) -> Iterator[Segment]:
    """The row, cut where a reset is read, and between resets into segments of that length."""
    ends = len(ids_N) - 1
    for begin, end in pairwise([0, *(np.flatnonzero(ids_N[1:-1] <= level) + 1).tolist(), ends]):
        for start in range(begin, end, length):
            yield Segment(start, min(start + length, end), start == begin, start + length >= end)


@dataclass(frozen=True)
class _Heard:
    """A segment that was read: where its targets stand, their logits, and what learning from it would lessen."""

    segment: Segment
    where_M: np.ndarray
    logits_MV: Tensor
    targets_M: Tensor
    loss: Tensor

    def judged(self) -> Judged:
        return judge(self.logits_MV.detach(), self.targets_M)


def _scored(learner: "_Learner", held: Held) -> Iterator[tuple[np.ndarray, Judged]]:
    for heard in learner.read(held):
        yield heard.where_M, heard.judged()
        if heard.segment.last:
            learner.forget()
        else:
            learner.learn(heard.loss)


class _Learner:
    """A copy of a stack whose parameters follow what is read; `level` is that of the resets it obeys."""

    def __init__(self, stack: Stack, held: Held, strategy: Strategy, settings: AdaptSettings) -> None:
        require(strategy)
        own = {name: value.detach().clone().requires_grad_() for name, value in stack.params.items()}
        self.stack, self._strategy, self._settings = Stack(stack.settings, own), strategy, settings
        self.level = -1 if settings.adapt_across else stack.settings.reset_level
        self._params = list(own.values())
        self._trained = [value.detach().clone() for value in self._params]
        self._moved = False
        ids_N = drawn(stack, strategy, OWN)
        rms = self._rms(Held(ids_N, np.ones(len(ids_N)), held.unknown, held.first_label))
        mean = sum(float(each.sum()) for each in rms) / sum(each.numel() for each in rms)
        least = max(mean * EPSILON, torch.finfo(torch.float32).tiny)
        self._rates = [settings.adapt_rate / each.clamp(min=least) for each in rms]
        self._pulls = [(settings.adapt_decay * each / max(mean, least)).clamp(max=1) for each in rms]

    def read(self, held: Held) -> Iterator[_Heard]:
        """Each segment, with the weights as they are when it is asked for."""
        stack, strategy, length = self.stack, self._strategy, self._settings.adapt_segment
        state, phase_B = _detached(stack.start(1)), np.zeros(1, np.int64)
        for segment in segments(held.ids_N, self.level, length):
            start_B, stop_B, fresh_B = (np.array([each]) for each in segment[:3])
            size, level = segment.stop - segment.start, stack.settings.reset_level
            lanes = Lanes(1, size, strategy, level, first_label=held.first_label)
            batch = lanes.gather(held.ids_N, start_B, stop_B, fresh_B)
            logits_BSKV, targets_BSK, state = forward(stack, batch, state)
            state = _detached(state)
            aim_BSK = aims(lanes, start_B)
            # What lies beyond the segment is not read yet; what has no symbol cannot be learnt.
            known = batch.scored_BSK & (aim_BSK <= segment.stop) & (batch.targets_BSK != held.unknown)
            nats = functional.cross_entropy(logits_BSKV[known].float(), targets_BSK[known], reduction="sum")
            once, phase_B = as_generated(lanes, batch, phase_B)
            scored = once.scored_BSK
            loss = nats / (length * strategy.horizon)
            if not torch.isfinite(loss):
                raise self._no_number(loss.item())
            yield _Heard(segment, aim_BSK[scored], logits_BSKV[scored], targets_BSK[scored], loss)

    def learn(self, loss: Tensor) -> None:
        """One step."""
        gradients = torch.autograd.grad(loss, self._params)
        moved = zip(self._params, gradients, self._trained, self._rates, self._pulls, strict=True)
        with torch.no_grad():
            for param, gradient, trained, rate, pull in moved:
                param.lerp_(trained, pull).addcmul_(gradient, rate, value=-1)
        self._moved = True

    def _no_number(self, loss: float) -> InputError:
        """The error of a loss that is no number."""
        if not self._moved:
            return no_number(loss)
        asked, there = f"--adapt-rate {self._settings.adapt_rate:g}", f"at this rate the loss has become {loss}"
        return InputError(asked, there, "Choose a lower one; the default is 0.0001")

    def forget(self) -> None:
        """Go back to the trained weights."""
        if self._moved:
            with torch.no_grad():
                for param, trained in zip(self._params, self._trained, strict=True):
                    param.copy_(trained)
        self._moved = False

    def _rms(self, own: Held) -> list[Tensor]:
        """The root of the mean square of the gradient of each weight, over the segments of a row."""
        squares, count = [torch.zeros_like(each) for each in self._trained], 0
        for heard in self.read(own):
            count += 1
            for square, gradient in zip(squares, torch.autograd.grad(heard.loss, self._params), strict=True):
                square.addcmul_(gradient, gradient)
        return [(square / count).sqrt() for square in squares]


def require(strategy: Strategy) -> None:
    """Raise UsageError for a strategy that has nothing to carry on."""
    if strategy.context:
        there = "it reads every context from a fresh state, as if behind a reset, which nothing may pass"
        raise UsageError("adapting a many-to-one model", there, "Use a model trained one-to-one or one-to-many")


def drawn(stack: Stack, strategy: Strategy, length: int) -> np.ndarray:
    """A row of ids that the model draws, from a mark on; always the same."""
    reader, ids = Solo(Player(stack.settings, stack.arrays()), strategy).begin(), [0]
    for number in islice(uniforms(0, 0), length):
        z_V = reader.logits().astype(np.float64)
        sums_V = np.exp(z_V - z_V.max()).cumsum()
        ids.append(min(int(sums_V.searchsorted(number * sums_V[-1], "right")), len(sums_V) - 1))
        reader.read(ids[-1])
    return np.array(ids)


def _detached(state: Any) -> Any:
    return tuple(tuple(part.detach() for part in layer) for layer in state)

"""A run in memory, and the loop over its steps.

Everything random is drawn from (seed, step) or (seed, epoch), so what resume needs is numbers and tensors, no
generator's inner state.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from seqgen.lanes import Batch, Lanes, Position
from seqgen.nn import Noise, Stack, StackState
from seqgen.optimisers import Optimisers
from seqgen.plan import TrainSettings
from seqgen.training.schedule import Schedule
from seqgen.training.step import forward, loss_of


@dataclass(frozen=True)
class Standing:
    """Where a run stands, but for its tensors."""

    step: int
    epoch: int
    window: int
    schedule: Schedule


@dataclass(frozen=True)
class Step:
    """What one optimiser step did: mean loss in nats per scored symbol before the step, and AdamW's learning rate."""

    number: int
    nats: float
    scored: int
    learning_rate: float
    position: Position


class Training:
    """A run in progress: all that `train` changes, and all that exact resume needs."""

    def __init__(self, stack: Stack, settings: TrainSettings, lanes: Lanes, *, bfloat16: bool = False) -> None:
        self.stack, self.settings, self.lanes, self.bfloat16 = stack, settings, lanes, bfloat16
        self.schedule = Schedule()
        self.step = 0
        self.position = Position()
        self.state: StackState = stack.start(lanes.count)
        for param in stack.params.values():
            param.requires_grad_(True)
        self.optimisers = Optimisers(stack.params, settings.optimiser, width=stack.settings.width, bfloat16=bfloat16)

    def precision(self) -> torch.autocast:
        """The context in which this run computes."""
        return torch.autocast(self.stack.device.type, torch.bfloat16, enabled=self.bfloat16)

    def tensors(self) -> dict[str, np.ndarray]:
        """Every tensor of the run, by name. The reverse of `restore`, with `standing`."""
        found = {f"params.{name}": value for name, value in self.stack.params.items()}
        found |= dict(self.optimisers.tensors())
        for layer, state in enumerate(self.state):
            found |= {f"state.{layer}.{i}": value for i, value in enumerate(state)}
        return {name: value.detach().float().cpu().numpy().copy() for name, value in found.items()}

    def standing(self) -> Standing:
        """Everything else that resume needs."""
        return Standing(self.step, *self.position, self.schedule)

    def restore(self, standing: Standing, tensors: Mapping[str, np.ndarray]) -> None:
        """Go on from where `standing` and `tensors` were taken."""
        self.step, self.position = standing.step, Position(standing.epoch, standing.window)
        self.schedule = standing.schedule
        device = self.stack.device
        with torch.no_grad():
            for name, param in self.stack.params.items():
                param.copy_(torch.from_numpy(tensors[f"params.{name}"]))
        self.optimisers.restore(tensors)
        self.state = tuple(
            tuple(torch.tensor(tensors[f"state.{layer}.{i}"], device=device) for i in range(len(state)))
            for layer, state in enumerate(self.state)
        )


def train(training: Training, ids: np.ndarray) -> Iterator[Step]:
    """Train until the schedule ends, one optimiser step at a time; between two steps `training` is whole and may be
    saved."""
    for position, batch in training.lanes.walk(ids, training.position):
        if training.schedule.total is not None and training.step >= training.schedule.total:
            return
        yield _advance(training, position, batch)


def _advance(training: Training, position: Position, batch: Batch) -> Step:
    """One optimiser step on one batch."""
    settings, stack = training.settings, training.stack
    generator = torch.Generator(stack.device).manual_seed(settings.seed * 0x9E3779B1 + training.step & (1 << 63) - 1)
    noise = Noise.draw(stack, settings.dropout, training.lanes.count, generator)
    with training.precision():
        logits_BSKV, targets_BSK, state = forward(stack, batch, training.state, noise=noise)
        loss = loss_of(logits_BSKV, targets_BSK, torch.from_numpy(batch.scored_BSK).to(stack.device))
    training.optimisers.clear()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(stack.params.values()), settings.optimiser.clip)
    share = training.schedule.share(settings.optimiser, training.step)
    training.optimisers.step(training.step, share)
    training.state = tuple(tuple(part.detach().float() for part in layer) for layer in state)
    training.position, training.step = position, training.step + 1
    rate = settings.optimiser.learning_rate * share
    return Step(training.step, float(loss.detach()), int(batch.scored_BSK.sum()), rate, position)

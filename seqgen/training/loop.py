"""The loop over the steps of a run."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from seqgen.lanes import Batch, Position
from seqgen.training.graph import engine_of
from seqgen.training.run import Training
from seqgen.training.step import Load


@dataclass(frozen=True)
class Step:
    """What one optimiser step did: its number, counted from 1, the symbols scored, and AdamW's learning rate."""

    number: int
    loss: Tensor
    scored: int
    learning_rate: float
    position: Position

    @property
    def nats(self) -> float:
        """Mean loss in nats per scored symbol before the step. A GPU works ahead of the loop: asking waits for it."""
        return float(self.loss)


def train(training: Training, ids: np.ndarray) -> Iterator[Step]:
    """Train until the schedule ends, one optimiser step at a time; between two steps `training` is whole and may be
    saved."""
    for position, batch in training.lanes.walk(ids, training.position):
        if training.schedule.total is not None and training.step >= training.schedule.total:
            return
        yield _advance(training, position, batch)


def _advance(training: Training, position: Position, batch: Batch) -> Step:
    """One optimiser step on one batch."""
    settings = training.settings
    training.engine = training.engine or engine_of(training)
    share = training.schedule.share(settings.optimiser, training.step)
    loss = training.engine(Load.of(batch, training.stack.device, noise=training.noise(), share=share))
    training.position, training.step = position, training.step + 1
    rate = settings.optimiser.learning_rate * share
    return Step(training.step, loss, int(batch.scored_BSK.sum()), rate, position)

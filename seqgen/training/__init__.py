"""Training as a generator of steps: truncated back-propagation through time with carried state."""

from seqgen.training.loop import Step, train
from seqgen.training.run import Standing, Training
from seqgen.training.schedule import Schedule
from seqgen.training.step import forward, loss_of, renew

__all__ = ["Schedule", "Standing", "Step", "Training", "forward", "loss_of", "renew", "train"]

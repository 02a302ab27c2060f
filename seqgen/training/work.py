"""What one optimiser step does to a run: on the device alone, and without waiting for it, so that a GPU may take it as
one CUDA graph."""

import torch
from torch import Tensor

from seqgen.nn import StackState
from seqgen.training.run import Training
from seqgen.training.step import Load, cost


def work(training: Training, load: Load, state: StackState) -> tuple[Tensor, StackState]:
    """Change the parameters and what the optimisers remember; gives the loss before that, in nats, and the state behind
    the window."""
    with training.precision():
        loss, state = cost(training.stack, load, state)
    training.optimisers.clear()
    skipped = _propagate(training, loss)
    training.optimisers.step(training.step, load.share, skipped=skipped)
    return loss.detach(), tuple(tuple(part.detach().float() for part in layer) for layer in state)


def _propagate(training: Training, loss: Tensor) -> Tensor | None:
    """Clipped gradients of the loss; in float16, whether the step has to be left out."""
    params, clip = list(training.stack.params.values()), training.settings.optimiser.clip
    scaler = training.scaler
    if scaler is None:
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, clip)
        return None
    (loss * scaler.scale).backward()
    scaler.unscale(params)
    return scaler.judge(torch.nn.utils.clip_grad_norm_(params, clip), params)

"""What one optimiser step computes: logits, loss, and the state behind a window.

Shapes: B lanes, T steps read, S steps scored, K symbols predicted at each, V vocabulary.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seqgen import arrays
from seqgen.lanes import Batch
from seqgen.nn import Noise, Stack, StackState
from seqgen.nn.stack import SILENCE


def forward(
    stack: Stack, batch: Batch, state: StackState, *, noise: Noise = SILENCE
) -> tuple[Tensor, Tensor, StackState]:
    """Read a window, fresh lanes from the start state: logits_BSKV, targets_BSK, and the state behind the window."""
    device = stack.device
    targets_BSK = torch.from_numpy(batch.targets_BSK).to(device)
    inputs_BT = torch.from_numpy(batch.inputs_BT).to(device)
    y_BTW, state = stack.features(inputs_BT, renew(stack, state, batch.fresh_B), noise=noise)
    return stack.logits(y_BTW[:, -targets_BSK.shape[1] :], targets_BSK), targets_BSK, state


def loss_of(logits_BSKV: Tensor, targets_BSK: Tensor, scored_BSK: Tensor) -> Tensor:
    """Mean cross-entropy in nats over the scored targets."""
    # Time first, as the features lie in memory: no copy is made.
    logits, targets = logits_BSKV.transpose(0, 1).flatten(0, 2), targets_BSK.transpose(0, 1).flatten()
    weights = scored_BSK.transpose(0, 1).flatten()
    nats = functional.cross_entropy(logits.float(), targets, reduction="none")
    return (nats * weights).sum() / weights.sum().clamp(min=1)


def renew(stack: Stack, state: StackState, fresh_B: np.ndarray) -> StackState:
    """The state, with the start state in the fresh lanes."""
    if not fresh_B.any():
        return state
    mask_B = torch.from_numpy(fresh_B).to(stack.device)
    begin = stack.start(len(fresh_B))
    return tuple(
        tuple(arrays.choose(mask_B, new, old) for new, old in zip(news, olds, strict=True))
        for news, olds in zip(begin, state, strict=True)
    )

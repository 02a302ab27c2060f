"""What one optimiser step computes: logits, loss, and the state behind a window.

Shapes: B lanes, T steps read, S steps scored, K symbols predicted at each, N = S * B * K rows, C channels, F
channels into the output layer, V vocabulary.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seqgen import arrays
from seqgen.lanes import Array, Batch
from seqgen.model import output
from seqgen.nn import Noise, Stack, StackState
from seqgen.nn.stack import SILENCE
from seqgen.training.slices import sliced_loss

LARGE = 512
"""The least vocabulary whose loss is taken in slices: about there it begins to be faster (docs/experiments.md)."""


@dataclass(frozen=True)
class Load:
    """What a step reads, on the device: one window of every lane, the noise, and the share of the peak learning rates.

    `fresh_B` marks the lanes that begin from the start state; it may be None where none does.
    """

    inputs_BT: Tensor
    targets_BSK: Tensor
    scored_BSK: Tensor
    fresh_B: Tensor | None
    noise: Noise = SILENCE
    share: float | Tensor = 1.0

    @classmethod
    def of(cls, batch: Batch, device: torch.device, *, noise: Noise = SILENCE, share: float = 1.0) -> "Load":
        """A batch on its way to the device; nothing waits until it is there."""
        fresh = device.type != "cpu" or batch.fresh_B.any()
        return cls(
            _sent(batch.inputs_BT, device),
            _sent(batch.targets_BSK, device),
            _sent(batch.scored_BSK, device),
            _sent(batch.fresh_B, device) if fresh else None,
            noise,
            share,
        )

    def tensors(self) -> list[Tensor]:
        """The tensors that every load of a run has, in the same shapes."""
        return [self.inputs_BT, self.targets_BSK, self.scored_BSK, *self.noise.tensors()]


def forward(
    stack: Stack, batch: Batch, state: StackState, *, noise: Noise = SILENCE
) -> tuple[Tensor, Tensor, StackState]:
    """Read a window, fresh lanes from the start state: logits_BSKV, targets_BSK, and the state behind the window."""
    load = Load.of(batch, stack.device, noise=noise)
    y_BSW, state = read(stack, load, state)
    return stack.logits(y_BSW, load.targets_BSK), load.targets_BSK, state


def read(stack: Stack, load: Load, state: StackState) -> tuple[Tensor, StackState]:
    """The features y_BSW of the steps that are scored, and the state behind the window."""
    y_BTW, state = stack.features(load.inputs_BT, renew(stack, state, load.fresh_B), noise=load.noise)
    return y_BTW[:, -load.targets_BSK.shape[1] :], state


def cost(stack: Stack, load: Load, state: StackState) -> tuple[Tensor, StackState]:
    """The loss of a window, and the state behind it."""
    y_BSW, state = read(stack, load, state)
    settings, targets_BSK = stack.settings, load.targets_BSK
    if settings.vocabulary < LARGE:
        return loss_of(stack.logits(y_BSW, targets_BSK), targets_BSK, load.scored_BSK), state
    z_BSKF, W_VF = stack.hidden(y_BSW, targets_BSK), output(settings, stack.params)
    z_NF, targets_N, scored_N = _in_time(z_BSKF, targets_BSK, load.scored_BSK)
    return sliced_loss(z_NF, W_VF, stack.params["output.b"], targets_N=targets_N, scored_N=scored_N), state


def loss_of(logits_BSKV: Tensor, targets_BSK: Tensor, scored_BSK: Tensor) -> Tensor:
    """Mean cross-entropy in nats over the scored targets."""
    logits_NV, targets_N, scored_N = _in_time(logits_BSKV, targets_BSK, scored_BSK)
    nats_N = functional.cross_entropy(logits_NV.float(), targets_N, reduction="none")
    return (nats_N * scored_N).sum() / scored_N.sum().clamp(min=1)


def _in_time(x_BSKC: Tensor, targets_BSK: Tensor, scored_BSK: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One row for each target, time first, as the features lie in memory: no copy is made."""
    x_NC = x_BSKC.transpose(0, 1).flatten(0, 2)
    return x_NC, targets_BSK.transpose(0, 1).flatten(), scored_BSK.transpose(0, 1).flatten()


def renew(stack: Stack, state: StackState, fresh_B: Tensor | None) -> StackState:
    """The state, with the start state in the fresh lanes."""
    if fresh_B is None:
        return state
    begin = stack.start(len(fresh_B))
    return tuple(
        tuple(arrays.choose(fresh_B, new, old) for new, old in zip(news, olds, strict=True))
        for news, olds in zip(begin, state, strict=True)
    )


def _sent(array: Array, device: torch.device) -> Tensor:
    """The array as a tensor there; by way of memory that a GPU can fetch from while the processor goes on."""
    tensor = torch.from_numpy(array)
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)

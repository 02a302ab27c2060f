"""A run in memory: all that training changes, and all that exact resume needs.

Everything random is drawn from (seed, step) or (seed, epoch), so what resume needs is numbers and tensors, no
generator's inner state.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seqgen.errors import CheckpointError
from seqgen.lanes import Lanes, Position
from seqgen.nn import Noise, Stack, StackState
from seqgen.optimisers import Optimisers
from seqgen.plan import TrainSettings
from seqgen.training.scaling import Scaler
from seqgen.training.schedule import Schedule
from seqgen.training.step import Load

HALVES = {"bfloat16": torch.bfloat16, "float16": torch.float16}
"""The precisions that compute in half the bits; parameters stay in float32."""


@dataclass(frozen=True)
class Standing:
    """Where a run stands, but for its tensors."""

    step: int
    epoch: int
    window: int
    schedule: Schedule


class Training:
    """A run in progress; float16 scales its loss.

    `engine` takes its steps, and is chosen by `train` where it is None. `notes` says what did not go as well as it
    could.
    """

    def __init__(self, stack: Stack, settings: TrainSettings, lanes: Lanes, *, precision: str = "float32") -> None:
        self.stack, self.settings, self.lanes = stack, settings, lanes
        self.half = HALVES.get(precision)
        self.scaler = Scaler(stack.device) if precision == "float16" else None
        self.schedule = Schedule()
        self.step = 0
        self.position = Position()
        self.state: StackState = stack.start(lanes.count)
        for param in stack.params.values():
            param.requires_grad_(True)
        self.optimisers = Optimisers(stack.params, settings.optimiser, bfloat16=self.half is not None)
        self.engine: Callable[[Load], Tensor] | None = None
        self.notes: list[str] = []

    def precision(self) -> torch.autocast:
        """The context in which this run computes."""
        return torch.autocast(self.stack.device.type, self.half or torch.bfloat16, enabled=self.half is not None)

    def noise(self) -> Noise:
        """The masks of the next step."""
        seed = self.settings.seed * 0x9E3779B1 + self.step & (1 << 63) - 1
        generator = torch.Generator(self.stack.device).manual_seed(seed)
        return Noise.draw(self.stack, self.settings.dropout, self.lanes.count, generator)

    def tensors(self) -> dict[str, np.ndarray]:
        """Every tensor of the run, by name. The reverse of `restore`, with `standing`."""
        found = {f"params.{name}": value for name, value in self.stack.params.items()}
        found |= dict(self.optimisers.tensors())
        if self.scaler:
            found |= dict(self.scaler.tensors())
        for layer, state in enumerate(self.state):
            found |= {f"state.{layer}.{i}": value for i, value in enumerate(state)}
        return {name: value.detach().float().cpu().numpy().copy() for name, value in found.items()}

    def standing(self) -> Standing:
        """Everything else that resume needs."""
        return Standing(self.step, *self.position, self.schedule)

    def restore(self, standing: Standing, tensors: Mapping[str, np.ndarray]) -> None:
        """Go on from where `standing` and `tensors` were taken. Raises CheckpointError if some tensor is missing."""
        for name in self.tensors():
            if name not in tensors:
                remedy = "Another version of seqgen began this run: train into another folder"
                raise CheckpointError("resuming a run", f"its state has no {name!r}", remedy)
        self.step, self.position = standing.step, Position(standing.epoch, standing.window)
        self.schedule = standing.schedule
        device = self.stack.device
        with torch.no_grad():
            for name, param in self.stack.params.items():
                param.copy_(torch.from_numpy(tensors[f"params.{name}"]))
        self.optimisers.restore(tensors)
        if self.scaler:
            self.scaler.restore(tensors)
        self.state = tuple(
            tuple(torch.tensor(tensors[f"state.{layer}.{i}"], device=device) for i in range(len(state)))
            for layer, state in enumerate(self.state)
        )
        # A graph would go on with the memory from before.
        self.engine = None

"""The whole step as a CUDA graph: what a GPU does in a step is recorded once and replayed, and no kernel waits for
Python.

A graph reads and writes the memory that it was recorded on. So a step is given its batch, its noise and its share of
the learning rates in buffers that stay where they are, and leaves the state and the loss in others. On a CPU the
buffers are the same and nothing is recorded, which is how the tests hold this to the plain step.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seqgen.nn import StackState
from seqgen.training.run import Training
from seqgen.training.step import Load
from seqgen.training.work import work

Engine = Callable[[Load], Tensor]
"""Takes a step of a run, and gives its loss in a tensor that the next step leaves alone."""

WARM = 2
"""Steps of a kind that are taken one kernel at a time before one is recorded: the first ones make kernels, handles and
memory, none of which may be made while recording."""


def engine_of(training: Training) -> Engine:
    """What takes the steps of a run on its device."""
    return Graphed(training) if training.stack.device.type == "cuda" else Plain(training)


class Plain:
    """Takes each step as it is written."""

    def __init__(self, training: Training) -> None:
        self.training = training

    def __call__(self, load: Load) -> Tensor:
        """Take a step."""
        loss, self.training.state = work(self.training, load, self.training.state)
        return loss


class Graphed:
    """Takes steps on buffers: on a GPU as graphs, one for each kind of step, or a kernel at a time where they cannot be
    recorded."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self.buffers: Buffers | None = None
        self.graphs: dict[bool, torch.cuda.CUDAGraph] = {}
        self.taken: Counter[bool] = Counter()
        self.broken: torch.cuda.CUDAGraph | None = None
        self.records = training.stack.device.type == "cuda"
        self.stream = torch.cuda.Stream() if self.records else None
        self.pool = torch.cuda.graph_pool_handle() if self.records else None

    def __call__(self, load: Load) -> Tensor:
        """Take a step."""
        training, kind = self.training, self.training.optimisers.kind(self.training.step)
        self.buffers = self.buffers or Buffers.like(load, training.state)
        self.buffers.fill(load, training.state)
        if self.records and self.taken[kind] == WARM:
            self._record(kind)
        if kind in self.graphs:
            self.graphs[kind].replay()
        else:
            self._aside(self.buffers)
        self.taken[kind] += 1
        training.state = self.buffers.state
        return self.buffers.loss.clone()

    def _aside(self, buffers: "Buffers") -> None:
        """Take the step in a stream of its own: gradients must never have met the one that everything else is in."""
        if self.stream is None:
            buffers.step(self.training)
            return
        here = torch.cuda.current_stream()
        self.stream.wait_stream(here)
        with torch.cuda.stream(self.stream):
            buffers.step(self.training)
        here.wait_stream(self.stream)

    def _record(self, kind: bool) -> None:
        """Record a step of that kind, which takes none; from then on, if it cannot be done, record nothing."""
        assert self.buffers is not None
        graph = torch.cuda.CUDAGraph()
        try:
            # The outer stream is restored even where the recording breaks off.
            with (
                torch.cuda.stream(torch.cuda.current_stream()),
                torch.cuda.graph(graph, pool=self.pool, stream=self.stream),
            ):
                self.buffers.step(self.training)
        except RuntimeError as why:
            self.records = False
            # Kept, for the allocator still knows the graph.
            self.broken = graph
            reason = str(why).partition("\n")[0]
            self.training.notes.append(f"A step of this model cannot be made one CUDA graph, so it is slower: {reason}")
            return
        self.graphs[kind] = graph


@dataclass(frozen=True)
class Buffers:
    """What a step reads and writes, always in the same memory; `fresh_B` and `share` are those of the load."""

    load: Load
    fresh_B: Tensor
    share: Tensor
    state: StackState
    loss: Tensor

    @classmethod
    def like(cls, load: Load, state: StackState) -> "Buffers":
        """Buffers for a run with such loads."""
        device = load.inputs_BT.device
        fresh_B = torch.zeros(len(load.inputs_BT), dtype=torch.bool, device=device)
        share = torch.zeros((), dtype=torch.float64, device=device)
        kept = tuple(tuple(part.detach().clone() for part in layer) for layer in state)
        return cls(replace(load, fresh_B=fresh_B, share=share), fresh_B, share, kept, torch.zeros((), device=device))

    def fill(self, load: Load, state: StackState) -> None:
        """Put a load in, and the state if it has been changed from outside."""
        for kept, new in zip(self.load.tensors(), load.tensors(), strict=True):
            kept.copy_(new)
        self.fresh_B.zero_() if load.fresh_B is None else self.fresh_B.copy_(load.fresh_B)
        self.share.fill_(load.share)
        self._keep(state)

    def step(self, training: Training) -> None:
        """Take the step, and leave its loss and the next state."""
        loss, state = work(training, self.load, self.state)
        self.loss.copy_(loss)
        self._keep(state)

    def _keep(self, state: StackState) -> None:
        for kept_layer, layer in zip(self.state, state, strict=True):
            for kept, new in zip(kept_layer, layer, strict=True):
                kept.copy_(new)

"""What to train: settings, budgets, and the sizes that a corpus and a budget suggest."""

from dataclasses import dataclass
from typing import Literal

from seqgen.records import option, within


@dataclass(frozen=True)
class Dropout:
    """Shares of units left out, each mask held over a whole window (variational dropout, Gal and Ghahramani, arXiv 1512.05287).

    `recurrent` drops entries of the matrix U itself, one draw a window for all lanes (weight drop, Merity et al., arXiv 1708.02182):
    it fits fused kernels, where a mask on the state of each lane would not.
    """

    input: float = option(0.0, "Share of embedding channels dropped, held over a window")
    between: float = option(0.0, "Share of channels dropped between layers, held over a window")
    output: float = option(0.0, "Share of channels dropped before the output, held over a window")
    recurrent: float = option(0.0, "Share of recurrent weights dropped, one draw a window")

    def __post_init__(self) -> None:
        for name in ("input", "between", "output", "recurrent"):
            within(f"dropout {name}", getattr(self, name), 0, 0.95)


@dataclass(frozen=True)
class Optimiser:
    """AdamW (Loshchilov and Hutter, arXiv 1711.05101) with warm-up and linear decay."""

    learning_rate: float = option(4e-3, "Peak learning rate")
    weight_decay: float = option(0.01, "Decay of the weights of matrices")
    warmup: int = option(50, "Steps over which the learning rate rises from zero")
    final_rate: float = option(0.01, "Share of the peak learning rate left at the end")
    clip: float = option(1.0, "Largest norm of the gradient")

    def __post_init__(self) -> None:
        within("the learning rate", self.learning_rate, 1e-8, 10)
        within("the weight decay", self.weight_decay, 0, 10)
        within("warmup", self.warmup, 0, 10**9)
        within("the final rate", self.final_rate, 0, 1)
        within("clip", self.clip, 1e-6, 1e9)


@dataclass(frozen=True)
class Budget:
    """When training ends: at the first of those given."""

    minutes: float | None = option(None, "Wall-clock minutes; five seconds are measured, then the number of steps is fixed")
    steps: int | None = option(None, "Optimiser steps")
    epochs: float | None = option(None, "Times through the training text")

    def __post_init__(self) -> None:
        within("minutes", self.minutes, 1e-3, 1e5)
        within("steps", self.steps, 0, 10**9)
        within("epochs", self.epochs, 1e-6, 1e9)


@dataclass(frozen=True)
class Walk:
    """How the training text is walked; see `seqgen.lanes`."""

    lanes: int = option(96, "Lanes read side by side")
    window: int = option(32, "Steps of back-propagation through time")
    shuffle: bool = option(False, "Draw windows in random order (reset 'window' only)")
    remainder: Literal["keep", "drop"] = option("keep", "What lanes and windows cannot fill: keep it with a mask, or drop it")

    def __post_init__(self) -> None:
        within("lanes", self.lanes, 1, 1 << 16)
        within("window", self.window, 1, 1 << 16)


@dataclass(frozen=True)
class Checks:
    """How often training stops to look at held-out text."""

    validations: int = option(10, "Validations in a run")
    patience: int = option(5, "Validations without a better one after which training stops; 0 never stops")
    sample_length: int = option(400, "Symbols in each sample of the learning gallery")

    def __post_init__(self) -> None:
        within("validations", self.validations, 1, 10**6)
        within("patience", self.patience, 0, 10**6)
        within("sample_length", self.sample_length, 0, 10**6)


@dataclass(frozen=True)
class Machine:
    """Where and in which precision training runs."""

    device: Literal["auto", "cpu", "cuda"] = option("auto", "Where to train")
    precision: Literal["auto", "float32", "bfloat16"] = option("auto", "bfloat16 autocast, or all in float32; auto measures")
    threads: int = option(0, "Threads; 0 leaves the choice to torch")

    def __post_init__(self) -> None:
        within("threads", self.threads, 0, 4096)


@dataclass(frozen=True)
class TrainSettings:
    """Everything about training that is not about the model."""

    budget: Budget = Budget()
    walk: Walk = Walk()
    optimiser: Optimiser = Optimiser()
    dropout: Dropout = Dropout()
    checks: Checks = Checks()
    machine: Machine = Machine()
    seed: int = 0


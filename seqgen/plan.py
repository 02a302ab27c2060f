"""What to train: settings, budgets, and the sizes that a corpus and a budget suggest."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from seqgen.errors import UnknownName
from seqgen.lanes import ResetPolicy, Strategy
from seqgen.model import DERIVED, ModelSettings
from seqgen.records import flag, from_json, option, within
from seqgen.vocabulary import Vocabulary

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class Dropout:
    """Shares of units left out, each mask held over a whole window (variational dropout, Gal and Ghahramani, arXiv
    1512.05287).

    `weight_drop` drops entries of the matrix U itself, one draw a window for all lanes (weight drop, Merity et al.,
    arXiv 1708.02182): it fits fused kernels, where a mask on the state of each lane would not.
    """

    input_dropout: float = option(0.0, "Share of embedding channels dropped, held over a window")
    layer_dropout: float = option(0.0, "Share of channels dropped between layers, held over a window")
    output_dropout: float = option(0.0, "Share of channels dropped before the output, held over a window")
    weight_drop: float = option(0.0, "Share of recurrent weights dropped, one draw a window")

    def __post_init__(self) -> None:
        for name, share in vars(self).items():
            within(flag(name), share, 0, 0.95)


@dataclass(frozen=True)
class Optimiser:
    """Muon (Jordan et al., 2024) for the matrices of the layers and AdamW (Loshchilov and Hutter, arXiv 1711.05101) for
    all else, or AdamW alone; with warm-up and linear decay."""

    optimiser: Literal["muon", "adamw"] = option(
        "muon", "Muon for the matrices of layers and AdamW for all else, or AdamW alone"
    )
    learning_rate: float = option(8e-3, "Peak learning rate of AdamW")
    weight_decay: float = option(0.01, "Decay of the matrices that AdamW trains")
    matrix_rate: float = option(0.12, "Peak learning rate of Muon")
    matrix_decay: float = option(0.1, "Decay of the matrices that Muon trains")
    matrix_every: int = option(2, "Steps between two of Muon's; its momentum is kept up at every step")
    warmup: int = option(50, "Steps over which the learning rate rises from zero")
    final_rate: float = option(0.01, "Share of the peak learning rate left at the end")
    clip: float = option(1.0, "Largest norm of the gradient")

    def __post_init__(self) -> None:
        within(flag("learning_rate"), self.learning_rate, 1e-8, 10)
        within(flag("weight_decay"), self.weight_decay, 0, 10)
        within(flag("matrix_rate"), self.matrix_rate, 1e-8, 10)
        within(flag("matrix_decay"), self.matrix_decay, 0, 10)
        within(flag("matrix_every"), self.matrix_every, 1, 1000)
        within(flag("warmup"), self.warmup, 0, 10**9)
        within(flag("final_rate"), self.final_rate, 0, 1)
        within(flag("clip"), self.clip, 1e-6, 1e9)


@dataclass(frozen=True)
class Budget:
    """When training ends: at the first of those given."""

    minutes: float | None = option(
        None,
        "Wall-clock minutes, 1 if no budget is given; five seconds are measured, then the number of steps is fixed",
    )
    steps: int | None = option(None, "Optimiser steps")
    epochs: float | None = option(None, "Times through the training text")

    def __post_init__(self) -> None:
        within(flag("minutes"), self.minutes, 1e-3, 1e5)
        within(flag("steps"), self.steps, 1, 10**9)
        within(flag("epochs"), self.epochs, 1e-6, 1e9)


@dataclass(frozen=True)
class Walk:
    """How the training text is walked; see `seqgen.lanes`."""

    lanes: int = option(96, "Lanes read side by side")
    window: int = option(32, "Steps of back-propagation through time")
    shuffle: bool = option(False, "Draw windows in random order (reset 'window' only)")
    remainder: Literal["keep", "drop"] = option(
        "keep", "What lanes and windows cannot fill: keep it with a mask, or drop it"
    )

    def __post_init__(self) -> None:
        within(flag("lanes"), self.lanes, 1, 1 << 16)
        within(flag("window"), self.window, 1, 1 << 16)


@dataclass(frozen=True)
class Checks:
    """How often training stops to look at held-out text."""

    validations: int = option(10, "Validations in a run")
    patience: int = option(5, "Validations without a better one after which training stops; 0 never stops")
    sample_length: int = option(400, "Symbols in each sample of the learning gallery")

    def __post_init__(self) -> None:
        within(flag("validations"), self.validations, 1, 10**6)
        within(flag("patience"), self.patience, 0, 10**6)
        within(flag("sample_length"), self.sample_length, 0, 10**6)


@dataclass(frozen=True)
class Machine:
    """Where and in which precision training runs."""

    device: Device = option("auto", "Where to train")
    precision: Precision = option("auto", "What to compute in, float16 on a GPU only; auto takes what is fast there")
    threads: int = option(0, "Threads; 0 takes one a core, or one alone on a busy machine")

    def __post_init__(self) -> None:
        within(flag("threads"), self.threads, 0, 4096)


@dataclass(frozen=True)
class AdaptSettings:
    """How a trained model goes on learning while it reads (dynamic evaluation, Krause et al., arXiv 1709.07432)."""

    adapt_rate: float = option(1e-4, "How far a weight moves for a gradient of its usual size")
    adapt_segment: int = option(32, "Symbols that are read before they are learnt from")
    adapt_decay: float = option(
        0.002,
        "Share of the way back to its trained value that a weight of mean gradient goes with each segment",
    )
    adapt_across: bool = option(False, "Keep what was learnt beyond resets, which then clear the state alone")

    def __post_init__(self) -> None:
        within(flag("adapt_rate"), self.adapt_rate, 0, 1)
        within(flag("adapt_segment"), self.adapt_segment, 1, 512)
        within(flag("adapt_decay"), self.adapt_decay, 0, 1)


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


@dataclass(frozen=True)
class Plan:
    """A run, settled: nothing is left to be chosen."""

    model: ModelSettings
    strategy: Strategy
    reset: str
    train: TrainSettings


@dataclass(frozen=True)
class Material:
    """What a plan depends on: how many training symbols there are, and their vocabulary."""

    symbols: int
    vocabulary: Vocabulary


GROUPS: dict[str, type] = {
    "model": ModelSettings,
    "budget": Budget,
    "walk": Walk,
    "optimiser": Optimiser,
    "dropout": Dropout,
    "checks": Checks,
    "machine": Machine,
}
"""The records whose fields are settings of a run; no two fields share a name."""

LARGE = 512
"""Symbols from which on a vocabulary is large."""

SUGGESTED = ("width", "embedding", "window", "lanes", "input_dropout", "output_dropout", "weight_drop")
"""Settings that are chosen from the corpus and the budget unless they are given."""


def names() -> dict[str, str]:
    """Every setting of a run by name, with the group it belongs to."""
    return {f.name: group for group, kind in GROUPS.items() for f in fields(kind) if f.name not in DERIVED}


def make(given: Mapping[str, Any], material: Material, *, strategy: Strategy, reset: str, seed: int = 0) -> Plan:
    """The plan for what is `given`; the rest is chosen from the corpus and the budget.

    Raises UnknownName for a setting there is not, UsageError for a value out of bounds.
    """
    known = names()
    for name in given:
        if name not in known:
            raise UnknownName("the setting", name, known)
    if not any(given.get(name) is not None for name in ("minutes", "steps", "epochs")):
        given = {**given, "minutes": 1.0}
    chosen = {**suggest(given, material, strategy), **fitting_cuda(given), **alone(given), **given}
    parts = {group: {n: v for n, v in chosen.items() if known[n] == group} for group in GROUPS}
    parts["model"] |= {
        "vocabulary": material.vocabulary.size,
        "horizon": strategy.horizon,
        "reset_level": ResetPolicy(reset).level(material.vocabulary, strategy),
    }
    made: dict[str, Any] = {group: from_json(kind, parts[group], where=group) for group, kind in GROUPS.items()}
    model = made.pop("model")
    return Plan(model, strategy, reset, TrainSettings(**made, seed=seed))


def suggest(given: Mapping[str, Any], material: Material, strategy: Strategy) -> dict[str, Any]:
    """Sizes for a corpus and a budget, as measured on two cores; see docs/benchmarks.md."""
    given = {name: value for name, value in given.items() if isinstance(value, int | float)}  # `make` refuses others
    width = given.get("width") or _width(given, material)
    window = given.get("window") or 32
    # Behind a large vocabulary most of a step is the output, which costs by the symbol: rather more steps of fewer.
    most = 96 if material.vocabulary.size < LARGE else 32
    lanes = min(most, max(8, material.symbols // (window * 8) // 8 * 8))
    if strategy.context:
        # Each lane scores one symbol a step and not a window of them.
        lanes = max(64, 4096 // strategy.context // 8 * 8)
    embedding = width if given.get("tied") else min(64, max(32, width // 2))
    sizes = {"width": width, "embedding": embedding, "window": window, "lanes": lanes, **given}
    input_dropout, output_dropout, weight_drop = _regularisation(_exposure(sizes, material, strategy))
    return {
        "width": width,
        "embedding": embedding,
        "window": window,
        "lanes": lanes,
        "input_dropout": input_dropout,
        "output_dropout": output_dropout,
        "weight_drop": weight_drop,
    }


def fitting_cuda(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is chosen otherwise on a GPU: an embedding that cuDNN's fastest LSTM reads (`seqgen.nn.cudnn`)."""
    return {"embedding": 128} if given.get("device") == "cuda" and not given.get("tied") else {}


def alone(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is chosen otherwise where AdamW trains the matrices of layers too: half its rate."""
    return {"learning_rate": 4e-3} if given.get("optimiser") == "adamw" else {}


def _width(given: Mapping[str, Any], material: Material) -> int:
    hasty = 60 * (given.get("minutes") or 1) < 15
    return 128 if material.symbols < 30_000 else 256 if material.symbols < 100_000 or hasty else 512


def _regularisation(exposure: float) -> tuple[float, float, float]:
    """Dropout of the input and of the output, and weight drop: the more, the more can be learnt by heart."""
    for least, shares in (
        (1000, (0.2, 0.5, 0.6)),
        (200, (0.2, 0.5, 0.1)),
        (60, (0.05, 0.2, 0.1)),
        (12, (0.05, 0.2, 0.0)),
    ):
        if exposure >= least:
            return shares
    return 0.0, 0.0, 0.0


def _exposure(sizes: Mapping[str, Any], material: Material, strategy: Strategy) -> float:
    """How much can be learnt by heart: the weights for each symbol of the text, times how often it is read."""
    width, embedding = sizes["width"], sizes["embedding"]
    weights = (4 * width + material.vocabulary.size) * (width + embedding)
    return float(_epochs(sizes, material, strategy) * weights / material.symbols)


def _epochs(sizes: Mapping[str, Any], material: Material, strategy: Strategy) -> float:
    """About how often the training text will be read."""
    if sizes.get("epochs"):
        return float(sizes["epochs"])
    if sizes.get("steps"):
        scored = sizes["steps"] * sizes["lanes"] * (1 if strategy.context else sizes["window"])
    else:
        pace = symbols_per_second(sizes["width"], material.vocabulary.size) / max(1, strategy.context)
        scored = 60 * (sizes.get("minutes") or 1) * pace
    return float(scored / material.symbols)


def symbols_per_second(width: int, vocabulary: int) -> float:
    """About how fast one layer of that width trains, on two cores with fast bfloat16: the layer, and an output that
    takes six operations a weight and symbol at 3e11 a second."""
    width = max(width, 1)
    return 1 / (12.5e-6 * float((width / 512) ** 1.8) + 6 * vocabulary * width / 3e11)

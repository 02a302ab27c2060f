"""Figures of a domain's own about what a model writes, each beside the same figure of held-out content."""

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from seqgen.domain import Content
from seqgen.errors import InputError, UnknownName, UsageError

Better = Literal["higher", "lower", "like held-out"]
"""Which way of a metric is good."""
Made = TypeVar("Made")
"""Whatever a metric keeps."""


@dataclass(frozen=True)
class Excerpt:
    """A document, or a part of one, as the pieces that a tokenizer's `join` gave.

    `begins` says whether the document begins with it, `ends` whether the document ends with it. Where it does not, what
    stands at that edge may be cut.
    """

    pieces: tuple[Content, ...]
    begins: bool = True
    ends: bool = True


class Material:
    """What a metric may need beside the excerpts that it measures.

    That is all sides of the comparison, so that they can be cut to one length, and the content of each training
    document in turn, in pieces that may be walked once. `free` is what a model wrote without its constraint, if it has
    one. A corpus may be large: take a document at a time, and keep what
    follows from them all by `once`.
    """

    def __init__(
        self,
        generated: Sequence[Excerpt] = (),
        held_out: Sequence[Excerpt] = (),
        *,
        free: Sequence[Excerpt] | None = None,
        training: Callable[[], Iterator[Iterable[Content]]] = lambda: iter(()),
    ) -> None:
        self.generated, self.held_out, self.free, self.training = generated, held_out, free, training
        self._kept: dict[Hashable, Any] = {}

    @property
    def sides(self) -> tuple[Sequence[Excerpt], ...]:
        """All that is compared."""
        return (self.generated, self.held_out, *(() if self.free is None else (self.free,)))

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, made the first time that anyone asks for that key."""
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made


@dataclass(frozen=True)
class Metric:
    """A figure about content of one domain, in the symbols of these `tokenizers` if any are named; `better` says which
    way is good.

    `measure` gives it for some excerpts as a finite number in that unit, or None where they have nothing to measure.
    Raises UnknownName for a direction that is none, UsageError for tokenizers that are no tuple.
    """

    name: str
    """What `evaluate` calls it."""
    domain: str
    unit: str
    better: Better
    measure: Callable[[Sequence[Excerpt], Material], float | None]
    summary: str
    """What it measures, in a line."""
    tokenizers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.better not in get_args(Better):
            raise UnknownName("the direction of a metric", self.better, get_args(Better))
        if isinstance(self.tokenizers, str):
            raise UsageError(f"the metric {self.name!r}", "its tokenizers are one text", "Give a tuple of their names")


@dataclass(frozen=True)
class Comparison:
    """A metric of what a model wrote, beside that of held-out content; None where there is nothing to measure.

    `free` is that of what it wrote without its constraint; None for a model that has none.
    """

    generated: float | None
    """Of what the model wrote."""
    held_out: float | None
    """Of as much held-out content."""
    unit: str
    """That of both."""
    better: Better
    """Which way is good."""
    summary: str
    """What was measured, in a line."""
    free: float | None = None


Failed = Callable[[Metric, InputError], object]
"""Who is told of a metric that fails."""


def compare(metrics: Iterable[Metric], material: Material, *, failed: Failed | None = None) -> dict[str, Comparison]:
    """Each metric of all sides, by its name.

    Raises InputError for one that raises anything or gives no finite number; with `failed`, that is told instead, and
    the figure is None.
    """
    return {metric.name: _compared(metric, material, failed=failed) for metric in metrics}


def _compared(metric: Metric, material: Material, *, failed: Failed | None) -> Comparison:
    generated, held_out, *free = (_figure(metric, side, material=material, failed=failed) for side in material.sides)
    return Comparison(generated, held_out, metric.unit, metric.better, metric.summary, *free)


def _figure(metric: Metric, excerpts: Sequence[Excerpt], *, material: Material, failed: Failed | None) -> float | None:
    try:
        return _measured(metric, excerpts, material)
    except InputError as why:
        if failed is None:
            raise
        failed(metric, why)
        return None


def _measured(metric: Metric, excerpts: Sequence[Excerpt], material: Material) -> float | None:
    remedy = "Let it give None where there is nothing to measure"
    try:
        value = metric.measure(excerpts, material)
        figure = None if value is None else float(value)
    except (Exception, SystemExit) as why:  # it may be anybody's
        there = f"it raised {type(why).__name__}: {why}, given {len(excerpts)} excerpts"
        raise InputError(f"the metric {metric.name!r}", there, remedy) from why
    if figure is not None and not math.isfinite(figure):
        raise InputError(f"the metric {metric.name!r}", f"it gave {value} for {len(excerpts)} excerpts", remedy)
    return figure

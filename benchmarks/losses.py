"""What held-out content costs a model: on the whole, beside another model, and by the distance from the last boundary.

Shapes: N ids of the validation part, M of them behind the first.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from seqgen import evaluation
from seqgen.api.evaluating import LN2, Source
from seqgen.api.models import Model
from seqgen.evaluation import Held, Scores
from seqgen.nn import Stack

Buckets = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Score:
    """What a model needs for held-out content: bits per `unit`, their 95 % interval, how many more that is than the
    base needs, with its interval, bits in cold windows as long as those of training (None for many-to-one), and nats
    for a document on average.

    `distance` has, for each level, how many symbols there are at 1, 2, 3-4, 5-8, ... symbols behind its last boundary
    or a stronger one, and bits per symbol.
    """

    unit: str
    bits: float
    interval: tuple[float, float]
    more: tuple[float, float, float]
    cold: float | None
    document: float
    distance: dict[str, tuple[tuple[int, float], ...]]


@dataclass(frozen=True)
class Losses:
    """Every symbol of the validation part scored, as the model generates and in cold windows (None for many-to-one)."""

    unit: str
    held: Held
    scores: Scores
    cold: Scores | None

    @classmethod
    def of(cls, model: Model, source: Source, window: int) -> Self:
        """Those of a model, the cold windows being of that length."""
        strategy = model.checkpoint.strategy
        stack = Stack.from_arrays(model.checkpoint.model, model.checkpoint.params)
        held = Held.of(source.ids, model.codec)
        own = evaluation.carried(stack, held, strategy) or evaluation.contexts(stack, held, strategy)
        return cls(model.domain.form.unit, held, own, evaluation.cold(stack, held, strategy, window))


def score(own: Losses, levels: dict[str, int], *, base_N: np.ndarray) -> Score:
    """The figures of these losses, beside the nats of the base; `levels` are those to sort by, with their ids."""
    held, nats_N = own.held, own.scores.nats_N
    more = replace(own.scores, nats_N=nats_N - base_N)
    return Score(
        unit=own.unit,
        bits=_bits(own.scores, held),
        interval=_interval(own.scores, held),
        more=(_bits(more, held), *_interval(more, held)),
        cold=None if own.cold is None else _bits(own.cold, held),
        document=float(nats_N.sum(dtype=np.float64)) / max(1, held.documents),
        distance={name: by_distance(held.ids_N, nats_N, level=level) for name, level in levels.items()},
    )


def by_distance(ids_N: np.ndarray, nats_N: np.ndarray, *, level: int) -> Buckets:
    """How many symbols there are, and bits for each, at 1, 2, 3-4, 5-8, ... symbols behind the last boundary.

    The first id counts as a boundary, and is not scored.
    """
    place_N = np.arange(len(ids_N))
    last_N = np.maximum.accumulate(np.where(ids_N <= level, place_N, 0))
    bucket_M = np.ceil(np.log2(place_N[1:] - last_N[:-1])).astype(int)
    counts, nats = np.bincount(bucket_M), np.bincount(bucket_M, nats_N[1:].astype(np.float64))
    return tuple((int(n), float(sum_) / LN2 / max(1, int(n))) for n, sum_ in zip(counts, nats, strict=True))


def bounds(bucket: int) -> tuple[int, int]:
    """The least and the greatest distance in a bucket."""
    return (1, 1) if bucket == 0 else (2 ** (bucket - 1) + 1, 2**bucket)


def _bits(scores: Scores, held: Held) -> float:
    return evaluation.nats_per_character(scores, held) / LN2


def _interval(scores: Scores, held: Held) -> tuple[float, float]:
    low, high = evaluation.interval(scores, held)
    return low / LN2, high / LN2

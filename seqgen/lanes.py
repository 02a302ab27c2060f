"""How a stream becomes batches: encoding strategies, reset policies, and the walk of lanes over the stream.

A transition is a pair of neighbours in the stream: it reads ids[t] and predicts ids[t + 1]. A stream of N ids has N
- 1 of them. Shapes: B lanes, T steps read, S steps scored (the last S of T), K symbols predicted at each.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from seqgen.errors import UsageError
from seqgen.vocabulary import Vocabulary

Array = np.ndarray[Any, np.dtype[Any]]
"""An array of numpy."""
NEVER, WINDOW = "never", "window"
"""The resets that are at no level."""
StrategyName = Literal["one-to-one", "many-to-one", "one-to-many"]
"""The names of the strategies."""
STRATEGIES: tuple[str, ...] = get_args(StrategyName)
"""The same, in order."""


@dataclass(frozen=True)
class Strategy:
    """Which steps are scored and how far they look ahead.

    one-to-one: every symbol read predicts the next. many-to-one: up to `context` symbols, read from a fresh state,
    predict one. one-to-many: every symbol read predicts the next `horizon`.
    """

    name: StrategyName = "one-to-one"
    """One of `STRATEGIES`."""
    context: int = 0
    horizon: int = 1

    def __post_init__(self) -> None:
        wanted = {"one-to-one": (0, 1), "many-to-one": (self.context, 1), "one-to-many": (0, self.horizon)}[self.name]
        if (self.context, self.horizon) != wanted:
            there = f"context is {self.context} and horizon {self.horizon}"
            raise UsageError(self.name, there, "Give a context to many-to-one only, a horizon to one-to-many only")
        if self.name == "many-to-one" and not 1 <= self.context <= 4096:
            raise UsageError(self.name, f"its context is {self.context}", "Give a context from 1 to 4096 symbols")
        if self.name == "one-to-many" and not 2 <= self.horizon <= 64:
            raise UsageError(self.name, f"its horizon is {self.horizon}", "Give a horizon from 2 to 64 symbols")


@dataclass(frozen=True)
class ResetPolicy:
    """Where the state is cleared: at every boundary of a level or a stronger one, at every window, or never."""

    name: str = "document"
    """A level, `window` or `never`."""

    def level(self, vocabulary: Vocabulary, strategy: Strategy) -> int:
        """The highest boundary id that clears the state; -1 if none does.

        The contexts of many-to-one never reach past the beginning of their document.
        """
        if strategy.name == "many-to-one":
            if self.name != WINDOW:
                there = f"the reset is {self.name!r}, but every context is read from a fresh state"
                raise UsageError("many-to-one", there, "Use the reset 'window'")
            return 0
        return -1 if self.name in (NEVER, WINDOW) else vocabulary.level_id(self.name)


class Position(NamedTuple):
    """How far a walk has come: the epoch, and the window within it."""

    epoch: int = 0
    window: int = 0


@dataclass(frozen=True)
class Batch:
    """One window of every lane; `fresh` marks the lanes that begin it from the start state."""

    inputs_BT: Array
    """The ids that are read."""
    targets_BSK: Array
    """The ids to be predicted."""
    scored_BSK: Array
    """Which of them count."""
    fresh_B: Array
    """Which lanes begin it from the start state."""


@dataclass(frozen=True)
class Lanes:
    """The walk: `count` lanes, each over a fixed stretch of the stream in windows of `window` transitions.

    In each epoch a lane cuts its stretch at a fresh random phase, begins at a random window, and wraps once, with
    its state cleared. Without a `seed` it walks from the beginning, in order. What windows cannot fill is masked, or
    left out with `keep` false. `carry` false begins every window from the start state; only then may it `shuffle`
    windows. Ids from `first_label` on are read and never scored.
    """

    count: int
    window: int
    strategy: Strategy = Strategy()
    """What is scored."""
    reset_level: int = -1
    """Ids up to this clear the state; none do at -1."""
    carry: bool = True
    shuffle: bool = False
    keep: bool = True
    seed: int | None = None
    first_label: int | None = None

    def __post_init__(self) -> None:
        if self.shuffle and self.carry:
            raise UsageError("shuffled windows", "the state is carried from window to window", "Use the reset 'window'")

    @property
    def stride(self) -> int:
        """Transitions scored by one window."""
        return 1 if self.strategy.context else self.window

    @property
    def lead(self) -> int:
        """Symbols read before the first scored one."""
        return max(self.strategy.context - 1, 0)

    def windows(self, transitions: int, epochs: float) -> int:
        """How many windows the first `epochs` epochs take; with the phase they may differ by one."""
        whole, part = divmod(epochs, 1)
        counts = [self._opening(transitions, epoch).windows for epoch in range(int(whole) + (part > 0))]
        return sum(counts[: int(whole)]) + math.ceil(part * counts[-1] if part else 0)

    def left_out(self, transitions: int) -> int:
        """How many transitions the first epoch does not score; at most two windows a lane."""
        if self.keep:
            return 0
        return transitions - sum(int((stop - start).sum()) for start, stop, _ in self.spans(transitions, 0))

    def spans(self, transitions: int, epoch: int, *, first: int = 0) -> Iterator[tuple[Array, Array, Array]]:
        """For each window from the `first` on: where it starts and stops, in transitions, and which lanes are fresh.

        A window that is not full is the last of its stretch or of the epoch, so the one that follows it is fresh.
        """
        opening = self._opening(transitions, epoch)
        rng, count = opening.rng, opening.windows
        begun_B = rng.integers(opening.ahead, size=self.count) if rng else np.zeros(self.count, np.int64)
        order = rng.permutation(count * self.count) if rng and self.shuffle else None
        lane_B, index_B = np.arange(self.count), np.zeros(self.count, np.int64)
        for index in range(first, count):
            index_B = np.full(self.count, index)
            if order is not None:
                index_B, lane_B = np.divmod(order[index * self.count : (index + 1) * self.count], self.count)
            start_B, stop_B, fresh_B = opening.place(begun_B[lane_B], index_B)
            start_B, stop_B = start_B + opening.edges_B[lane_B], stop_B + opening.edges_B[lane_B]
            stop_B = np.maximum(np.minimum(stop_B, opening.edges_B[lane_B + 1]), start_B)
            yield start_B, stop_B, fresh_B | (index == 0) | (not self.carry)

    def _opening(self, transitions: int, epoch: int) -> "_Opening":
        """What an epoch begins with, the generator one draw on."""
        edges_B = np.arange(self.count + 1) * transitions // self.count
        length = int(np.diff(edges_B).max())
        rng = None if self.seed is None else np.random.default_rng([self.seed, epoch])
        phase = int(rng.integers(min(self.stride, length))) if rng else 0
        keep = self.keep or length - phase < self.stride
        return _Opening(edges_B, length, stride=self.stride, phase=phase, keep=keep, rng=rng)

    def walk(self, ids: Array, position: Position = Position()) -> Iterator[tuple[Position, Batch]]:  # noqa: B008
        """Batches without end, each with the position that follows it."""
        while True:
            for index, span in enumerate(
                self.spans(len(ids) - 1, position.epoch, first=position.window), position.window + 1
            ):
                yield Position(position.epoch, index), self.gather(ids, *span)
            position = Position(position.epoch + 1)

    def once(self, ids: Array) -> Iterator[Batch]:
        """The batches of the first epoch."""
        for span in self.spans(len(ids) - 1, 0):
            yield self.gather(ids, *span)

    def gather(self, ids: Array, start_B: Array, stop_B: Array, fresh_B: Array) -> Batch:
        """The batch of the windows [start, stop); slots beyond a stop read the document mark and are not scored."""
        t_BT = start_B[:, None] + np.arange(-self.lead, self.stride)
        inputs_BT = _take(ids, np.where(t_BT < stop_B[:, None], t_BT, -1))
        t_BS1 = t_BT[:, self.lead :, None]
        aim_BSK = aims(self, start_B)
        scored_BSK = (t_BS1 < stop_B[:, None, None]) & (aim_BSK < len(ids))
        targets_BSK = _take(ids, np.where(scored_BSK, aim_BSK, -1))
        return Batch(inputs_BT, targets_BSK, scored_BSK & ~self._unpredicted(targets_BSK), fresh_B)

    def labels(self, ids: Array) -> Array:
        """Which ids are labels."""
        return np.zeros(ids.shape, bool) if self.first_label is None else np.asarray(ids >= self.first_label)

    def _unpredicted(self, targets_BSK: Array) -> Array:
        """Which targets are labels, or lie behind a label or a reset among the targets before them."""
        labels_BSK = self.labels(targets_BSK)
        ends_BSK = labels_BSK | (targets_BSK <= self.reset_level)
        before_BSK: Array = np.cumsum(ends_BSK, axis=-1) - ends_BSK
        return np.asarray(labels_BSK | (before_BSK > 0))


def aims(lanes: Lanes, start_B: Array) -> Array:
    """Where the targets of windows that start there stand in the row, aim_BSK."""
    ahead_SK = np.arange(lanes.stride)[:, None] + np.arange(1, lanes.strategy.horizon + 1)
    return np.asarray(start_B[:, None, None] + ahead_SK)


def as_generated(lanes: Lanes, batch: Batch, phase_B: Array) -> tuple[Batch, Array]:
    """The batch with each symbol scored once, in the blocks in which one-to-many generates, and the next phase.

    `phase_B` counts the steps since a lane last began a block; a reset begins one, and so does a label.
    """
    horizon = lanes.strategy.horizon
    steps = batch.inputs_BT.shape[1]
    chosen_BT = np.empty(batch.inputs_BT.shape, bool)
    phase_B = np.where(batch.fresh_B, 0, phase_B)
    for t in range(steps):
        inputs_B = batch.inputs_BT[:, t]
        phase_B = np.where((inputs_B <= lanes.reset_level) | lanes.labels(inputs_B), 0, phase_B)
        chosen_BT[:, t] = phase_B % horizon == 0
        phase_B = phase_B + 1
    return replace(batch, scored_BSK=batch.scored_BSK & chosen_BT[:, lanes.lead :, None]), phase_B


@dataclass(frozen=True)
class _Opening:
    """How the stretches of one epoch are cut: alike, but that each lane begins some whole windows behind `phase`."""

    edges_B: Array
    length: int
    stride: int
    phase: int
    keep: bool
    rng: np.random.Generator | None

    @property
    def ahead(self) -> int:
        """Windows from the phase to the end of a stretch."""
        full, left = divmod(self.length - self.phase, self.stride)
        return full + (self.keep and left > 0)

    @property
    def windows(self) -> int:
        """Windows of a lane in the epoch; where it begins does not change their number."""
        return self.ahead + (self.keep and self.phase > 0)

    def place(self, begun_B: Array, index_B: Array) -> tuple[Array, Array, Array]:
        """Start and stop, in its stretch, of each lane's window with that index, and whether it is the first behind the
        wrap, for lanes that begin `begun` windows behind the phase."""
        behind_B = index_B - (self.ahead - begun_B)
        wrapped_B, stretch = behind_B >= 0, self.stride
        start_B = np.where(wrapped_B, behind_B * stretch, self.phase + (begun_B + index_B) * stretch)
        end_B = np.where(wrapped_B, self.phase + begun_B * stretch, self.length)
        return start_B, np.minimum(start_B + stretch, end_B), behind_B == 0


def _take(ids: Array, t: Array) -> Array:
    """ids[t] as int64; the document mark where t is negative."""
    return np.where(t < 0, 0, ids[np.maximum(t, 0)]).astype(np.int64)

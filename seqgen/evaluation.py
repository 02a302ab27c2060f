"""How well a model predicts held-out content: every symbol of a split scored, in three ways, in bits per character.

cold_64, cold_256: windows of that many symbols side by side, each begun from the start state, as a transformer with
that context is measured. carried: the whole split read once, the state carried as the reset policy says; with the reset
`window` it is carried on, beyond any window that training saw. as_generated: as the strategy generates; for
many-to-one, which has none of the others, each symbol from its own context. Shapes: N symbols of the split, B lanes, S
steps scored, K symbols predicted at each, M targets scored, V vocabulary.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqgen.codec import Codec
from seqgen.lanes import Batch, Lanes, Strategy, aims, as_generated
from seqgen.nn import Stack
from seqgen.training import forward

UNKNOWN_NATS = float(np.log(0x110000))
"""What an unknown symbol costs: a choice among all code points, log2(1,114,112) = 20.09 bits."""
LANES = 64
CHUNK = 512
FLOATS = 1 << 24
"""Logits computed at a time, at most, as long as one step of one lane has no more."""
BOOTSTRAPS = 1000
BLOCK = 1000
"""Symbols in a block of the bootstrap, where there are too few documents to draw from."""


@dataclass(frozen=True)
class Held:
    """What is scored: the ids of a split but for its first and for labels, the characters each of them stands for, the
    id of the unknown symbol, and the lowest one of a label."""

    ids_N: np.ndarray
    lengths_N: np.ndarray
    unknown: int
    first_label: int | None = None

    @classmethod
    def of(cls, ids_N: np.ndarray, codec: Codec) -> "Held":
        """These ids, under that codec."""
        return cls(ids_N, codec.measure(ids_N), codec.vocabulary.unknown, codec.vocabulary.first_label)

    @property
    def scored_N(self) -> np.ndarray:
        """Which ids are scored."""
        scored_N = np.ones(len(self.ids_N), bool) if self.first_label is None else self.ids_N < self.first_label
        return np.concatenate([[False], scored_N[1:]])

    @property
    def symbols(self) -> int:
        """How many ids are scored."""
        return int(self.scored_N.sum())

    @property
    def characters(self) -> int:
        """All the characters that its symbols stand for."""
        return int(self.lengths_N.sum())

    @property
    def documents(self) -> int:
        """The documents that end in it."""
        return int((self.ids_N[1:] == 0).sum())


@dataclass(frozen=True)
class Scores:
    """One value for each symbol of the split: its cost in nats (the first has none: 0), its rank, and the symbol
    guessed."""

    nats_N: np.ndarray
    ranks_N: np.ndarray
    guesses_N: np.ndarray

    @classmethod
    def of(cls, held: Held, found: Iterable[tuple[np.ndarray, "Judged"]]) -> "Scores":
        """What was found at these places, and what an unknown symbol costs."""
        size = len(held.ids_N)
        scores = cls(np.zeros(size, np.float32), np.zeros(size, np.int32), np.zeros(size, np.int32))
        for where_M, judged in found:
            scores.nats_N[where_M], scores.ranks_N[where_M], scores.guesses_N[where_M] = judged
        scores.nats_N[1:][held.ids_N[1:] == held.unknown] = UNKNOWN_NATS
        return scores


Judged = tuple[np.ndarray, np.ndarray, np.ndarray]
"""For each of M targets its nats, its rank, and the most probable symbol."""


def cold(stack: Stack, held: Held, strategy: Strategy, window: int) -> Scores | None:
    """Scores in cold windows; None for many-to-one, whose contexts have a length of their own."""
    if strategy.context:
        return None
    slots = _slots(stack)
    lanes = Lanes(1, min(window, slots), strategy, stack.settings.reset_level, first_label=held.first_label)
    return _score(stack, held, lanes, _windows(len(held.ids_N) - 1, window, side_by_side=LANES, slots=slots))


def carried(stack: Stack, held: Held, strategy: Strategy) -> Scores | None:
    """Scores with the state carried through the whole split; None for many-to-one."""
    if strategy.context:
        return None
    window = min(CHUNK, _slots(stack))
    lanes = Lanes(1, window, strategy, stack.settings.reset_level, first_label=held.first_label)
    return _score(stack, held, lanes, lanes.spans(len(held.ids_N) - 1, 0))


def contexts(stack: Stack, held: Held, strategy: Strategy) -> Scores:
    """Scores of many-to-one: each symbol from its own context."""
    lanes = Lanes(1, 1, strategy, stack.settings.reset_level, carry=False)
    spans = _windows(len(held.ids_N) - 1, 1, side_by_side=4 * LANES, slots=_slots(stack))
    return _score(stack, held, lanes, spans)


def quick(stack: Stack, held: Held, strategy: Strategy) -> float:
    """Nats per character in a hurry, for a look during training: as `carried`, but in lanes side by side."""
    if strategy.context:
        return nats_per_character(contexts(stack, held, strategy), held)
    slots = _slots(stack)
    count = max(1, min(LANES, slots, len(held.ids_N) // CHUNK))
    window = min(CHUNK, slots // count)
    lanes = Lanes(count, window, strategy, stack.settings.reset_level, first_label=held.first_label)
    return nats_per_character(_score(stack, held, lanes, lanes.spans(len(held.ids_N) - 1, 0)), held)


def nats_per_character(scores: Scores, held: Held) -> float:
    """The cost of every scored symbol, boundaries included, over the characters they stand for."""
    return float(scores.nats_N.sum(dtype=np.float64)) / max(1, held.characters)


def interval(scores: Scores, held: Held, *, seed: int = 0) -> tuple[float, float]:
    """A 95 % bootstrap interval of nats per character, over documents, or over blocks where there are fewer than 30."""
    if held.documents >= 30:
        group_N = np.cumsum(np.concatenate([[False], held.ids_N[:-1] == 0]))
    else:
        group_N = np.arange(len(held.ids_N)) // min(BLOCK, max(1, len(held.ids_N) // 30))
    nats = np.bincount(group_N, scores.nats_N.astype(np.float64))
    characters = np.bincount(group_N, held.lengths_N)
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(nats), size=len(nats)) for _ in range(BOOTSTRAPS))
    ratios = [nats[draw].sum() / max(1, characters[draw].sum()) for draw in draws]
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(low), float(high)


def accuracy(scores: Scores, held: Held, top: int) -> float:
    """The share of scored symbols that were among the `top` most probable."""
    return float((scores.ranks_N[held.scored_N] < top).mean())


def boundaries(scores: Scores, held: Held, levels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """For each level that occurs: precision, recall and F1 of the most probable symbol as a prediction of its
    boundary."""
    found = {}
    ids_M, guesses_M = held.ids_N[held.scored_N], scores.guesses_N[held.scored_N]
    for level, name in enumerate(levels):
        real_M, said_M = ids_M == level, guesses_M == level
        if not real_M.any():
            continue
        hits = int((real_M & said_M).sum())
        precision, recall = hits / max(1, int(said_M.sum())), hits / int(real_M.sum())
        f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
        found[name] = {"precision": precision, "recall": recall, "f1": f1, "count": int(real_M.sum())}
    return found


def _slots(stack: Stack) -> int:
    """How many steps, of all lanes together, have no more than `FLOATS` logits."""
    return max(1, FLOATS // (stack.settings.vocabulary * stack.settings.horizon))


def _windows(transitions: int, window: int, *, side_by_side: int, slots: int) -> Iterator[tuple[Any, Any, Any]]:
    """Windows from the start state, as many side by side as there are slots for; one that is longer comes in parts."""
    starts = np.arange(0, transitions, window)
    size = min(side_by_side, max(1, slots // window))
    for start_B in (starts[first : first + size] for first in range(0, len(starts), size)):
        end_B = np.minimum(start_B + window, transitions)
        for part in range(0, window, slots):
            from_B = np.minimum(start_B + part, end_B)
            yield from_B, np.minimum(from_B + slots, end_B), np.full(len(start_B), part == 0)


def _score(stack: Stack, held: Held, lanes: Lanes, spans: Iterator[tuple[Any, Any, Any]]) -> Scores:
    """Every target of these windows, once."""
    return Scores.of(held, _found(stack, held, lanes, spans))


def _found(
    stack: Stack, held: Held, lanes: Lanes, spans: Iterator[tuple[Any, Any, Any]]
) -> Iterator[tuple[np.ndarray, Judged]]:
    state, phase_B = stack.start(0), np.zeros(0, np.int64)
    for start_B, stop_B, fresh_B in spans:
        if len(start_B) != len(phase_B):
            state, phase_B = stack.start(len(start_B)), np.zeros(len(start_B), np.int64)
        batch = lanes.gather(held.ids_N, start_B, stop_B, fresh_B)
        batch, phase_B = as_generated(lanes, batch, phase_B)
        state, judged = _outcomes(stack, batch, state)
        yield aims(lanes, start_B)[batch.scored_BSK], judged


@torch.inference_mode()
def _outcomes(stack: Stack, batch: Batch, state: Any) -> tuple[Any, Judged]:
    """The state behind a window, and what was found of its scored targets."""
    logits_BSKV, targets_BSK, state = forward(stack, batch, state)
    scored_BSK = torch.from_numpy(batch.scored_BSK).to(stack.device)
    return state, judge(logits_BSKV[scored_BSK], targets_BSK[scored_BSK])


def judge(logits_MV: Tensor, targets_M: Tensor) -> Judged:
    """For each target its nats, its rank, and the most probable symbol, by these logits."""
    logits_MV = logits_MV.float()
    own_M1 = logits_MV.gather(1, targets_M[:, None])
    nats_M = logits_MV.logsumexp(1) - own_M1[:, 0]
    ranks_M = (logits_MV > own_M1).sum(1)
    return nats_M.cpu().numpy(), ranks_M.cpu().numpy(), logits_MV.argmax(1).cpu().numpy()

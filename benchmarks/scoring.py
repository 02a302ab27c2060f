"""How a baseline is scored: on the ids that seqgen is scored on, in the same windows, unknown symbols charged alike.

Shapes: B windows, T steps, N symbols, V vocabulary.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seqgen.api import Prepared
from seqgen.evaluation import UNKNOWN_NATS, Held

ROWS = 64

Predict = Callable[[Tensor], Tensor]
"""Logits_BTV for ids_BT, each row begun with nothing before it."""


def held_out(prepared: Prepared, *, most: int | None = None) -> Held:
    """The validation part, or its beginning."""
    store = prepared.store
    ids = np.asarray(store.ids("validation")[:most])
    return Held(ids, store.codec.measure(ids), store.codec.vocabulary.unknown)


@torch.inference_mode()
def cold(predict: Predict, ids_N: np.ndarray, window: int) -> np.ndarray:
    """Nats of each symbol but the first, in windows of that length side by side."""
    steps = len(ids_N) - 1
    padded = np.zeros(-(-steps // window) * window + 1, np.int64)
    padded[: len(ids_N)] = ids_N
    rows = torch.from_numpy(np.stack([padded[:-1], padded[1:]])).view(2, -1, window)
    pairs = zip(rows[0].split(ROWS), rows[1].split(ROWS), strict=True)
    return (
        torch.cat([nats(predict(inputs_BT), targets_BT) for inputs_BT, targets_BT in pairs]).flatten()[:steps].numpy()
    )


def nats(logits_BTV: Tensor, targets_BT: Tensor) -> Tensor:
    """The cost of each target, in float32 on the CPU; B and T may be the other way round."""
    return functional.cross_entropy(logits_BTV.float().cpu().movedim(-1, 1), targets_BT, reduction="none")


def per_character(nats_N: np.ndarray, held: Held) -> float:
    """Nats per character, from those of each symbol but the first."""
    charged = np.where(held.ids_N[1:] == held.unknown, UNKNOWN_NATS, nats_N)
    return float(charged.sum(dtype=np.float64)) / held.characters

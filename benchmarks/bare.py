"""The baseline: a bare script over `nn.Embedding`, `nn.LSTM` and `nn.Linear`, as one writes it in an afternoon.

It reads the same ids as seqgen, document marks like any other symbol, and its state is never cleared between them.
Time comes first in memory, which the fused kernels like best. Shapes: T steps, B lanes, V vocabulary, N symbols.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks import scoring

State = tuple[Tensor, Tensor] | None
RATE, CLIP = 4e-3, 1.0
CHUNK = 512


class Bare(nn.Module):
    """Embedding, LSTM, linear layer."""

    def __init__(self, vocabulary: int, *, layers: int = 1, width: int = 512, embedding: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, width, layers)
        self.output = nn.Linear(width, vocabulary)

    def forward(self, ids_TB: Tensor, state: State = None) -> tuple[Tensor, State]:
        """Logits_TBV, and the state behind the window."""
        y_TBH, state = self.lstm(self.embedding(ids_TB), state)
        return self.output(y_TBH), state


def train(
    model: Bare, ids_N: np.ndarray, *, lanes: int, window: int, left: Callable[[], float], bfloat16: bool
) -> Iterator[int]:
    """Train without end, one optimiser step at a time; gives the symbols of each.

    `left` is the share of the budget that remains: the learning rate falls with it, in a straight line.
    """
    adam = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.99), fused=True)
    state: State = None
    for inputs_TB, targets_TB, first in _windows(ids_N, lanes, window):
        adam.param_groups[0]["lr"] = RATE * max(0.0, left())
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits_TBV, (h, c) = model(inputs_TB, None if first else state)
            loss = functional.cross_entropy(logits_TBV.flatten(0, 1).float(), targets_TB.flatten())
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        adam.step()
        state = h.detach(), c.detach()
        yield targets_TB.numel()


def _windows(ids_N: np.ndarray, lanes: int, window: int) -> Iterator[tuple[Tensor, Tensor, bool]]:
    """Windows of lanes side by side, from the beginning again at the end; says whether a window is the first one."""
    length = (len(ids_N) - 1) // lanes
    window = min(window, length)
    lanes_TB = torch.from_numpy(ids_N[: lanes * length + 1].astype(np.int64))
    inputs_TB, targets_TB = (part.view(lanes, length).T for part in (lanes_TB[:-1], lanes_TB[1:]))
    while True:
        for t in range(0, length - window + 1, window):
            yield inputs_TB[t : t + window], targets_TB[t : t + window], t == 0


def cold(model: Bare, ids_N: np.ndarray, window: int) -> np.ndarray:
    """Nats of each symbol but the first, in windows of that length side by side, each from the zero state."""
    return scoring.cold(lambda ids_BT: model(ids_BT.T)[0].transpose(0, 1), ids_N, window)


@torch.inference_mode()
def carried(model: Bare, ids_N: np.ndarray) -> np.ndarray:
    """Nats of each symbol but the first, the state carried through."""
    ids_N1, state, nats = torch.from_numpy(ids_N.astype(np.int64))[:, None], None, []
    for inputs_T1, targets_T1 in zip(ids_N1[:-1].split(CHUNK), ids_N1[1:].split(CHUNK), strict=True):
        logits_T1V, state = model(inputs_T1, state)
        nats.append(scoring.nats(logits_T1V, targets_T1))
    return torch.cat(nats).flatten().numpy()

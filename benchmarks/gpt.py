"""The baseline of `race`: a small GPT, trained by the recipes that nanoGPT publishes for text in characters.

Blocks that normalise before each part, no biases, learned positions, the embedding used as the output matrix too; AdamW
on windows drawn at random, gradients clipped. Shapes: B windows, T steps, C channels, H heads, D channels of a head, V
vocabulary, N symbols.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

RATE, FINAL, WARMUP = 1e-3, 1e-4, 100
BETAS, DECAY, CLIP = (0.9, 0.99), 0.1, 1.0
SPREAD = 0.02
"""Standard deviation of the first weights."""


@dataclass(frozen=True)
class Recipe:
    """What differs between the recipes: the sizes, and how long and with how much dropout to train."""

    layers: int
    heads: int
    width: int
    context: int
    batch: int
    steps: int
    dropout: float = 0.0


RECIPES = {
    "cpu": Recipe(layers=4, heads=4, width=128, context=64, batch=12, steps=2000),
    "gpu": Recipe(layers=6, heads=6, width=384, context=256, batch=64, steps=5000, dropout=0.2),
}

Done = Callable[[int], float]
"""The share of a training that is behind, after so many steps."""


class Gpt(nn.Module):
    """Ids to logits."""

    def __init__(self, vocabulary: int, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.symbols = nn.Embedding(vocabulary, recipe.width)
        self.positions = nn.Embedding(recipe.context, recipe.width)
        self.blocks = nn.Sequential(*(Block(recipe) for _ in range(recipe.layers)))
        self.norm = nn.LayerNorm(recipe.width, bias=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                last = name.endswith(("gather.weight", "fall.weight"))
                nn.init.normal_(weight, std=SPREAD / math.sqrt(2 * recipe.layers) if last else SPREAD)

    def forward(self, ids_BT: Tensor) -> Tensor:
        """Logits_BTV of windows that are no longer than the context."""
        x_BTC = self.symbols(ids_BT) + self.positions.weight[: ids_BT.shape[1]]
        y_BTC = self.norm(self.blocks(functional.dropout(x_BTC, self.recipe.dropout, self.training)))
        return functional.linear(y_BTC, self.symbols.weight)


class Block(nn.Module):
    """Attention to what came before, then a hidden layer for each step, both added to what they read."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        width = recipe.width
        self.heads, self.dropout = recipe.heads, recipe.dropout
        self.before_attention, self.before_hidden = (nn.LayerNorm(width, bias=False) for _ in range(2))
        self.look = nn.Linear(width, 3 * width, bias=False)
        self.gather = nn.Linear(width, width, bias=False)
        self.rise = nn.Linear(width, 4 * width, bias=False)
        self.fall = nn.Linear(4 * width, width, bias=False)

    def forward(self, x_BTC: Tensor) -> Tensor:
        """What the block makes of x_BTC, in the same shape."""
        x_BTC = x_BTC + self._drop(self.gather(self._attend(self.look(self.before_attention(x_BTC)))))
        return x_BTC + self._drop(self.fall(functional.gelu(self.rise(self.before_hidden(x_BTC)))))

    def _attend(self, qkv_BTC: Tensor) -> Tensor:
        # The CPU's kernel takes four times as long in bfloat16 as in float32.
        cpu = qkv_BTC.device.type == "cpu"
        qkv_BTC = qkv_BTC.float() if cpu else qkv_BTC
        q_BHTD, k_BHTD, v_BHTD = qkv_BTC.unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        share = self.dropout if self.training else 0.0
        with torch.autocast("cpu", enabled=False) if cpu else nullcontext():
            y_BHTD = functional.scaled_dot_product_attention(q_BHTD, k_BHTD, v_BHTD, dropout_p=share, is_causal=True)
        return y_BHTD.transpose(1, 2).flatten(2)

    def _drop(self, x_BTC: Tensor) -> Tensor:
        return functional.dropout(x_BTC, self.dropout, self.training)


def train(model: Gpt, ids_N: np.ndarray, *, done: Done, bfloat16: bool, seed: int = 0) -> Iterator[Tensor]:
    """Train until all is `done`, one optimiser step at a time; gives the loss of each."""
    device, context = model.symbols.weight.device, model.recipe.context
    ids, adam, risen = torch.from_numpy(ids_N.astype(np.int64)).to(device), optimiser(model), 0.0
    steps_T, generator = torch.arange(context, device=device), torch.Generator(device).manual_seed(seed)
    for step in count():
        share = done(step)
        if share >= 1:
            return
        risen = share if step <= WARMUP else risen
        now = rate(step, share, risen)
        for group in adam.param_groups:
            group["lr"] = now
        starts_B1 = torch.randint(len(ids) - context, (model.recipe.batch, 1), generator=generator, device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            logits_BTV = model(ids[starts_B1 + steps_T])
            loss = functional.cross_entropy(logits_BTV.flatten(0, 1).float(), ids[starts_B1 + steps_T + 1].flatten())
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        adam.step()
        yield loss.detach()


def rate(step: int, share: float, risen: float) -> float:
    """The learning rate: a straight line up, then half a cosine down; `risen` is the share at which it turned."""
    if step < WARMUP:
        return RATE * (step + 1) / (WARMUP + 1)
    return FINAL + (RATE - FINAL) * (1 + math.cos(math.pi * (share - risen) / (1 - risen))) / 2


def optimiser(model: Gpt) -> torch.optim.AdamW:
    """AdamW that decays matrices, embeddings among them, and not the gains."""
    weights = list(model.parameters())
    groups = [
        {"params": [each for each in weights if each.ndim == 2], "weight_decay": DECAY},
        {"params": [each for each in weights if each.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=RATE, betas=BETAS, fused=True)

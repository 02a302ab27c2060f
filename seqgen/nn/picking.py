"""Samplers of many rows on the device that they are on: the twins of `generation.picking` in torch.

Shapes: B lanes, V vocabulary.
"""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

Chain = Sequence[Callable[[Tensor], Tensor]]
"""Samplers of rows z_BV in float64: what each leaves, cut off at -inf."""


class Samplers(Protocol):
    """The fields of `generation.Samplers` that have twins here."""

    @property
    def temperature(self) -> float:
        """What logits are divided by."""

    @property
    def top_k(self) -> int:
        """How many of the likeliest symbols stay; 0 for all."""

    @property
    def typical(self) -> float:
        """The mass of the most typical symbols that stays; 1 for all."""

    @property
    def top_p(self) -> float:
        """The mass of the likeliest symbols that stays; 1 for all."""

    @property
    def min_p(self) -> float:
        """The share of the best probability that a symbol needs to stay."""

    @property
    def eta(self) -> float:
        """The cut below which a symbol goes, unless the entropy is high; 0 for none."""


def chain(samplers: Samplers) -> Chain:
    """The twins of `generation.picking.rows` in torch."""
    temperature, k = samplers.temperature, samplers.top_k
    possible: list[tuple[bool, Callable[[Tensor], Tensor]]] = [
        (temperature == 0, _likeliest),
        (temperature not in (0, 1), lambda z_BV: z_BV / temperature),
        (k > 0, lambda z_BV: _cut(z_BV, z_BV < z_BV.topk(min(k, z_BV.shape[1]))[0][:, -1:])),
        (samplers.typical < 1, lambda z_BV: _up_to(z_BV, _oddness(z_BV), samplers.typical)),
        (samplers.top_p < 1, lambda z_BV: _up_to(z_BV, -z_BV, samplers.top_p)),
        (samplers.min_p > 0, lambda z_BV: _cut(z_BV, z_BV < z_BV.amax(1, keepdim=True) + math.log(samplers.min_p))),
        (samplers.eta > 0, lambda z_BV: _eta(z_BV, samplers.eta)),
    ]
    return [sampler for wanted, sampler in possible if wanted]


def _cut(z_BV: Tensor, gone_BV: Tensor) -> Tensor:
    return z_BV.masked_fill(gone_BV, -math.inf)


def _likeliest(z_BV: Tensor) -> Tensor:
    places_V = torch.arange(z_BV.shape[1], device=z_BV.device)
    return _cut(z_BV, places_V != z_BV.argmax(1, keepdim=True))


def _up_to(z_BV: Tensor, key_BV: Tensor, share: float) -> Tensor:
    """The first, by rising key, that together reach the share."""
    order_BV = key_BV.sort(dim=1, stable=True)[1]
    sorted_BV = z_BV.gather(1, order_BV)
    powers_BV = (sorted_BV - z_BV.amax(1, keepdim=True)).exp()
    sums_BV = powers_BV.cumsum(1)
    gone_BV = torch.nn.functional.pad(sums_BV[:, :-1] >= share * sums_BV[:, -1:], (1, 0))
    return torch.empty_like(z_BV).scatter(1, order_BV, _cut(sorted_BV, gone_BV))


def _entropy(log_p_BV: Tensor) -> Tensor:
    return -torch.where(log_p_BV > -math.inf, log_p_BV.exp() * log_p_BV, 0.0).sum(1, keepdim=True)


def _oddness(z_BV: Tensor) -> Tensor:
    log_p_BV = z_BV.log_softmax(1)
    return (log_p_BV + _entropy(log_p_BV)).abs()


def _eta(z_BV: Tensor, epsilon: float) -> Tensor:
    log_p_BV = z_BV.log_softmax(1)
    least_B1 = (math.log(epsilon) / 2 - _entropy(log_p_BV)).clamp(max=math.log(epsilon))
    return _cut(z_BV, log_p_BV < torch.minimum(least_B1, log_p_BV.amax(1, keepdim=True)))

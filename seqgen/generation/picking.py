"""Drawing one symbol a lane at once: the fast twin of `Draw` for samplers that do not look back.

Shapes: B lanes, V vocabulary.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from seqgen.errors import no_number
from seqgen.generation.samplers import Logits, warm
from seqgen.generation.settings import Samplers
from seqgen.vocabulary import Vocabulary

Numbers = NDArray[np.float64]
Ids = NDArray[np.intp]
Rows = Callable[[Logits], None]
"""A sampler of many rows z_BV, in place; its definition is that of one row in `samplers`."""


def rows(settings: Samplers) -> list[Rows]:
    """The samplers that do anything, in the order of `samplers.chain`."""
    temperature = settings.temperature
    possible: list[tuple[bool, Rows]] = [
        (temperature == 0, keep_likeliest),
        (temperature not in (0, 1), partial(warm, temperature=temperature)),
        (settings.top_k > 0, partial(keep_top_k, k=settings.top_k)),
        (settings.typical < 1, partial(keep_typical, share=settings.typical)),
        (settings.top_p < 1, partial(keep_top_p, share=settings.top_p)),
        (settings.min_p > 0, partial(keep_min_p, share=settings.min_p)),
        (settings.eta > 0, partial(keep_eta, epsilon=settings.eta)),
    ]
    return [sampler for wanted, sampler in possible if wanted]


class Picker:
    """Draws for many lanes. Law: what `Draw` draws from each row with the same number."""

    def __init__(self, settings: Samplers, vocabulary: Vocabulary) -> None:
        self._rows, self._unknown = rows(settings), vocabulary.unknown
        self._shut = [vocabulary.unknown, *range(vocabulary.first_label, vocabulary.size)]

    def __call__(self, logits_BV: NDArray[np.float32], uniform_B: Numbers) -> tuple[Ids, Numbers]:
        """The symbols drawn, ids_B, and their probabilities under the model itself, (B,).

        Raises InputError if the logits are not finite.
        """
        z_BV = logits_BV.astype(np.float64, order="C")
        shut = z_BV[:, self._shut]
        z_BV[:, self._shut] = -np.inf
        peak_B = z_BV.max(1)
        if not np.isfinite(peak_B).all():
            raise no_number(peak_B[~np.isfinite(peak_B)][0])
        z_BV -= peak_B[:, None]
        p_BV = np.exp(z_BV)
        if self._rows:
            for sampler in self._rows:
                sampler(z_BV)
            (ids_B, _), totals_B = _picked(np.exp(z_BV - z_BV.max(1)[:, None]), uniform_B), p_BV.sum(1)
        else:
            ids_B, totals_B = _picked(p_BV, uniform_B)
        totals_B = totals_B + np.exp(np.minimum(shut - peak_B[:, None], 700)).sum(1)
        return ids_B, p_BV[np.arange(len(ids_B)), ids_B] / totals_B


def _picked(weights_BV: Logits, uniform_B: Numbers) -> tuple[Ids, Numbers]:
    """The first id of each row up to which the weights sum to more than that share of their total, and the totals."""
    sums_BV = weights_BV.cumsum(1)
    total_B = sums_BV[:, -1]
    mark_B = uniform_B * total_B
    ids_B = (sums_BV > mark_B[:, None]).argmax(1)
    beyond_B = mark_B >= total_B
    if beyond_B.any():
        ids_B[beyond_B] = (sums_BV[beyond_B] >= total_B[beyond_B, None]).argmax(1)
    return ids_B, total_B


def keep_likeliest(z_BV: Logits) -> None:
    """The largest alone, the first of equals."""
    best_B = z_BV.argmax(1)
    z_BV[np.arange(z_BV.shape[1]) != best_B[:, None]] = -np.inf


def keep_top_k(z_BV: Logits, *, k: int) -> None:
    """The k largest, and what equals the smallest of them."""
    if k < z_BV.shape[1]:
        z_BV[z_BV < np.partition(z_BV, -k, axis=1)[:, -k, None]] = -np.inf


def keep_typical(z_BV: Logits, *, share: float) -> None:
    """Those nearest to the expected surprise that reach the share."""
    log_p_BV = _log_shares(z_BV)
    order_BV = np.argsort(np.abs(log_p_BV + _entropy(log_p_BV)[:, None]), axis=1, kind="stable")
    _keep_up_to(z_BV, order_BV, share)


def keep_top_p(z_BV: Logits, *, share: float) -> None:
    """The fewest likeliest that reach the share."""
    _keep_up_to(z_BV, np.argsort(-z_BV, axis=1, kind="stable"), share)


def _keep_up_to(z_BV: Logits, order_BV: Ids, share: float) -> None:
    """The first in that order that together reach the share."""
    sorted_BV = np.take_along_axis(z_BV, order_BV, 1)
    sums_BV = np.exp(sorted_BV - z_BV.max(1)[:, None]).cumsum(1)
    # A symbol stays while those before it fall short.
    sorted_BV[:, 1:][sums_BV[:, :-1] >= share * sums_BV[:, -1:]] = -np.inf
    np.put_along_axis(z_BV, order_BV, sorted_BV, 1)


def keep_min_p(z_BV: Logits, *, share: float) -> None:
    """What has at least that share of the probability of the likeliest."""
    z_BV[z_BV < z_BV.max(1)[:, None] + np.log(share)] = -np.inf


def keep_eta(z_BV: Logits, *, epsilon: float) -> None:
    """What has p_i >= min(epsilon, sqrt(epsilon) exp(-H(p)))."""
    log_p_BV = _log_shares(z_BV)
    least_B = np.minimum(math.log(epsilon), math.log(epsilon) / 2 - _entropy(log_p_BV))
    z_BV[log_p_BV < np.minimum(least_B, log_p_BV.max(1))[:, None]] = -np.inf


def _log_shares(z_BV: Logits) -> Logits:
    peak_B = z_BV.max(1)
    log_p_BV: Logits = z_BV - (peak_B + np.log(np.exp(z_BV - peak_B[:, None]).sum(1)))[:, None]
    return log_p_BV


def _entropy(log_p_BV: Logits) -> Numbers:
    """H(p) in nats."""
    p_BV = np.exp(log_p_BV)
    entropy_B: Numbers = -(p_BV * np.where(p_BV > 0, log_p_BV, 0)).sum(1)
    return entropy_B

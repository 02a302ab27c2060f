"""The samplers: each narrows or reshapes the logits z_V, in float64, in place. A symbol cut off has -inf."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from seqgen.generation.settings import Samplers

Logits = NDArray[np.float64]
Sampler = Callable[[Logits], None]


def chain(settings: Samplers, seen_V: NDArray[np.bool_]) -> list[Sampler]:
    """The samplers that do anything, in order: penalty, temperature, top-k, top-p, min-p."""
    possible: list[tuple[bool, Sampler]] = [
        (settings.repetition_penalty != 1, partial(penalise, seen_V=seen_V, penalty=settings.repetition_penalty)),
        (settings.temperature == 0, keep_likeliest),
        (settings.temperature not in (0, 1), partial(warm, temperature=settings.temperature)),
        (settings.top_k > 0, partial(keep_top_k, k=settings.top_k)),
        (settings.top_p < 1, partial(keep_top_p, share=settings.top_p)),
        (settings.min_p > 0, partial(keep_min_p, share=settings.min_p)),
    ]
    return [sampler for wanted, sampler in possible if wanted]


def judges_alone(sampler: Sampler) -> bool:
    """Whether the sampler changes each logit without regard to the others, and cuts none off."""
    return getattr(sampler, "func", sampler) in (penalise, warm)


def needs_all(sampler: Sampler) -> bool:
    """Whether what the sampler keeps depends on what it does not keep."""
    return getattr(sampler, "func", sampler) is keep_top_p


def penalise(z_V: Logits, *, seen_V: NDArray[np.bool_], penalty: float) -> None:
    """Divide the positive logits of seen symbols by `penalty`, multiply the others (CTRL, arXiv 1909.05858)."""
    z = z_V[seen_V]
    z_V[seen_V] = np.where(z > 0, z / penalty, z * penalty)


def warm(z_V: Logits, *, temperature: float) -> None:
    """softmax(z / temperature)."""
    np.divide(z_V, temperature, z_V)


def keep_likeliest(z_V: Logits) -> None:
    """The limit of a falling temperature: the largest logit alone, the first of equals."""
    best = z_V.argmax()
    z_V[:best] = z_V[best + 1 :] = -np.inf


def keep_top_k(z_V: Logits, *, k: int) -> None:
    """The k largest (arXiv 1805.04833), and what equals the smallest of them."""
    if k < len(z_V):
        z_V[z_V < np.partition(z_V, -k)[-k]] = -np.inf


def keep_top_p(z_V: Logits, *, share: float) -> None:
    """The smallest set of the likeliest that reaches the `share` (arXiv 1904.09751); of equals the lower id first."""
    order = np.argsort(-z_V, kind="stable")
    sums = np.exp(z_V[order] - z_V[order[0]]).cumsum()
    z_V[order[np.searchsorted(sums, share * sums[-1]) + 1 :]] = -np.inf


def keep_min_p(z_V: Logits, *, share: float) -> None:
    """What has at least `share` of the probability of the likeliest (arXiv 2407.01082)."""
    z_V[z_V < z_V.max() + np.log(share)] = -np.inf

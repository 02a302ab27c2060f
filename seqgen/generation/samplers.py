"""The samplers: each narrows or reshapes the logits z_V, in float64, in place. A symbol cut off has -inf.

The order in which they apply, and why. What the constraints forbid, the unknown symbol and the labels are gone before.

1. The penalties and the runs that shall not come again speak of single symbols and of the model's own logits, so that
   their numbers mean the same at each temperature. The order among them is of little matter; the runs come last.
2. The temperature shapes what all the others see: a share of 0.9 is a share of what would be drawn at that temperature.
   Some tools apply it last, so that their cuts are those of temperature 1.
3. Top-k, typical, top-p, min-p and eta cut, each as if what the ones before it left were the whole distribution.
   Typical may cut off the likeliest, so it goes before those that measure by the likeliest; eta, the mildest, comes
   last.
4. Mirostat counts how surprising the symbol was that came out, so nothing may change the distribution behind it.

Shapes: V vocabulary.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from seqgen.generation.past import Past
from seqgen.generation.settings import Samplers

Logits = NDArray[np.float64]
Sampler = Callable[[Logits], None]

HELD = 1e9
"""Taken from a logit, it leaves no chance beside any other symbol, and the digits that tell apart those it is taken
from."""


def chain(settings: Samplers, past: Past, *, length: int = 0) -> list[Sampler]:
    """The samplers that do anything, in order: repetition penalty, presence and frequency penalty, no repeated run,
    temperature, top-k, typical, top-p, min-p, eta, mirostat. They look back on that past, as it is when they are
    called."""
    own, counts_V, end = settings.penalties, past.counts_V, settings.temperature_end
    presence, frequency = own.presence_penalty, own.frequency_penalty
    start, fixed = settings.temperature, end is None
    possible: list[tuple[bool, Sampler]] = [
        (own.repetition_penalty != 1, partial(penalise, counts_V=counts_V, penalty=own.repetition_penalty)),
        (bool(presence or frequency), partial(charge, counts_V=counts_V, presence=presence, frequency=frequency)),
        (own.no_repeat > 0, partial(hold_repeats, past=past)),
        (not fixed, Slope(start, end or 0.0, length=length, past=past)),
        (fixed and start == 0, keep_likeliest),
        (fixed and start not in (0, 1), partial(warm, temperature=start)),
        (settings.top_k > 0, partial(keep_top_k, k=settings.top_k)),
        (settings.typical < 1, partial(keep_typical, share=settings.typical)),
        (settings.top_p < 1, partial(keep_top_p, share=settings.top_p)),
        (settings.min_p > 0, partial(keep_min_p, share=settings.min_p)),
        (settings.eta > 0, partial(keep_eta, epsilon=settings.eta)),
        (settings.mirostat > 0, Mirostat(settings.mirostat, settings.mirostat_rate, past=past)),
    ]
    return [sampler for wanted, sampler in possible if wanted]


def judges_alone(sampler: Sampler) -> bool:
    """Whether the sampler now changes each logit without regard to the others, and cuts none off."""
    if isinstance(sampler, Slope):
        return sampler.now > 0
    return getattr(sampler, "func", sampler) in (penalise, charge, hold_repeats, warm)


def needs_all(sampler: Sampler) -> bool:
    """Whether what the sampler keeps depends on what it does not keep."""
    return isinstance(sampler, Mirostat) or getattr(sampler, "func", sampler) in (keep_typical, keep_top_p, keep_eta)


def penalise(z_V: Logits, *, counts_V: Logits, penalty: float) -> None:
    """Divide the positive logits of symbols that have occurred by `penalty`, multiply the others (CTRL, arXiv
    1909.05858)."""
    seen_V = counts_V > 0
    z = z_V[seen_V]
    z_V[seen_V] = (np.minimum if penalty > 1 else np.maximum)(z / penalty, z * penalty)


def charge(z_V: Logits, *, counts_V: Logits, presence: float, frequency: float) -> None:
    """z_i - presence [c_i > 0] - frequency c_i, for a symbol that occurred c_i times (OpenAI, API reference of
    completions)."""
    z_V -= frequency * counts_V + presence * (counts_V > 0)


def hold_repeats(z_V: Logits, *, past: Past) -> None:
    """Hold back what would end a run of `no_repeat` symbols that has occurred (for three, arXiv 1705.04304).

    Such a symbol is drawn only where no other may be, and then as likely as the model finds it among its like.
    """
    if repeats := past.repeats():
        z_V[list(repeats)] -= HELD


def warm(z_V: Logits, *, temperature: float) -> None:
    """softmax(z / temperature)."""
    np.divide(z_V, temperature, z_V)


def keep_likeliest(z_V: Logits) -> None:
    """The limit of a falling temperature: the largest logit alone, the first of equals."""
    best = z_V.argmax()
    z_V[:best] = z_V[best + 1 :] = -np.inf


class Slope:
    """The temperature on a straight line, from `start` at the first symbol drawn to `end` at symbol `length`, and on at
    that."""

    def __init__(self, start: float, end: float, *, length: int, past: Past) -> None:
        self._start, self._end, self._steps, self._past = start, end, length - 1, past

    @property
    def now(self) -> float:
        """The temperature at which the next symbol is drawn: start + (end - start) n / (length - 1) behind n."""
        done = min(self._past.drawn / self._steps, 1) if self._steps > 0 else 0
        return self._start * (1 - done) + self._end * done

    def __call__(self, z_V: Logits) -> None:
        """Warm by it."""
        if now := self.now:
            warm(z_V, temperature=now)
        else:
            keep_likeliest(z_V)


def keep_top_k(z_V: Logits, *, k: int) -> None:
    """The k largest (arXiv 1805.04833), and what equals the smallest of them."""
    if k < len(z_V):
        z_V[z_V < np.partition(z_V, -k)[-k]] = -np.inf


def keep_typical(z_V: Logits, *, share: float) -> None:
    """The smallest set of those nearest to the expected surprise, by |-log p_i - H(p)|, that reaches the `share`
    (locally typical, arXiv 2202.00666); of equals the lower id first."""
    log_p_V = log_shares(z_V)
    order = np.argsort(np.abs(log_p_V + _entropy(log_p_V)), kind="stable")
    _keep_up_to(z_V, order, share=share, peak=z_V.max())


def keep_top_p(z_V: Logits, *, share: float) -> None:
    """The smallest set of the likeliest that reaches the `share` (arXiv 1904.09751); of equals the lower id first."""
    order = np.argsort(-z_V, kind="stable")
    _keep_up_to(z_V, order, share=share, peak=z_V[order[0]])


def _keep_up_to(z_V: Logits, order_V: NDArray[np.intp], *, share: float, peak: float) -> None:
    """The first in that order that together reach the share."""
    sums = np.exp(z_V[order_V] - peak).cumsum()
    z_V[order_V[np.searchsorted(sums, share * sums[-1]) + 1 :]] = -np.inf


def keep_min_p(z_V: Logits, *, share: float) -> None:
    """What has at least `share` of the probability of the likeliest (arXiv 2407.01082)."""
    z_V[z_V < z_V.max() + np.log(share)] = -np.inf


def keep_eta(z_V: Logits, *, epsilon: float) -> None:
    """What has p_i >= min(epsilon, sqrt(epsilon) exp(-H(p))), H in nats (eta sampling, arXiv 2210.15191).

    The likeliest always has: exp(-H(p)) is never above its probability. The paper writes >, which would leave nothing
    of an even distribution if epsilon is 1.
    """
    log_p_V = log_shares(z_V)
    least = min(math.log(epsilon), math.log(epsilon) / 2 - _entropy(log_p_V), log_p_V.max())
    z_V[log_p_V < least] = -np.inf


class Mirostat:
    """What has a surprise of -log2 p_i <= mu bits, or else the likeliest and its equals; then mu goes down by
    rate (s - target), where s is the surprise of what was drawn. It begins at 2 target (mirostat 2, arXiv 2007.14966).

    p is the distribution that the samplers before leave, so that s is told before this one cuts.
    """

    def __init__(self, target: float, rate: float, *, past: Past) -> None:
        self._target, self._rate, self._past, self._total = target, rate, past, 0.0

    def __call__(self, z_V: Logits) -> None:
        """Cut off what would surprise too much."""
        peak = z_V.max()
        self._total = peak + math.log(np.exp(z_V - peak).sum())
        z_V[z_V < min(self._total - self._past.limit * math.log(2), peak)] = -np.inf

    def learn(self, z: float) -> None:
        """Go on with what was drawn among what was kept, given its logit."""
        self._past.limit -= self._rate * ((self._total - z) / math.log(2) - self._target)


def log_shares(z_V: Logits) -> Logits:
    """The logarithm of the probabilities, (V,)."""
    peak = z_V.max()
    log_p_V: Logits = z_V - (peak + math.log(np.exp(z_V - peak).sum()))
    return log_p_V


def _entropy(log_p_V: Logits) -> float:
    """H(p) in nats."""
    log_p = log_p_V[log_p_V > -np.inf]
    return -float(np.exp(log_p) @ log_p)

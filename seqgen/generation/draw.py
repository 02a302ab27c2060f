"""Drawing one symbol from logits and one random number.

Shapes: V vocabulary.
"""

import copy
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from math import exp, isfinite, log
from typing import Self

import numpy as np
from numpy.typing import NDArray

from seqgen.errors import no_number
from seqgen.generation.gate import Gate, choose
from seqgen.generation.past import Past
from seqgen.generation.samplers import Logits, Mirostat, chain
from seqgen.generation.settings import GenerateSettings
from seqgen.vocabulary import Vocabulary

Places = tuple[int | slice, ...]


def uniforms(seed: int, sample: int, *, start: int = 0, candidate: int = 0) -> Iterator[float]:
    """Numbers in [0, 1) from a position on, the same at each whatever else is drawn: Philox (Salmon et al., 2011),
    keyed.

    The key is (seed, sample). The counter begins with the candidate in its highest word, and the position in the
    lowest: a count gives four numbers.
    """
    key, counter = np.array([seed, sample], np.uint64), np.array([start // 4, 0, 0, candidate], np.uint64)
    rng = np.random.Generator(np.random.Philox(key=key, counter=counter))
    rng.random(start % 4)
    while True:
        yield from rng.random(256).tolist()


def probability(logits_V: NDArray[np.float32], id: int) -> float:
    """What the model itself thinks of a symbol."""
    z_V = logits_V.astype(np.float64)
    return exp(z_V.item(id) - np.logaddexp.reduce(z_V))


def never_drawn(vocabulary: Vocabulary) -> Places:
    """Where the unknown symbol and the labels are."""
    labels = (slice(vocabulary.first_label, None),) if vocabulary.labels else ()
    return (vocabulary.unknown, *labels)


def peak_of(z_V: Logits, never: Places = ()) -> float:
    """The largest, once what is never drawn is shut out. Raises InputError if that is no number."""
    for place in never:
        z_V[place] = -np.inf
    peak = z_V.item(z_V.argmax())
    if not isfinite(peak):
        raise no_number(peak)
    return peak


def log_probabilities(logits_V: NDArray[np.float32]) -> Logits:
    """The logarithm of what the model itself thinks of each symbol, (V,). Raises InputError if that is no number."""
    z_V = logits_V.astype(np.float64)
    peak = peak_of(z_V)
    z_V -= peak + log(np.add.reduce(np.exp(z_V - peak)))
    return z_V


class Draw:
    """The samplers with their buffers and their memory of what has occurred."""

    def __init__(self, settings: GenerateSettings, vocabulary: Vocabulary) -> None:
        self._unknown, self._labels = vocabulary.unknown, slice(vocabulary.first_label, None)
        self._labelled, self._never = bool(vocabulary.labels), never_drawn(vocabulary)
        self._z_V, self._p_V, self._weights_V, self._sums_V = np.zeros((4, vocabulary.size))
        self._sums: Sequence[float] = memoryview(self._sums_V)  # type: ignore[arg-type]
        self._settings, self._looks_back = settings, settings.samplers.look_back
        self._bind(Past(settings.samplers, vocabulary))

    def copy(self) -> Self:
        """One that remembers the same, and goes its own way from here. They share buffers, so not in two threads."""
        twin = copy.copy(self)
        if self._looks_back:
            twin._bind(self._past.copy())
        return twin

    def _bind(self, past: Past) -> None:
        self._past, self._chain = past, chain(self._settings.samplers, past, length=self._settings.length)
        self._mirostat = next((each for each in self._chain if isinstance(each, Mirostat)), None)

    def note(self, id: int, *, given: bool = False) -> None:
        """Remember that a symbol occurred, drawn or given with the prompt; a boundary may come again unpunished."""
        if self._looks_back:
            self._past.note(id, given=given)

    def draw(self, logits_V: NDArray[np.float32], uniform: float, *, gate: Gate | None = None) -> tuple[int, float]:
        """The symbol drawn, never the unknown one or a label, and its probability under the model itself, before any
        sampler.

        A gate lets only what its constraints allow be drawn. Raises InputError if the logits are not finite, UsageError
        if nothing is allowed.
        """
        z_V, p_V = self._z_V, self._p_V
        z_V[...] = logits_V
        unknown = z_V.item(self._unknown)
        peak = peak_of(z_V, self._never)
        np.subtract(z_V, peak, p_V)
        np.exp(p_V, p_V)
        if gate:
            total, picked = float(np.add.reduce(p_V)), None if self._chain else gate.pick(p_V, uniform)
            id = choose(z_V, uniform, samplers=self._chain, gate=gate) if picked is None else picked
        else:
            id, total = self._pick_narrowed(uniform) if self._chain else self._pick(p_V, uniform)
        if self._mirostat:
            self._mirostat.learn(z_V.item(id))
        above = unknown - peak
        total += exp(700 if above > 700 else above)
        if self._labelled:
            total += float(np.exp(np.minimum(logits_V[self._labels].astype(np.float64) - peak, 700)).sum())
        return id, p_V.item(id) / total

    def shares(self, logits_V: NDArray[np.float32], *, gate: Gate | None = None) -> Logits:
        """How likely each symbol is among those that may be drawn, before any sampler, (V,).

        Raises InputError if the logits are not finite, UsageError if none may.
        """
        z_V = logits_V.astype(np.float64)
        peak_of(z_V, self._never)
        if gate and not gate.shut(z_V):
            gate.sift(z_V, z_V)
        p_V: Logits = np.exp(z_V - np.logaddexp.reduce(z_V))
        return p_V

    def left(self, logits_V: NDArray[np.float32], *, gate: Gate | None = None) -> Logits:
        """The distribution that `draw` draws from, (V,): what the constraints and then the samplers leave.

        Raises InputError if the logits are not finite, UsageError if nothing is allowed.
        """
        z_V = self._z_V
        z_V[...] = logits_V
        peak_of(z_V, self._never)
        if gate:
            if not gate.shut(z_V):
                gate.sift(z_V, z_V)
            gate.require(z_V)
        for sampler in self._chain:
            sampler(z_V)
        p_V: Logits = np.exp(z_V - z_V.item(z_V.argmax()))
        p_V /= np.add.reduce(p_V)
        return p_V

    def learn(self, id: int) -> None:
        """Let a sampler that learns from what was drawn do so: drawn from what is `left`, behind no other call."""
        if self._mirostat:
            self._mirostat.learn(self._z_V.item(id))

    def _pick_narrowed(self, uniform: float) -> tuple[int, float]:
        """An id by the logits that the samplers leave, and the sum of all weights before them."""
        z_V, weights_V = self._z_V, self._weights_V
        for sampler in self._chain:
            sampler(z_V)
        np.subtract(z_V, z_V[z_V.argmax()], weights_V)
        np.exp(weights_V, weights_V)
        id, _ = self._pick(weights_V, uniform)
        return id, float(np.add.reduce(self._p_V))

    def _pick(self, weights_V: Logits, uniform: float) -> tuple[int, float]:
        """The first id up to which the weights sum to more than `uniform` of their total, and the total."""
        np.add.accumulate(weights_V, 0, None, self._sums_V)
        total = self._sums[-1]
        id = bisect_right(self._sums, uniform * total)
        return id if id < len(self._sums) else bisect_left(self._sums, total), total

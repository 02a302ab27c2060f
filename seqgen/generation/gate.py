"""Drawing among what a constraint allows, as if everything else had no probability at all.

Shapes: V vocabulary.
"""

from typing import cast

import numpy as np

from seqgen.constraint import Every, Spoken, State, both
from seqgen.errors import UsageError
from seqgen.generation.samplers import Logits, Sampler, judges_alone, needs_all
from seqgen.vocabulary import Vocabulary

FINE = 2.0**-20
"""A random number that is used up to this share of its digits is not parted any further."""


class Gate:
    """Where the constraints of a sample stand; None of them is passed but by `take`."""

    def __init__(self, limits: Every, vocabulary: Vocabulary, state: State) -> None:
        self.limits, self.state = limits, state
        self._symbol_of = vocabulary.symbol_of
        self._tried: dict[int, State | None] = {}

    def admits(self, id: int) -> bool:
        """Whether the constraints allow it to come next."""
        if id not in self._tried:
            self._tried[id] = self.limits.step(self.state, cast(Spoken, self._symbol_of(id)))
        return self._tried[id] is not None

    def take(self, id: int) -> None:
        """Let it come next. Raises UsageError if that is not allowed."""
        if not self.admits(id):
            raise UsageError(str(self.limits), f"it does not allow {self._symbol_of(id)!r} here", "Choose another")
        self.state, self._tried = self._tried[id], {}

    def shut(self, z_V: Logits) -> bool:
        """Give -inf to what the constraints are known to forbid; whether that is all they forbid."""
        masks = self.limits.masks(self.state)
        known = both([mask for mask in masks if mask is not None])
        if known is not None:
            z_V[~known] = -np.inf
        return all(mask is not None for mask in masks)

    def sift(self, z_V: Logits, among_V: Logits) -> bool:
        """Give -inf to those that are left among others and not allowed; whether there were any.

        Raises UsageError if nothing is left.
        """
        refused = [id for id in np.flatnonzero(among_V > -np.inf).tolist() if not self.admits(id)]
        z_V[refused] = -np.inf
        self.require(z_V)
        return bool(refused)

    def require(self, z_V: Logits) -> None:
        """Raise UsageError unless anything is left."""
        if z_V.max() == -np.inf:
            raise UsageError(str(self.limits), "it allows nothing that the model can say here", "Loosen it")


def choose(z_V: Logits, uniform: float, *, samplers: list[Sampler], gate: Gate) -> int:
    """An id by the logits that the constraints and then the samplers leave. Changes the logits.

    Where a constraint cannot tell beforehand what it allows, only what may be drawn is tried. Raises UsageError if
    nothing is allowed.
    """
    sure = gate.shut(z_V)
    for sampler in samplers:
        gate.require(z_V)
        if not sure and not judges_alone(sampler):
            _keep_allowed(z_V, sampler, gate)
            sure = True
        sampler(z_V)
    return _first_allowed(z_V, uniform, gate, sure=sure)


def _keep_allowed(z_V: Logits, sampler: Sampler, gate: Gate) -> None:
    """Leave nothing that is not allowed where it could change what the sampler keeps, or be kept."""
    if needs_all(sampler):
        gate.sift(z_V, z_V)
        return
    narrowed = z_V.copy()
    sampler(narrowed)
    while gate.sift(z_V, narrowed):
        narrowed[:] = z_V
        sampler(narrowed)


def _first_allowed(z_V: Logits, uniform: float, gate: Gate, *, sure: bool) -> int:
    """Draw until something is allowed, each time without what was not.

    A number that fell on what is refused lies anywhere within its share, so its place there is a number for the next
    draw: what comes out has the probabilities of a draw among all that is allowed, from one random number.
    """
    fineness = 1.0
    while True:
        gate.require(z_V)
        weights_V = np.exp(z_V - z_V.max())
        sums_V = weights_V.cumsum()
        total = sums_V.item(-1)
        id = int(min(np.searchsorted(sums_V, uniform * total, "right"), np.searchsorted(sums_V, total)))
        if sure or gate.admits(id):
            return id
        share = weights_V.item(id)
        uniform = min(max((uniform * total - sums_V.item(id) + share) / share, 0), 1 - 2**-53)
        z_V[id] = -np.inf
        fineness *= share / total
        if fineness < FINE:
            gate.sift(z_V, z_V)
            sure = True

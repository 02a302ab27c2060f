"""Drawing among what a constraint allows, as if everything else had no probability at all.

Shapes: V vocabulary.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from seqgen.constraint import Every, Mask, Spoken, State, both, sound
from seqgen.errors import UsageError
from seqgen.generation.samplers import Logits, Sampler, judges_alone, needs_all
from seqgen.vocabulary import Vocabulary

Ids = NDArray[np.intp]

FINE = 2.0**-20
"""A random number that is used up to this share of its digits is not parted any further."""
FAINT = 1e-200
"""Weights below this lose digits."""
BARS = 512
"""Masks of which something is kept: a grammar has about so many, each as long as the vocabulary."""


class Gate:
    """Where the constraints of a sample stand; None of them is passed but by `take`."""

    def __init__(self, limits: Every, vocabulary: Vocabulary, state: State) -> None:
        self.limits, self.state = limits, state
        self._symbol_of, self._size = vocabulary.symbol_of, vocabulary.size
        self._tried: dict[int, State | None] = {}
        self._bars: dict[int, tuple[Mask, Logits]] = {}
        self._lists: dict[int, tuple[Mask, Ids]] = {}

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
        masks = self._masks()
        known = [mask for mask in masks if mask is not None]
        if len(known) == 1 and not known[0].flags.writeable:
            z_V += self._bar(known[0])
        elif known:
            np.putmask(z_V, ~cast(Mask, both(known)), -np.inf)
        return len(known) == len(masks)

    def pick(self, p_V: Logits, uniform: float) -> int | None:
        """An id drawn by these probabilities among those that a single mask allows: the fast twin of `choose` where no
        sampler has a say. None where there is no such mask, or next to no probability is left."""
        masks = self._masks()
        if len(masks) != 1 or masks[0] is None or masks[0].flags.writeable:
            return None
        left = self._list(masks[0])
        if not len(left):
            return None
        found, sums = first_beyond(p_V.take(left), uniform)
        return left.item(found) if sums.item(-1) > FAINT else None

    def _masks(self) -> list[Mask | None]:
        """What each constraint knows of what is allowed. Raises InputError for what is no mask of the vocabulary."""
        masks = self.limits.masks(self.state)
        for mask in masks:
            if mask is not None and id(mask) not in self._lists and id(mask) not in self._bars:
                sound(mask, self._size, of=self.limits)
        return masks

    def _list(self, mask_V: Mask) -> Ids:
        """The ids for which the mask is True."""
        kept = self._lists.get(id(mask_V))
        if kept is None:
            if len(self._lists) == BARS:
                self._lists.clear()
            kept = self._lists[id(mask_V)] = (mask_V, np.flatnonzero(mask_V))
        return kept[1]

    def _bar(self, mask_V: Mask) -> Logits:
        """0 where the mask is True and -inf elsewhere: what shuts it in a quarter of the time."""
        kept = self._bars.get(id(mask_V))
        if kept is None:
            if len(self._bars) == BARS:
                self._bars.clear()
            kept = self._bars[id(mask_V)] = (mask_V, np.where(mask_V, 0.0, -np.inf))
        return kept[1]

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
    while not sure:
        gate.require(z_V)
        weights_V = np.exp(z_V - z_V.max())
        id, sums_V = first_beyond(weights_V, uniform)
        if gate.admits(id):
            return id
        share, total = weights_V.item(id), sums_V.item(-1)
        uniform = min(max((uniform * total - sums_V.item(id) + share) / share, 0), 1 - 2**-53)
        z_V[id] = -np.inf
        fineness *= share / total
        if fineness < FINE:
            gate.sift(z_V, z_V)
            sure = True
    gate.require(z_V)
    left_V = z_V > -np.inf
    if 2 * np.count_nonzero(left_V) > len(left_V):
        return first_beyond(np.exp(z_V - z_V.max()), uniform)[0]
    left = np.flatnonzero(left_V)  # the sums over these are the same numbers, and had sooner
    z = z_V[left]
    return int(left.item(first_beyond(np.exp(z - z.max()), uniform)[0]))


def first_beyond(weights: Logits, uniform: float) -> tuple[int, Logits]:
    """Where the sums of the weights first exceed that share of the whole, and those sums."""
    sums: Logits = weights.cumsum()
    total = sums.item(-1)
    found = int(sums.searchsorted(uniform * total, "right"))
    return (found if found < len(sums) else int(sums.searchsorted(total))), sums

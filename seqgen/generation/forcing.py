"""What a constraint takes away from a model: how much of the probability it allows, symbol by symbol.

Shapes: V vocabulary.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple, cast

import numpy as np

from seqgen.constraint import Constraint, Mask, Spoken, sound
from seqgen.generation.voice import Reading
from seqgen.playing.weights import Vector
from seqgen.vocabulary import Vocabulary

TINY = 1e-300
"""The least probability that is told from none."""


class Forced(NamedTuple):
    """How a constraint and a model went along some symbols.

    `places` counts the symbols up to the first that the constraint refuses, and that one; `whole` says that there is
    none. `log_mass` is the sum over these places of the logarithm of the probability that the model gives to all that
    the constraint allows, among what may be drawn at all; None if the constraint could not tell somewhere.
    """

    places: int
    whole: bool
    log_mass: float | None


def force(reader: Reading, constraint: Constraint, ids: Iterable[int], *, vocabulary: Vocabulary) -> Forced:
    """Lead a model and a constraint through ids, as far as the constraint takes them.

    The model needs to have read what stands before them. An unknown symbol is refused. Where the constraint has no
    mask, its allowed mass would take a `step` for every symbol of the vocabulary, and is not found.
    """
    state, places, log_mass = constraint.start, 0, cast(float | None, 0.0)
    for id in ids:
        places += 1
        if constraint.done(state):
            continue
        if log_mass is not None:
            mask_V = constraint.allowed(state)
            if mask_V is not None:
                sound(mask_V, vocabulary.size, of=constraint)
            log_mass = None if mask_V is None else log_mass + _log_share(reader.logits(), mask_V, vocabulary)
        state = None if id == vocabulary.unknown else constraint.step(state, cast(Spoken, vocabulary.symbol_of(id)))
        if state is None:
            return Forced(places, False, log_mass)
        reader.read(id)
    return Forced(places, True, log_mass)


def _log_share(logits_V: Vector, mask_V: Mask, vocabulary: Vocabulary) -> float:
    """The logarithm of the share of all that may be drawn that the mask allows."""
    p_V = np.exp(logits_V.astype(np.float64) - logits_V.max())
    p_V[vocabulary.unknown], p_V[vocabulary.first_label :] = 0.0, 0.0
    return math.log(max(p_V @ mask_V, TINY) / p_V.sum())

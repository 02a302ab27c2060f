"""A model whose weights have 8 bits: faster to play, and a little worse."""

from copy import copy
from dataclasses import replace

from seqgen.api.doors import A_MODEL, Rounded, require_plain
from seqgen.api.models import Model
from seqgen.playing import Player
from seqgen.playing.quantised import rounded
from seqgen.playing.weights import Lay
from seqgen.records import expect

ASKED = "weights of 8 bits"


def quantised(model: Model, *, compiled: bool = True) -> Model:
    """The same model with every matrix of its products in 8 bits, a scale for each row; `playing.quantised` defines it.

    It is a model of its own, whose checkpoint holds the rounded weights: so `evaluate` shows the loss. One that is
    not `compiled` is played by numpy, no faster than before. Raises UsageError for a model with another voice already,
    so mix and draft afterwards, and if it is to be compiled and numba is missing.
    """
    expect(model, Model, asked=ASKED, wanted=A_MODEL)
    require_plain(model, ASKED)
    lay: Lay | None = None
    if compiled:
        from seqgen.playing.compiled import packed

        lay = packed
    twin = copy(model)
    params = rounded(model.checkpoint.model, model.checkpoint.params)
    twin.checkpoint = replace(model.checkpoint, params=params)
    twin.player = Player(model.checkpoint.model, params, lay=lay)
    twin.voice = Rounded(twin.player, model.checkpoint.strategy)
    return twin

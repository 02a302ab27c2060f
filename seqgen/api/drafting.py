"""Lossless drafting: a one-to-many model that writes faster than symbol by symbol, and as well."""

from typing import cast

from seqgen.api.doors import A_MODEL, require_plain
from seqgen.api.models import Model
from seqgen.generation import Drafted, Solo
from seqgen.records import expect


def drafted(model: Model) -> Model:
    """The model, to generate and to score as if it were one-to-one: its further heads propose, and the network
    verifies, so that each symbol is drawn as if every symbol before it had been read.

    `generation.Drafted` defines what comes of it. Raises UsageError for a model without a horizon, and for one that
    plays with another voice than its own.
    """
    expect(model, Model, asked="a draft", wanted=A_MODEL)
    require_plain(model, "a draft")
    return model.with_voice(Drafted(cast(Solo, model.voice).player))

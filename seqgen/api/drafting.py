"""Lossless drafting: a one-to-many model that writes faster than symbol by symbol, and as well."""

from seqgen.api.models import Model
from seqgen.errors import UsageError
from seqgen.generation import Drafted, Solo


def drafted(model: Model) -> Model:
    """The model, to generate and to score as if it were one-to-one: its further heads propose, and the network
    verifies, so that each symbol is drawn as if every symbol before it had been read.

    `generation.Drafted` defines what comes of it. Raises UsageError for a model without a horizon, and for one that
    plays with another voice than its own.
    """
    if not isinstance(model.voice, Solo):
        there = "the model is mixed with others, or goes on from elsewhere"
        raise UsageError("a draft", there, "Let the model draft alone, from the start of a document")
    return model.with_voice(Drafted(model.voice.player))

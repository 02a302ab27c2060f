"""What the verbs take: refused at the door, and in words, where it is something else."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from seqgen.domain import Domain
from seqgen.errors import UsageError
from seqgen.generation import Drafted, Mixture, Resumed, Solo
from seqgen.generation.turning import Turning
from seqgen.records import expect

if TYPE_CHECKING:
    from seqgen.api.models import Model

A_MODEL = "a model, as `seqgen.load` gives it"


class Rounded(Solo):
    """A model alone whose weights have 8 bits, which do not learn."""


SAID: dict[type, str] = {
    Mixture: "the model is mixed with others",
    Turning: "the model has learnt from a text",
    Drafted: "the model writes with a draft",
    Resumed: "the model goes on from a state",
    Rounded: "the weights of the model have 8 bits",
}


def expect_content(domain: Domain, value: Any, *, asked: str) -> None:
    """Raise UsageError for what cannot be a content of the domain, nor an empty text, which is none.

    A text may come in pieces, as from a file; but a list is taken for several.
    """
    form = domain.form
    in_pieces = form.text and isinstance(value, Iterable) and not isinstance(value, Collection)
    if not in_pieces and value != "":
        wanted = "one text, a str" if form.text else f"one {form.document}, a {form.kind.__name__}"
        expect(value, str if form.text else form.kind, asked=asked, wanted=wanted)


def require_plain(model: "Model", asked: str, *, learning: bool = False) -> None:
    """Raise UsageError for a model with another voice than its own, and where it is to learn, weights of 8 bits."""
    voice = model.voice
    if not isinstance(voice, Solo) or (learning and isinstance(voice, Rounded)):
        there = SAID.get(type(voice), f"the model plays with a {type(voice).__name__}")
        raise UsageError(asked, f"{there}, and this is for one as it was trained", "Take the model as it was loaded")

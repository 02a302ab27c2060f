"""Several models as one that writes and scores with the mixture of what they think."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

from seqgen.api.doors import A_MODEL
from seqgen.api.models import Model
from seqgen.errors import UsageError, shown
from seqgen.generation.mixture import Mixture, Part
from seqgen.labels import known, require
from seqgen.records import expect
from seqgen.tokenizer import Tokenizer, options_of


def mixed(model: Model, others: Mapping[Model, float], *, labels: Mapping[str, str] = {}) -> Model:
    """The model, to generate and to score with the mixture of its own probabilities and those of others.

    Each other weighs what is said, and the model itself the rest. `generation.Mixture` defines what comes of it; the
    symbols, the constraint and the documents that are known are the model's own. `labels` are what the others alone
    know; labels given to `generate` and `score` reach all that know them. Raises UsageError for weights that are not
    between 0 and 1, together below 1, for no others, and for models whose symbols do not mean the same; UnknownName for
    a label that no other has.
    """
    rest = _rest(model, others)
    for other in others:
        _require_alike(model, other)
    for key, value in labels.items():
        if not any(known(other.codec.vocabulary, {key: value}) for other in others):
            require(next(iter(others)).codec.vocabulary, {key: value})
    first = Part(model.voice, rest, model.codec.vocabulary)
    more = (Part(other.voice, weight, other.codec.vocabulary, labels) for other, weight in others.items())
    return model.with_voice(Mixture((first, *more)))


def _rest(model: Model, others: Mapping[Model, float]) -> float:
    """The weight that is left to the model. Raises UsageError for others that cannot be weighed."""
    expect(model, Model, asked="mixing", wanted=A_MODEL)
    asked = f"mixing {model.path}"
    expect(others, Mapping, asked=asked, wanted="a mapping from the other models to their weights")
    if not others:
        raise UsageError(asked, "there is no other model", "Give one, with its weight")
    for other, weight in others.items():
        expect(other, Model, asked=asked, wanted=A_MODEL)
        expect(weight, Real, asked=f"the weight of {other.path}", wanted="a number between 0 and 1")
    rest = 1 - sum(others.values())
    if not all(0 < weight < 1 for weight in others.values()) or rest <= 0:
        there = f"the weights of the others are {', '.join(f'{weight:g}' for weight in others.values())}"
        raise UsageError(asked, there, "Give each one above 0, all together below 1")
    return rest


def _require_alike(model: Model, other: Model) -> None:
    """Raise UsageError unless every symbol that both know means the same to both."""
    ours, theirs = model.codec.tokenizer, other.codec.tokenizer
    asked, remedy = f"mixing {model.path} with {other.path}", "Mix models of one tokenizer with the same options"
    one, two = _kind(ours), _kind(theirs)
    if one != two:
        names = [name for name in {**one, **two} if one.get(name) != two.get(name)]
        sides = (", ".join(f"{name} {shown(kind[name])}" for name in names if name in kind) for kind in (one, two))
        raise UsageError(asked, "the first has the {}, the other the {}".format(*sides), remedy)
    for symbol in model.codec.vocabulary.symbols:
        if symbol in other.codec.vocabulary:
            said, heard = (each.writer().write(each.writer().begun, symbol)[0] for each in (ours, theirs))
            if said != heard:
                there = f"the symbol {shown(symbol)} is {shown(said)} to the first, {shown(heard)} to the other"
                raise UsageError(asked, there, remedy)


def _kind(tokenizer: Tokenizer) -> dict[str, Any]:
    """What must agree where symbols are to mean the same; the levels need not, since boundaries have names."""
    kind = type(tokenizer)
    own = {name: value for name, value in options_of(tokenizer).items() if name != "levels"}
    return {"domain": kind.domain, "tokenizer": kind.name, "version": kind.version, **own}

"""`--weights`, `--draft` and `--adapt`: how a model is played."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seqgen.cli.arguments import say
from seqgen.cli.own import named
from seqgen.errors import UsageError
from seqgen.plan import AdaptSettings

if TYPE_CHECKING:
    from seqgen.api.models import Model
    from seqgen.codec import Prompt

Kind = Literal["float32", "int8"]
Weights = Annotated[
    Kind,
    typer.Option(
        help="Play with weights of 8 bits, faster and a little worse, with --mix those of the first model alone; int8"
        " needs the extra `fast`"
    ),
]
WeightsToRead = Annotated[Kind, typer.Option(help="Read with weights of 8 bits; then generate with them too")]
Draft = Annotated[
    bool,
    typer.Option(
        "--draft",
        help="Let the heads of a one-to-many model propose and the network verify, so that each symbol is drawn as if"
        " every symbol before it had been read",
    ),
]
AdaptToText = Annotated[
    bool, typer.Option("--adapt", help="Score once more with a model that learns from what it has read, up to a reset")
]
AdaptToPrompt = Annotated[
    bool, typer.Option("--adapt", help="Learn from the prompt before writing; what was learnt holds up to a reset")
]


def weighed(model: "Model", weights: Kind) -> "Model":
    """The model with weights of that kind. Raises UsageError if what they need is missing."""
    if weights == "float32":
        return model
    from seqgen.api.quantising import quantised

    return quantised(model)


def drafting(model: "Model", wanted: bool) -> "Model":
    """The model, with a draft if one is wanted."""
    if not wanted:
        return model
    from seqgen.api.drafting import drafted

    return drafted(model)


def adapting(adapt: bool, given: dict[str, Any]) -> AdaptSettings | None:
    """How to adapt, None for not at all. Raises UsageError for its options where it is not asked for."""
    own = named(AdaptSettings, given)
    if own and not adapt:
        option = next(iter(own)).replace("_", "-")
        raise UsageError(f"--{option}", "--adapt is not given", "Give --adapt too, or leave this out")
    return AdaptSettings(**own) if adapt else None


def attuned(model: "Model", prompts: "Sequence[Prompt]", settings: AdaptSettings | None) -> "Model":
    """The model adapted to what samples begin with, if it is to be."""
    if settings is None:
        return model
    from seqgen.api.adapting import adapted_to

    found = adapted_to(model, prompts[0], settings)
    say(f"Learnt from a prompt of {len(prompts[0].ids):,} symbols.")
    return found

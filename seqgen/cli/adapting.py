"""`--adapt`: a model that goes on learning from what it reads."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqgen.cli.arguments import say
from seqgen.cli.own import named
from seqgen.errors import UsageError
from seqgen.plan import AdaptSettings

if TYPE_CHECKING:
    from seqgen.api.models import Model
    from seqgen.codec import Prompt

AdaptToText = Annotated[
    bool, typer.Option("--adapt", help="Score once more with a model that learns from what it has read, up to a reset")
]
AdaptToPrompt = Annotated[
    bool, typer.Option("--adapt", help="Learn from the prompt before writing; what was learnt holds up to a reset")
]


def adapting(adapt: bool, given: dict[str, Any]) -> AdaptSettings | None:
    """How to adapt, None for not at all. Raises UsageError for its options where it is not asked for."""
    own = named(AdaptSettings, given)
    if own and not adapt:
        option = next(iter(own)).replace("_", "-")
        raise UsageError(f"--{option}", "--adapt is not given", "Give --adapt too, or leave this out")
    return AdaptSettings(**own) if adapt else None


def attuned(
    model: "Model", prompts: "Sequence[Prompt]", settings: AdaptSettings | None, *, beside: Mapping[str, Any]
) -> "Model":
    """The model adapted to what samples begin with, if it is to be. Raises UsageError where an option is given beside
    it that it does not go with."""
    if settings is None:
        return model
    from seqgen.api.adapting import adapted_to

    for option, value in beside.items():
        if value:
            raise UsageError("--adapt", f"{option} is given too", "Leave one of them out")
    found = adapted_to(model, prompts[0], settings)
    say(f"Learnt from a prompt of {len(prompts[0].ids):,} symbols.")
    return found

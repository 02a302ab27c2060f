"""`--weights`: what a model's weights are while it is played."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from seqgen.api.models import Model

Kind = Literal["float32", "int8"]
Weights = Annotated[
    Kind,
    typer.Option(help="Play with weights of 8 bits, faster and a little worse; int8 needs the extra `fast`"),
]


def weighed(model: "Model", weights: Kind) -> "Model":
    """The model with weights of that kind. Raises UsageError if what they need is missing."""
    if weights == "float32":
        return model
    from seqgen.api.quantising import quantised

    return quantised(model)

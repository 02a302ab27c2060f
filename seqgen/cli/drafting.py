"""`--draft`: the heads of a one-to-many model propose, and the network verifies."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from seqgen.errors import UsageError

if TYPE_CHECKING:
    from seqgen.api.models import Model

Draft = Annotated[
    bool,
    typer.Option(
        "--draft",
        help="Let the heads of a one-to-many model propose and the network verify, so that each symbol is drawn as if"
        " every symbol before it had been read",
    ),
]


def drafting(model: "Model", wanted: bool, *, beside: Mapping[str, object]) -> "Model":
    """The model, with a draft if one is wanted; `beside` has by their names the options that go without one."""
    if not wanted:
        return model
    for name, value in beside.items():
        if value:
            raise UsageError("--draft", f"{name} is given too", f"Leave out --draft or {name}")
    from seqgen.api.drafting import drafted

    return drafted(model)

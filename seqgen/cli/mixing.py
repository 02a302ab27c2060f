"""`--mix`: other models, mixed into the one that a command is about."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqgen.cli.arguments import labels_of
from seqgen.cli.own import loaded
from seqgen.domain import Domain
from seqgen.errors import UsageError
from seqgen.labels import known
from seqgen.plugins import Plugins

if TYPE_CHECKING:
    from seqgen.api.models import Model

Mix = Annotated[
    list[str],
    typer.Option(
        "--mix",
        metavar="MODEL:WEIGHT",
        help="Mix in what another model of the same tokenizer thinks, such as runs/other:0.3; may be repeated",
    ),
]


def mixture(
    model: "Model", mix: Sequence[str], labels: Sequence[str], *, domain: Domain, plugins: Plugins
) -> "tuple[Model, dict[str, str]]":
    """The model with these mixed in, and the labels that are for it; those that it does not know go to the others, if
    they do. Raises UsageError for what is not written as MODEL:WEIGHT."""
    from seqgen.api.mixing import mixed

    asked = labels_of(labels)
    if not mix:
        return model, asked
    others = {loaded(path, domain, plugins, any_text=True): weight for path, weight in map(_weighed, mix)}
    own = known(model.codec.vocabulary, asked)
    theirs = {
        key: value
        for key, value in asked.items()
        if key not in own and any(known(other.codec.vocabulary, {key: value}) for other in others)
    }
    rest = {key: value for key, value in asked.items() if key not in theirs}
    return mixed(model, others, labels=theirs), rest


def _weighed(text: str) -> tuple[Path, float]:
    """What was written as MODEL:WEIGHT, parted at the last colon."""
    path, _, weight = text.rpartition(":")
    try:
        number = float(weight)
    except ValueError:
        number = 0.0
    if not path or not 0 < number < 1:
        there = "it does not end in a colon and a weight between 0 and 1"
        raise UsageError(f"--mix {text}", there, "Write it like runs/other:0.3")
    return Path(path), number

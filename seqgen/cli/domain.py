"""The commands of a domain: the same six verbs for every domain, each with the options of its records."""

from collections.abc import Callable

import typer

from seqgen.cli.apps import new_app
from seqgen.cli.evaluate import evaluate_command, score_command
from seqgen.cli.generate import generate_command
from seqgen.cli.inspect import inspect_command
from seqgen.cli.remembering import read_command
from seqgen.cli.train import train_command
from seqgen.domain import Domain
from seqgen.plugins import Plugins

Maker = Callable[[Domain, Plugins], Callable[..., None]]
VERBS: dict[str, Maker] = {
    "train": train_command,
    "generate": generate_command,
    "read": read_command,
    "evaluate": evaluate_command,
    "score": score_command,
    "inspect": inspect_command,
}


def domain_app(domain: Domain, plugins: Plugins) -> typer.Typer:
    """The Typer app of a domain."""
    app = new_app(domain.summary)
    for name, maker in VERBS.items():
        app.command(name)(maker(domain, plugins))
    return app

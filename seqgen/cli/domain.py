"""The commands of a domain: the same verbs for each, over its own options."""

import typer

from seqgen.cli.apps import new_app
from seqgen.domain import Domain
from seqgen.plugins import Plugins


def domain_app(domain: Domain, plugins: Plugins) -> typer.Typer:
    """The commands of one domain."""
    return new_app(f"Learn and invent {domain.summary}.")

"""Commands that plugins add to a domain, beside those that every domain has."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command `seqgen DOMAIN NAME`, named by small letters, digits and hyphens.

    `load` gives the function for Typer: its parameters are the arguments and options, its docstring is the help. It is
    called when the help of the domain or this command is asked for, so let it do the imports.
    """

    name: str
    """What is typed after the name of the domain."""
    domain: str
    load: Callable[[], Callable[..., None]]

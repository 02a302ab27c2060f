"""The commands of a domain: the same six verbs for every domain, each with the options of its records, and what
plugins add to them."""

from collections.abc import Callable
from typing import NoReturn

import typer
from typer.main import get_command

from seqgen.cli.apps import new_app
from seqgen.cli.evaluate import evaluate_command, score_command
from seqgen.cli.examples import exemplified
from seqgen.cli.generate import generate_command
from seqgen.cli.inspect import inspect_command
from seqgen.cli.remembering import read_command
from seqgen.cli.train import train_command
from seqgen.command import Command
from seqgen.domain import Domain
from seqgen.errors import SeqgenError, UsageError
from seqgen.plugins import ALLOWED, Plugins, reason
from seqgen.plugins.containing import contained
from seqgen.plugins.shelf import of_namesake

Maker = Callable[[Domain, Plugins], Callable[..., None]]
VERBS: dict[str, Maker] = {
    "train": train_command,
    "generate": generate_command,
    "read": read_command,
    "evaluate": evaluate_command,
    "score": score_command,
    "inspect": inspect_command,
}


def domain_app(domain: Domain, plugins: Plugins, *, asked: str = "") -> typer.Typer:
    """The Typer app of a domain: whole for its help, else with all that `asked` may be.

    Raises UsageError if the command asked for cannot be had; where another cannot, its line of help says so.
    """
    app = new_app(domain.summary)
    added = _added(domain.name, plugins, asked=asked)
    for name, maker in VERBS.items():
        if name not in added or name != asked:
            app.command(name)(exemplified(maker(domain, plugins), name, domain))
    for name, offers in added.items():
        if name not in VERBS or name == asked:
            command = _command(f"seqgen {domain.name} {name}", offers, asked=name == asked)
            app.command(name)(command)
    return app


def _added(domain: str, plugins: Plugins, *, asked: str) -> dict[str, dict[str, Command]]:
    """The commands that plugins offer for a domain: for each name, by plugin.

    The plugin of the domain is loaded already; the others are for the help, and for a command that it does not have.
    """
    found = _offered(domain, plugins)
    if asked not in VERBS and asked not in found:
        for name in plugins.names():
            plugins.load(name)
        found = _offered(domain, plugins)
    return found


def _offered(domain: str, plugins: Plugins) -> dict[str, dict[str, Command]]:
    offered = [(plugin, command) for plugin, command in plugins.records["seqgen_commands"] if command.domain == domain]
    names = dict.fromkeys(command.name for _, command in offered)
    return {name: dict(of_namesake([each for each in offered if each[1].name == name], domain)) for name in names}


def _command(asked_for: str, offers: dict[str, Command], *, asked: bool) -> Callable[..., None]:
    """The function for Typer of the one plugin that offers the command, or one that fails and says why."""
    try:
        return _only(asked_for, offers)
    except SeqgenError as why:
        if asked:
            raise
        return _failing(why)


def _failing(why: SeqgenError) -> Callable[..., None]:
    def fail() -> NoReturn:
        raise why

    fail.__doc__ = f"Cannot be had: {why.there}."
    return fail


def _only(asked: str, offers: dict[str, Command]) -> Callable[..., None]:
    (plugin, command), *others = offers.items()
    if command.name in VERBS:
        there = f"every domain has one of that name, and the plugin {plugin} gives another"
        raise UsageError(f"the command {asked!r}", there, "Rename it in the plugin")
    if others:
        there = " and ".join(f"the plugin {plugin}" for plugin in offers)
        raise UsageError(f"the command {asked!r}", f"it is given by {there}", f"Leave one out with {ALLOWED}")
    module = str(getattr(command.load, "__module__", "")).partition(".")[0]
    try:
        function = contained(lambda: _loaded(command), own=module or None)
    except KeyboardInterrupt:
        raise
    except BaseException as why:  # SystemExit too
        there = f"the plugin {plugin} cannot load it: {reason(why)}"
        raise UsageError(f"the command {asked!r}", there, "Repair or uninstall that plugin") from why
    if not callable(function):
        raise UsageError(f"the command {asked!r}", f"the plugin {plugin} gives no function for it", "Repair it")
    return function


def _loaded(command: Command) -> Callable[..., None]:
    """The function of a command, once Typer has taken its parameters: all commands of a domain are built together."""
    function = command.load()
    if callable(function):
        app = new_app("")
        app.command(command.name)(function)
        get_command(app)
    return function

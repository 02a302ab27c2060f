"""The root of the commands, built for one command line: what it asks for is imported, all else is one line of help."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

import seqgen
from seqgen.cli.apps import new_app
from seqgen.cli.manner import NO_PLUGINS, after_options, before_command
from seqgen.errors import UnknownName, UsageError
from seqgen.plugins import Plugins, find, is_own
from seqgen.plugins.versions import first_line, said

HELP = """Learn sequences, and invent new ones.

Examples:

  seqgen chars train fantasy-names --minutes 1 --out runs/names

  seqgen chars generate runs/names -n 10
"""
OWN = {
    "cache": ("seqgen.cli.cache", "The folder of prepared stores and fetched corpora: dir, clean."),
    "completion": ("seqgen.cli.completion", "Print the script that completes commands in bash, zsh or fish."),
    "corpora": ("seqgen.cli.corpora", "The named corpora: list, fetch, path, verify."),
    "info": ("seqgen.cli.info", "Tell what is installed here, or what a model is."),
    "plot": ("seqgen.cli.plot", "Draw how runs became better, and what they wrote on the way."),
    "plugin": ("seqgen.cli.plugin", "Write a plugin of your own: new, check."),
    "plugins": ("seqgen.cli.plugins", "List the plugins, what each offers, and why one is left out."),
}
"""The commands that belong to no domain, and their line of help: the module has an `app` of several, or is one, its
`command`. A plugin of one of these names has no commands: what else it gives is reached as ever."""


def build(arguments: Sequence[str], plugins: Plugins | None = None) -> typer.Typer:
    """The commands as this command line needs them. Raises UsageError if the domain it asks for cannot be had."""
    plugins = find(own_only=_own_only(arguments)) if plugins is None else plugins
    asked, verb, *_ = [*(word for word in after_options(arguments) if not word.startswith("-")), "", ""]
    app = new_app(HELP)
    app.callback()(_root_of(plugins))
    for name in (each for each in plugins.names() if each not in OWN):
        its_own = _domain(name, plugins, verb) if name == asked else new_app("")
        app.add_typer(its_own, name=name, short_help="" if asked else _line(name, plugins))
    for name, (module, help) in OWN.items():
        _add_own(app, name, import_module(module) if name == asked else None, help=help)
    if asked not in ("", *OWN, *plugins.names()) and plugins.knows("seqgen_domains", asked):
        app.add_typer(_domain(asked, plugins, verb), name=asked)
    return app


def _add_own(app: typer.Typer, name: str, module: Any, *, help: str) -> None:
    """A command of seqgen's own, whole if its module is at hand."""
    if hasattr(module, "command"):
        app.command(name)(module.command)
    else:
        app.add_typer(module.app if module else new_app(help), name=name)


def _version(asked: bool) -> None:
    if asked:
        print(f"seqgen {seqgen.__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_version)
]


OwnOnly = Annotated[
    bool,
    typer.Option(
        NO_PLUGINS,
        help="Leave out all plugins but those that come with seqgen, as SEQGEN_NO_PLUGINS=1 does;"
        " SEQGEN_PLUGINS=a,b names the only ones that are not left out.",
    ),
]


Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from, as SEQGEN_DEBUG=1 does.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors, as SEQGEN_QUIET=1 does.")]
Colour = Annotated[
    str,
    typer.Option("--color", metavar="WHEN", help="Colour of the progress bar: auto, always, never, as SEQGEN_COLOR."),
]


def _root_of(plugins: Plugins) -> Callable[..., None]:
    """What runs before each command; those of no domain find the plugins in its context."""

    def root(
        context: typer.Context,
        version: Version = False,
        *,
        no_plugins: OwnOnly = False,
        debug: Debug = False,
        quiet: Quiet = False,
        color: Colour = "auto",
    ) -> None:
        context.obj = plugins

    return root


def _own_only(arguments: Sequence[str]) -> bool:
    """Whether the option stands before the command, told before anything is looked for."""
    return NO_PLUGINS in before_command(arguments)


def _line(name: str, plugins: Plugins) -> str:
    """What a plugin says of itself without being imported: its package's summary, or the first line of its module.

    The summary of seqgen's own distribution is about seqgen.
    """
    entries = [entry for entry in plugins.entries if entry.name == name]
    summaries = [*filter(None, (said(entry.dist, "Summary") for entry in entries if not is_own(entry)))]
    first = "" if summaries else next(filter(None, map(first_line, entries)), "")
    return first or " ".join([f"The plugin {name}.", *summaries])


def _domain(name: str, plugins: Plugins, verb: str) -> typer.Typer:
    from seqgen.cli.domain import domain_app

    try:
        return domain_app(plugins.domain(name), plugins, asked=verb)
    except UnknownName as why:
        if name in plugins.names():
            there, remedy = "that plugin has no commands of its own", f"Use what it offers with another. {why.remedy}"
            raise UsageError(f"the command {name!r}", there, remedy) from why
        raise

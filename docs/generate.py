"""Writes docs/cli.md from the commands themselves, and docs/schemas from what `--json` writes: `make docs`. A test
fails when one of them is stale."""

import inspect
import json
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import typer

from seqgen.cli import data
from seqgen.cli.manner import ENVIRONMENT
from seqgen.cli.root import OWN, build
from seqgen.plugins import GROUP, Plugins

PAGE = Path(__file__).with_name("cli.md")
SWITCHES = """\
Where 1 is on, so are true, yes and on; off are 0, false, no, off, and a variable that is empty or not set. Anything
else is refused."""
FLAGS = {"True": "on", "False": "off"}
OPENING = """\
# The commands

<!-- Written by docs/generate.py from the commands themselves: `make docs`. Edit their help, not this page. -->

Data goes to stdout, everything else to stderr, so a pipe carries nothing but text or JSON. `python -m seqgen` is the
same as `seqgen`. A CORPUS is the name of a corpus, a file, a folder (each file a document), a glob, or `-`; a MODEL is
the folder of a run, or a model file. Options marked *chosen* follow from the corpus and the budget unless they are
given; `inspect` shows what would be chosen.

| exit code | what happened |
|---|---|
| 0 | done |
| 1 | a fault of seqgen itself, or a reader that went away |
| 2 | what was asked cannot be done: a wrong option, an unknown name, a path at which there is nothing |
| 3 | a check that was asked for did not hold |
| 4 | a file that is there and is broken, or not what it should be; a plugin that failed |
| 5 | the network, or what it brought |
| 6 | more than this machine allows |
| 130 | interrupted by Ctrl-C (143 by SIGTERM); training has saved, and `--resume` goes on |

Before the command stand the options that are for all: `--debug`, `--quiet`, `--color`, `--no-plugins`
(`seqgen --help`). What is given nearer to the command goes before: defaults, a file (`--config`), the environment,
`--set`, flags; see [configuration](config.md).

"""


def page() -> str:
    """The whole page."""
    own = [entry for entry in entry_points(group=GROUP) if entry.dist is None or entry.dist.name == "seqgen"]
    plugins = Plugins(own)
    parts = [OPENING, _environment()]
    for name in (*plugins.domains(), *OWN):
        group: Any = typer.main.get_command(build([name], Plugins(own)))
        app = group.commands[name]
        if not hasattr(app, "commands"):
            parts.append("\n".join(_command(f"seqgen {name}", app, heading="##")))
            continue
        parts.append(f"## seqgen {name}\n\n{app.help}\n")
        parts += ["\n".join(_command(f"seqgen {name} {verb}", each)) for verb, each in app.commands.items()]
    return "\n".join(parts)


def _environment() -> str:
    rows = (f"| `{name}` | {what} |" for name, what in ENVIRONMENT.items())
    return "\n".join(["| environment variable | what it says |", "|---|---|", *rows, "", SWITCHES, ""])


def _command(name: str, command: Any, *, heading: str = "###") -> Iterator[str]:
    context = command.make_context(name, [], resilient_parsing=True)
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    yield f"{heading} {name}\n"
    yield "    " + " ".join([name, *map(_metavar, arguments), "[OPTIONS]"]) + "\n"
    yield re.sub(r"^ +(?=seqgen )", " " * 4, inspect.cleandoc(command.help), flags=re.MULTILINE) + "\n"
    if arguments:
        yield "\n".join(f"- `{_metavar(each)}`: {each.help}" for each in arguments) + "\n"
    if options:
        yield "| option | what it does | default |"
        yield "|---|---|---|"
        for each in options:
            yield _row(each, context)
        yield ""


def _metavar(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _row(option: Any, context: Any) -> str:
    """The names, with the values where there are but a few; the help; and the default that ends it."""
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    heading, help = option.get_help_record(context)
    choices = heading.partition("<")[2].rstrip(">")
    if "|" in choices:
        names += f" {_cell(choices)}"
    text, default = re.fullmatch(r"(.*?)(?:\s+\[(default: .*|required)\])?", help, re.DOTALL).groups()
    return f"| {names} | {_cell(text)} | {_default(default)} |"


def _default(said: str | None) -> str:
    if said is None or said == "required":
        return f"*{said}*" if said else ""
    value = said.removeprefix("default: ")
    if value.startswith("chosen"):
        return "*chosen*"
    return f"`{_cell(FLAGS.get(value, value))}`" if len(value) < 40 else "a long pattern; `--help` shows it"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def schemas() -> dict[Path, str]:
    """What the files of docs/schemas hold."""
    folder = PAGE.with_name("schemas")
    return {folder / f"{name}.json": json.dumps(each, indent=2) + "\n" for name, each in data.schemas().items()}


if __name__ == "__main__":
    for path, text in schemas().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE.name}: written")

"""The command `seqgen plugins`: what there is of plugins, what each offers, and why one is left out."""

from collections.abc import Iterator

import typer

from seqgen.cli.arguments import Json
from seqgen.cli.data import line
from seqgen.plugins import Plugins, find
from seqgen.plugins.listing import Listed, listing


def command(context: typer.Context, *, as_json: Json = False) -> None:
    """List the plugins: name, version, origin, hooks, records; a broken one with the reason why it is left out.

    Installing a plugin is trusting it: it is Python code, and this command runs it, as every command may.

    Example:

      seqgen plugins
    """
    from seqgen.cli.root import OWN

    found = listing(context.find_object(Plugins) or find(), taken=OWN)
    if as_json:
        typer.echo(line(found), nl=False)
        return
    for each in found.plugins:
        typer.echo("\n".join(_lines(each)))


def _lines(plugin: Listed) -> Iterator[str]:
    yield " ".join(filter(None, (plugin.name, plugin.version, f"({plugin.origin})" if plugin.origin else "")))
    if plugin.broken:
        yield f"  left out: {plugin.broken}"
    if plugin.hooks:
        yield f"  hooks: {', '.join(plugin.hooks)}"
    for kind, names in plugin.records.items():
        yield f"  {kind}: {', '.join(names)}"
    yield from (f"  note: {note}" for note in plugin.notes)

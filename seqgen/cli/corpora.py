"""The commands `seqgen corpora`: list, fetch, path, verify."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from seqgen.cli.apps import new_app
from seqgen.cli.arguments import Json, Mirror, say
from seqgen.cli.data import Corpora, CorpusRow, Fetched, Verified, line
from seqgen.errors import CheckFailed

EVERY = 100
"""After how many files a fetch says how far it is."""

app = new_app("The named corpora: list, fetch, path, verify.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name that `seqgen corpora list` shows.")]
Names = Annotated[list[str], typer.Argument(metavar="NAME", help="Names that `seqgen corpora list` shows.")]
SomeNames = Annotated[list[str] | None, typer.Argument(metavar="[NAME]", help="By default all that are here.")]
Checked = Annotated[Path | None, typer.Option(metavar="DIR", help="Check the copies of this mirror instead.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show the named corpora.

    Example:

      seqgen corpora list --json
    """
    from seqgen import corpus

    rows = [_row(name) for name in corpus.names()]
    if as_json:
        typer.echo(line(Corpora(tuple(CorpusRow(**row) for row in rows))), nl=False)
        return
    for row in rows:
        state = row["kind"] if row["here"] else "to fetch"
        size = f"{row['bytes']:,}" if row["bytes"] else "-"
        typer.echo(f"{row['name']:17} {state:9} {size:>10} {row['domain']:5} {row['title']}")
    if any(row["domain"] == "text" for row in rows):
        say("Those of text are for `seqgen chars` and `seqgen words`, the others for the command of that name.")


@app.command()
def fetch(names: Names, mirror: Mirror = None, *, as_json: Json = False) -> None:
    """Bring corpora here, and print where they are.

    They are checked against their hashes.

    Example:

      seqgen corpora fetch fantasy-names
    """
    from seqgen import corpus

    for name in names:
        _show(name, corpus.fetch(name, mirror=mirror, told=partial(_tell, name)), as_json=as_json)
        say(f"{name}: here, as pinned")


@app.command()
def path(name: Name, mirror: Mirror = None, *, as_json: Json = False) -> None:
    """Print the file of a corpus, or the folder of its files.

    It is fetched if it is not here.

    Example:

      seqgen corpora path fantasy-names
    """
    from seqgen import corpus

    _show(name, corpus.fetch(name, mirror=mirror), as_json=as_json)


@app.command()
def verify(names: SomeNames = None, mirror: Checked = None, *, as_json: Json = False) -> None:
    """Check corpora against their sizes and hashes.

    The exit code is 3 if one fails.

    Example:

      seqgen corpora verify fantasy-names
    """
    from seqgen import corpus

    asked = names or [name for name in corpus.names() if mirror or corpus.here(name)]
    failures = []
    for name in asked:
        failure = _failure(name, mirror)
        plain = f"{name} {'failed' if failure else 'ok'}\n"
        typer.echo(line(Verified(name, ok=failure is None)) if as_json else plain, nl=False)
        failures += [failure] if failure else []
    if failures:
        raise failures[0]


def _show(name: str, place: Path, *, as_json: bool) -> None:
    typer.echo(line(Fetched(name, str(place))) if as_json else f"{place}\n", nl=False)


def _tell(name: str, here: int, of: int) -> None:
    if here % EVERY == 0:
        say(f"{name}: {here:,} of {of:,} files")


def _failure(name: str, mirror: Path | None) -> CheckFailed | None:
    from seqgen import corpus

    try:
        corpus.verify(name, mirror=mirror)
    except CheckFailed as error:
        return error
    return None


def _row(name: str) -> dict[str, Any]:
    from seqgen import corpus, records

    entry = corpus.describe(name)
    size = sum(file.bytes for file in entry.files)
    known: dict[str, Any] = records.to_json(entry)
    return known | {"kind": entry.kind, "here": corpus.here(name), "bytes": size}

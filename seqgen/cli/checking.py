"""The command `seqgen plugin check`: every law for what a plugin offers, and what came of it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqgen.cli.arguments import Json
from seqgen.cli.data import line
from seqgen.errors import CheckFailed, UsageError
from seqgen.plugins import Plugins, find

if TYPE_CHECKING:
    from seqgen.testing import Result

MARKS = {
    "passed": "ok",
    "failed": "FAILED",
    "skipped": "skipped",
    "failed as expected": "expected",
    "passed unexpectedly": "UNEXPECTED",
}

Name = Annotated[str, typer.Argument(metavar="NAME", help="A plugin that `seqgen plugins` shows")]
Samples = Annotated[
    list[Path] | None, typer.Option("--sample", metavar="FILE", help="Try this file too; may be repeated")
]
Version = Annotated[int, typer.Option("--checks-version", metavar="N", help="Ask only what this version asks; 0: all")]
Quick = Annotated[bool, typer.Option("--quick", help="Try each law on few contents, for a first look")]


def check(
    context: typer.Context,
    name: Name,
    *,
    sample: Samples = None,
    checks_version: Version = 0,
    quick: Quick = False,
    as_json: Json = False,
) -> None:
    """Ask every law for what a plugin offers.

    Laws are of round trips, speed, constraints and cells; the exit code is 3 if one is broken.

    Needs hypothesis: pip install 'seqgen[testing]'.

    Example:

      seqgen plugin check chars --quick
    """
    from seqgen import corpus, testing
    from seqgen.testing.examining import results

    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(corpus.cache_folder("hypothesis")))
    for file in sample or ():
        if not file.is_file():
            raise UsageError(f"the sample {str(file)!r}", "there is no such file", "Check the path")
    asked = testing.checks(
        name,
        plugins=context.find_object(Plugins) or find(),
        version=checks_version or testing.CHECKS_VERSION,
        effort=testing.QUICK if quick else testing.FULL,
        files=tuple(sample or ()),
    )
    bad, skipped = 0, 0
    for found in results(asked):
        skipped += found.outcome == "skipped"
        bad += not found.good
        typer.echo(line(found) if as_json else "".join(f"{each}\n" for each in _lines(found)), nl=False)
    more = f", and {skipped} that need what they lack were skipped" if skipped else ""
    if bad:
        raise CheckFailed(
            f"the plugin {name!r}", f"{bad - skipped} of {len(asked)} checks failed{more}", "Read below each what to do"
        )
    if not as_json:
        typer.echo(f"{len(asked)} checks of the plugin {name!r}: all is well")


def _lines(found: "Result") -> Iterator[str]:
    yield f"{MARKS[found.outcome]:10} {found.name}"
    if found.message:
        yield f"{'':10}   {found.message}"

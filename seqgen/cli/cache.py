"""The commands `seqgen cache`: dir, clean."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from seqgen.cli.apps import new_app
from seqgen.cli.arguments import say
from seqgen.cli.manner import tell
from seqgen.errors import UsageError, counted
from seqgen.files import explained

NAMED = 32
"""Hexadecimal digits in the name of a prepared store."""

app = new_app("The folder of prepared stores and fetched corpora: dir, clean.")

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be removed, and remove nothing")]


@app.command("dir")
def dir_() -> None:
    """Print the folder of the cache.

    Example:

      seqgen cache dir
    """
    from seqgen import corpus

    typer.echo(corpus.cache_folder())


@app.command()
def clean(yes: Yes = False, dry_run: DryRun = False) -> None:
    """Remove prepared stores and corpora, and print each.

    Only what was fetched or built goes: all can be made again.

    Example:

      seqgen cache clean --dry-run
    """
    found = [*_removable()]
    if not dry_run and found:
        _require_consent(found, yes=yes)
    total = 0
    for folder in found:
        size = _size(folder)
        if not dry_run:
            _remove(folder)
        total += size
        typer.echo(folder)
    say(f"{counted(len(found), 'folder')}, {total:,} bytes {'to remove' if dry_run else 'removed'}.")


def _removable() -> Iterator[Path]:
    """The folders that seqgen itself has made, told by their names: what else lies there is not touched."""
    from seqgen import corpus

    cache = corpus.cache_folder()
    stores = (each for each in _folders(cache / "stores") if len(each.name) == NAMED and _is_hexadecimal(each.name))
    named = {*corpus.names()}
    fetched = (each for each in _folders(cache / "corpora") if each.name in named and not _holds_catalogue(each))
    yield from (*stores, *fetched)


def _folders(place: Path) -> list[Path]:
    inside = sorted(place.iterdir()) if place.is_dir() else []
    return [each for each in inside if each.is_dir() and not each.is_symlink()]


def _is_hexadecimal(name: str) -> bool:
    return {*name} <= {*"0123456789abcdef"}


def _holds_catalogue(folder: Path) -> bool:
    """Whether a corpus itself is kept there: the cache may have been set to the folder of a checkout."""
    return (folder / "corpus.toml").exists()


def _require_consent(found: list[Path], *, yes: bool) -> None:
    """Raise UsageError unless it is given; asks for it on a terminal alone."""
    if yes:
        return
    terminal = sys.stdin is not None and sys.stdin.isatty()
    if terminal:
        tell(f"Remove {counted(len(found), 'folder')} from {found[0].parents[1]}? [y/N]")
    if not terminal or sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("cleaning the cache", "nobody has said yes", "Add --yes, or --dry-run to see what would go")


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as why:
        raise explained(why, folder) from why

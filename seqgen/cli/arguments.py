"""Arguments and options that several commands share, so that they read alike everywhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from seqgen.cli.manner import say
from seqgen.errors import UsageError
from seqgen.files import places

__all__ = [
    "CorpusName", "Json", "LabelPairs", "Mirror", "ModelPath", "OnUnknown", "labels_of", "picture_at", "say",
]  # fmt: skip

CorpusName = Annotated[
    str, typer.Argument(metavar="CORPUS", help="A named corpus, a file, a folder (each file a document), a glob, or -")
]
ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a run, or a model file")]
Mirror = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="SEQGEN_MIRROR",
        help="Take named corpora from DIR/CORPUS/FILE, not from the network; their hashes are checked all the same",
    ),
]
LabelPairs = Annotated[
    list[str],
    typer.Option("--label", metavar="KEY=VALUE", help="What is known about it, such as author=Austen; may be repeated"),
]
OnUnknown = Annotated[
    str, typer.Option(help="What to do with a symbol that the model does not know: error, skip or replace")
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON")]


def labels_of(pairs: Sequence[str]) -> dict[str, str]:
    """The labels that were written as KEY=VALUE. Raises UsageError for one without a key."""
    for pair in pairs:
        if not pair.partition("=")[0] or "=" not in pair:
            raise UsageError(f"the label {pair!r}", "it is no key with a value", "Write it like author=Austen")
    return {key: value for key, _, value in (pair.partition("=") for pair in pairs)}


def picture_at(path: Path, option: str, *, page: bool = False, as_json: bool = False) -> Path:
    """The new file into which a picture is to be drawn; a `page` is one for a browser, too.

    Raises UsageError for what is no place for one, a file that is there already, and where JSON is asked for as well.
    """
    from seqgen import pictures

    if as_json:
        there = f"{option} draws a picture, and nothing is printed"
        raise UsageError("--json", there, f"Leave out --json or {option}")
    pictures.require(path, suffixes=pictures.PAGE if page else pictures.SUFFIXES)
    return places(path, 1, suffix=path.suffix, option=option)[0]

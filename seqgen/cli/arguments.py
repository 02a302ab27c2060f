"""Arguments and options that several commands share, so that they read alike everywhere."""

import sys
from pathlib import Path
from typing import Annotated

import typer

CorpusName = Annotated[
    str, typer.Argument(metavar="CORPUS", help="A named corpus, a file, a folder (each file a document), a glob, or -")
]
ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a run, or a model file")]
Mirror = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="SEQGEN_MIRROR",
        help="Take named corpora from DIR/<corpus>/<file>, not from the network; their hashes are checked all the same",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON")]


def say(message: str) -> None:
    """A word to the person at the terminal; data goes to stdout and nothing else does."""
    print(message, file=sys.stderr, flush=True)

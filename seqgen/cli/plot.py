"""`seqgen plot`: how runs became better, as a picture."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from seqgen.cli.arguments import picture_at, say
from seqgen.files import told

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of runs, going on or ended")]
Out = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A .svg or .png file; by default curve.svg in the first folder")
]
ThemeName = Annotated[str, typer.Option("--theme", help="both (for light and dark pages alike), light or dark")]


def command(runs: Runs, *, out: Out = None, theme: ThemeName = "both") -> None:
    """Draw the losses of runs by step, in bits, the best step marked, and below what the models wrote on the way.

    Example: seqgen plot runs/names --out names.svg
    """
    from seqgen import pictures
    from seqgen.api.gallery import curve_of

    chosen = pictures.theme_of(theme).name
    curves = [replace(curve_of(run), name=name) for run, name in zip(runs, names(runs), strict=True)]
    for curve in curves:
        if not curve.training and not curve.validation:
            say(f"There is nothing of {curve.name} yet.")
    path = runs[0] / "curve.svg" if out is None else picture_at(out, "--out")
    pictures.draw_curves(path, curves, theme=chosen)
    say(told([path]))


def names(runs: Sequence[Path]) -> list[str]:
    """The names of folders, with as many of the folders around them as tell them apart."""
    every = [run.resolve().parts for run in runs]
    for count in range(1, max(map(len, every)) + 1):
        found = ["/".join(parts[-count:]) for parts in every]
        if len({*found}) == len({*every}):
            break
    return found

"""`score --heat`: a text as a picture, each symbol on a ground that says what it cost, or what a unit did there."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqgen.cli.arguments import picture_at, say
from seqgen.errors import UsageError, counted
from seqgen.files import told

if TYPE_CHECKING:
    from seqgen.api.models import Model

Heat = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Draw what each symbol costs into a .html, .svg or .png file, and print nothing"),
]
UnitName = Annotated[
    str,
    typer.Option(
        "--unit",
        metavar="LAYER:CHANNEL",
        help="With --heat: draw what that unit outputs at each symbol, both counted from 0; best takes one that swings "
        "widely and slowly",
    ),
]
HeatTheme = Annotated[str, typer.Option("--theme", help="With --heat: both, light or dark")]


def heated(
    model: "Model",
    contents: Iterable[tuple[Any, dict[str, str]]],
    *,
    path: Path | None,
    unit: str,
    theme: str,
    as_json: bool = False,
) -> bool:
    """Draw the picture, if one is asked for. Raises UsageError for what is there only with one, or without."""
    if path is None:
        for option, given in {"--unit": unit, "--theme": theme.removeprefix("both")}.items():
            if given:
                raise UsageError(
                    f"{option} {given}", "no picture is asked for", "Add --heat and a file, such as a.html"
                )
        return False
    from seqgen import pictures
    from seqgen.api.tracing import traced

    path, theme = picture_at(path, "--heat", page=True, as_json=as_json), pictures.theme_of(theme).name
    spots, found = traced(model, contents, unit=unit)
    total, name = sum(spot.bits for spot in spots), model.path.resolve().name
    what = f"the output of unit {found}" if found else "surprisal"
    note = f"{counted(len(spots), 'symbol')}, {total:.1f} bits in all."
    pictures.draw_heat(path, spots, title=f"{name}: {what} by symbol.", note=note, theme=theme)
    say(f"{told([path])} {note}" + (f" The unit is {found}." if found else ""))
    return True

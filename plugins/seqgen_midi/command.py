"""The command `seqgen midi render`: a file of music as a picture, as sound, and as MIDI."""

from pathlib import Path
from typing import Annotated, Any

import typer

from seqgen.cli.arguments import say
from seqgen.cli.options import with_given
from seqgen.errors import UsageError
from seqgen.files import places
from seqgen_midi.filing import scores_of, write
from seqgen_midi.finishing import Sounding, finish
from seqgen_midi.rendering.roll import SYSTEMS, roll

MIDI = ".mid"

File = Annotated[Path, typer.Argument(metavar="FILE", help="A MIDI file, or tunes in ABC notation")]
Out = Annotated[Path | None, typer.Option(help="Write the pieces to this new .mid file")]
Width = Annotated[int, typer.Option(min=24, help="Characters of a line of the piano roll")]
Systems = Annotated[int, typer.Option(min=1, help="Systems of the piano roll, one below the other")]


def render(
    file: File, *, out: Out = None, width: Width = 100, systems: Systems = SYSTEMS, given: dict[str, Any]
) -> None:
    """Draw the pieces of a file on stdout.

    Their pictures, their sound and a MIDI file are written where they are asked for.

    Example:

      seqgen midi render tune.abc --plot tune.svg --wav tune.wav --out tune.mid
    """
    if not file.is_file():
        raise UsageError(f"rendering {file}", "there is no such file", "Name a MIDI file, or one in ABC notation")
    scores = scores_of(file)
    done = finish(Sounding(**given), len(scores), {})
    place = _place(out)
    scores = [done.change(score) for score in scores]
    for number, score in enumerate(scores):
        typer.echo(roll(score, width=width, systems=systems))
        for path in done.accompany(number, score):
            say(f"Wrote {path}.")
    if place:
        write(scores, place)
        say(f"Wrote {place}.")


def _place(out: Path | None) -> Path | None:
    """Where the MIDI file goes. Raises UsageError for a place that is taken, or has another suffix."""
    if out and out.suffix.lower() not in (MIDI, ".midi"):
        raise UsageError(f"--out {out}", "no MIDI is written to such a file", f"End it in {MIDI}")
    return places(out, 1, suffix=MIDI)[0] if out else None


command = with_given(render, [Sounding])
"""The function for Typer."""

"""What becomes of a sample: its tempo, its picture, its sound."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from seqgen.errors import UsageError
from seqgen.files import places
from seqgen.records import option, within
from seqgen_midi.rendering.plot import plot
from seqgen_midi.rendering.soundfont import render_with
from seqgen_midi.rendering.synth import write_wav
from seqgen_midi.score import Score, Tempo

MINUTE = 60_000_000
"""Microseconds."""
Draw = Callable[[Score, Path], None]


@dataclass(frozen=True)
class Sounding:
    """How samples are played and shown. Raises UsageError for what cannot be."""

    tempo: float = option(0.0, "Quarters a minute, from the beginning to the end; 0 keeps what the model says")
    plot: Path | None = option(None, "Draw the piano roll to this new .png or .svg file, or several into this folder")
    wav: Path | None = option(None, "Write the sound to this new .wav file, or several into this folder")
    soundfont: Path | None = option(None, "Play --wav with this .sf2 file (needs seqgen[soundfont])")

    def __post_init__(self) -> None:
        """Check the numbers, and what goes together."""
        if self.tempo:
            within("tempo", self.tempo, 4, 1000)
        if self.soundfont and not self.wav:
            raise UsageError("--soundfont", "no --wav is given", "Give --wav FILE too, or leave it out")


def finish(options: Sounding, count: int) -> Callable[[int, Score], Score]:
    """What takes each sample and does what is asked. Raises UsageError for places that are taken."""
    wanted: list[tuple[Draw, list[Path]]] = []
    if options.plot:
        wanted.append((plot, places(options.plot, count, suffix=options.plot.suffix or ".png", option="--plot")))
    if options.wav:
        wanted.append((_sound(options.soundfont), places(options.wav, count, suffix=".wav", option="--wav")))

    def finished(number: int, score: Score) -> Score:
        score = at_tempo(score, options.tempo) if options.tempo else score
        for draw, found in wanted:
            draw(score, found[number])
        return score

    return finished


def _sound(soundfont: Path | None) -> Draw:
    """What writes the sound of a piece to a file."""
    return write_wav if soundfont is None else lambda score, path: render_with(score, soundfont, path)


def at_tempo(score: Score, quarters: float) -> Score:
    """The piece at so many quarters a minute throughout."""
    return replace(score, tempos=(Tempo(0, round(MINUTE / quarters)),))

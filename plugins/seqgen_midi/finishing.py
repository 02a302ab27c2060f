"""What becomes of a sample: its tempo, its picture, its sound."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqgen.domain import Finish
from seqgen.errors import UsageError
from seqgen.files import places
from seqgen.records import flag, option, within
from seqgen_midi.constraints.wishes import Wishes
from seqgen_midi.rendering.plot import plot
from seqgen_midi.rendering.soundfont import render_with, soundfonts
from seqgen_midi.rendering.synth import write_wav
from seqgen_midi.score import Key, Score, Tempo

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
            within(flag("tempo"), self.tempo, 4, 1000)
        if self.soundfont and not self.wav:
            raise UsageError("--soundfont", "no --wav is given", "Give --wav FILE too, or leave it out")


def finish(options: Sounding, count: int, asked: Mapping[str, Any]) -> Finish:
    """What takes each sample and does what is asked; the key that was asked for besides becomes its key signature.

    Raises UsageError for places that are taken or have another suffix, and for a soundfont that cannot be used.
    """
    wanted: list[tuple[Draw, list[Path]]] = []
    for name, place, suffixes, draw in (
        ("--plot", options.plot, (".png", ".svg"), plot),
        ("--wav", options.wav, (".wav",), _sound(options.soundfont)),
    ):
        if place:
            if count == 1 and place.suffix.lower() not in suffixes:
                raise UsageError(f"{name} {place}", "its name has another end", f"End it in {' or '.join(suffixes)}")
            wanted.append((draw, places(place, count, suffix=suffixes[0], option=name)))

    def accompany(number: int, score: Score) -> Iterator[Path]:
        for draw, found in wanted:
            draw(score, found[number])
            yield found[number]

    def change(score: Score) -> Score:
        score = at_tempo(score, options.tempo) if options.tempo else score
        signs = Wishes(key=str(asked.get("key", "")), scale=str(asked.get("scale", ""))).signs
        return replace(score, keys=(Key(0, *signs),)) if signs else score

    return Finish(change, accompany)


def _sound(soundfont: Path | None) -> Draw:
    """What writes the sound of a piece to a file. Raises UsageError, InputError for a soundfont that cannot be used."""
    if soundfont is None:
        return write_wav
    soundfonts(soundfont)
    return lambda score, path: render_with(score, soundfont, path)


def at_tempo(score: Score, quarters: float) -> Score:
    """The piece at so many quarters a minute throughout."""
    return replace(score, tempos=(Tempo(0, round(MINUTE / quarters)),))

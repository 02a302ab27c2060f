"""What is said of a piece in a line."""

from seqgen_midi.bars import COMMON, Bars
from seqgen_midi.clock import Clock
from seqgen_midi.score import TEMPO, Score
from seqgen_midi.skyline import skyline

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MINUTE = 60_000_000
"""Microseconds."""


def note_name(pitch: int) -> str:
    """The name of a pitch with its octave: C4 is 60. Black keys are sharps."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def names(score: Score, *, most: int = 12) -> str:
    """The names of the first notes of the melody, `most` at most, in a line: `C4 E4 G4 ...`; `no notes` of an empty
    piece."""
    line = skyline(score)
    found = [note_name(note.pitch) for note in line[:most]]
    return " ".join(found + ["..."] * (len(line) > most)) or "no notes"


def summary(score: Score) -> str:
    """How many notes and bars a piece has, its metres and tempos, and how long it lasts; `no notes` of an empty one."""
    if not score.notes:
        return "no notes"
    count = 1 + Bars.of(score).at(max(0, score.end - 1)).number
    metres = ", ".join(dict.fromkeys(str(each) for each in score.metres)) or str(COMMON)
    clock = Clock.of(score)
    return ", ".join(
        [
            _counted(score.notes, "note"),
            f"{_counted(count, 'bar')} of {metres}",
            f"{_tempos(score)} quarters a minute",
            f"{clock.at(score.end) / clock.parts:.1f} s",
        ]
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _tempos(score: Score) -> str:
    """From the slowest to the fastest that holds while there are notes."""
    first = [] if any(each.start == 0 for each in score.tempos) else [TEMPO]
    micros = [*first, *(each.micros for each in score.tempos if each.start < max(score.end, 1))]
    slowest, fastest = (f"{MINUTE / max(each, 1):.0f}" for each in (max(micros), min(micros)))
    return slowest if slowest == fastest else f"{slowest} to {fastest}"

"""How notes stand above and behind each other. Percussion is left out, for it has neither pitch nor length."""

from itertools import pairwise

from seqgen_midi.metrics.piece import Piece, covered

OCTAVE = 12


def polyphony(piece: Piece) -> float | None:
    """How many notes sound at once, on average over the time in which any does; None if no note lasts."""
    time = covered((note.start, note.end) for note in piece.notes)
    return sum(note.duration for note in piece.notes) / time if time else None


def polyphony_rate(piece: Piece) -> float | None:
    """The share of the time in which two notes or more sound, of that in which any does; None if no note lasts.

    Time is counted in quarters. MusPy's `polyphony_rate` with a threshold of 2 counts three notes or more, over all
    time.
    """
    edges = sorted(edge for note in piece.notes for edge in ((note.start, 1), (note.end, -1)))
    any_, several, sounding = 0, 0, 0
    for (tick, change), (following, _) in pairwise(edges):
        sounding += change
        any_ += (following - tick) * (sounding >= 1)
        several += (following - tick) * (sounding >= 2)
    return several / any_ if any_ else None


def pitch_range(piece: Piece) -> float | None:
    """Semitones from the lowest note to the highest; None without notes."""
    pitches = [note.pitch for note in piece.notes]
    return max(pitches) - min(pitches) if pitches else None


def mean_leap(piece: Piece) -> float | None:
    """Semitones from one note of the top line to the next, up or down, on average; None with fewer than two notes.

    The top line has the highest note at each start, unless a higher one sounds on (`topline`).
    """
    leaps = _leaps(piece)
    return sum(leaps) / len(leaps) if leaps else None


def wide_leaps(piece: Piece) -> float | None:
    """The share of steps of the top line that are wider than an octave; None with fewer than two notes."""
    leaps = _leaps(piece)
    return sum(leap > OCTAVE for leap in leaps) / len(leaps) if leaps else None


def _leaps(piece: Piece) -> list[int]:
    return [abs(second.pitch - first.pitch) for first, second in pairwise(piece.line)]

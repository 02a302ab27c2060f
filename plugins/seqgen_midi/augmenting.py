"""Pieces in other keys and at other speeds, to learn from besides the originals."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from seqgen.errors import UsageError
from seqgen_midi.score import DRUMS, MOST_SHARPS, PITCHES, TEMPO, Key, Score, Tempo, Track

OCTAVE = 12
FIFTH = 7
"""Semitones of a fifth; a key a fifth higher has one sharp more."""
SLOWEST = (1 << 24) - 1
"""The most microseconds a quarter that a file can say (Standard MIDI Files 1.0)."""


def transposed(score: Score, semitones: int) -> Score | None:
    """The piece so many semitones higher, its key signatures with it; None if a note would leave the pitches there are.

    Drums stay. A key that could be written with sharps and with flats keeps to the signs that it had, unless the
    others are fewer.
    """
    tracks = [track if track.channel == DRUMS else _raised(track, semitones) for track in score.tracks]
    if not all(0 <= note.pitch < PITCHES for track in tracks for note in track.notes):
        return None
    keys = tuple(_moved(key, semitones) for key in score.keys)
    return replace(score, tracks=tuple(tracks), keys=keys)


def stretched(score: Score, factor: float) -> Score:
    """The piece so many times as long, by its tempos alone, each to the nearest microsecond a quarter.

    No tick changes, so every note stays where it stands in its bar, and nothing is rounded to a grid; a tokenizer that
    knows no seconds finds the piece unchanged but for its tempos. Raises UsageError for a factor that is not above 0.
    """
    if not 0 < factor < float("inf"):
        raise UsageError(f"the factor {factor}", "it is not above 0", "Choose one such as 1.05, which is slower")
    said = score.tempos if score.tempos and score.tempos[0].start == 0 else (Tempo(0, TEMPO), *score.tempos)
    micros = (min(max(round(tempo.micros * factor), 1), SLOWEST) for tempo in said)
    return replace(score, tempos=tuple(old._replace(micros=new) for old, new in zip(said, micros, strict=True)))


def variants(score: Score, *, transpose: int = 0, stretch: Sequence[float] = ()) -> Iterator[tuple[str, Score]]:
    """The piece up to so many semitones lower and higher, and stretched by each factor, with a short name for each.

    The names are like -1, +3 and x1.05. The piece itself is not among them, nor what would leave the pitches there are.
    """
    for semitones in range(-transpose, transpose + 1):
        moved = transposed(score, semitones) if semitones else None
        if moved is not None:
            yield f"{semitones:+d}", moved
    for factor in stretch:
        if factor != 1:
            yield f"x{factor:g}", stretched(score, factor)


def _raised(track: Track, semitones: int) -> Track:
    return replace(track, notes=tuple(note._replace(pitch=note.pitch + semitones) for note in track.notes))


def _moved(key: Key, semitones: int) -> Key:
    """The signature so many semitones higher, by fifths: of those that sound alike the one of fewest signs."""
    sharps = key.sharps + FIFTH * semitones
    alike = [each for each in range(-MOST_SHARPS, MOST_SHARPS + 1) if (each - sharps) % OCTAVE == 0]
    return key._replace(sharps=min(alike, key=lambda each: (abs(each), each * key.sharps < 0)))

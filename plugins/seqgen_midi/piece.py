"""What the core needs to know of a piece: its parts made one, what it shares with another, what became of it."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace

from seqgen_midi.losses import losses
from seqgen_midi.score import Note, Score, Track

IN_SECONDS = ("performance",)
"""Tokenizers that keep seconds, not beats."""


def whole(pieces: Iterable[Score]) -> Score:
    """The score that a tokenizer's `join` gave; an empty one if it gave none."""
    return next(iter(pieces), Score())


def digest(score: Score) -> Hashable:
    """What scores with the same notes in the same bars share, whatever their names, texts and tempos."""
    return score.division, score.metres, tuple((track.channel, track.notes) for track in score.tracks)


def playable(score: Score) -> Score:
    """The piece as MIDI can hold it: of two notes of one pitch, where one ends within the other, that one is cut."""
    return replace(score, tracks=tuple(replace(track, notes=tuple(sorted(_parted(track)))) for track in score.tracks))


def _parted(track: Track) -> Iterator[Note]:
    """The notes, each cut where the next of its pitch begins if one of these ends before it; none is left of some."""
    soonest, following = dict[int, int](), dict[int, int]()
    for note in sorted(track.notes, key=lambda note: (note.start, note.end), reverse=True):
        end = following[note.pitch] if note.end > soonest.get(note.pitch, note.end) else note.end
        if end > note.start or not note.duration:
            yield note._replace(duration=end - note.start)
            soonest[note.pitch], following[note.pitch] = end, note.start


def lost(original: Score, again: Score, tokenizer: str) -> Counter[str]:
    """What became of a piece that went through that tokenizer, as `losses` counts it."""
    return losses(original, again, seconds=tokenizer in IN_SECONDS).counts

"""What the core needs to know of a piece: its parts made one, what it shares with another, what became of it."""

from collections import Counter
from collections.abc import Hashable, Iterable

from seqgen_midi.losses import losses
from seqgen_midi.score import Score

IN_SECONDS = ("performance",)
"""Tokenizers that keep seconds, not beats."""


def whole(pieces: Iterable[Score]) -> Score:
    """The score that a tokenizer's `join` gave; an empty one if it gave none."""
    return next(iter(pieces), Score())


def digest(score: Score) -> Hashable:
    """What scores with the same notes in the same bars share, whatever their names, texts and tempos."""
    return score.division, score.metres, tuple((track.channel, track.notes) for track in score.tracks)


def lost(original: Score, again: Score, tokenizer: str) -> Counter[str]:
    """What became of a piece that went through that tokenizer, as `losses` counts it."""
    return losses(original, again, seconds=tokenizer in IN_SECONDS).counts

"""How tonal a piece is. Percussion has no pitch, and a piece without other notes has none of these figures."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from seqgen_midi.metrics.piece import Piece
from seqgen_midi.score import Note

CLASSES = 12
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
"""Major and natural minor, in semitones above the first note."""
PROFILES = (
    (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
)
"""How well each note fits a major and a minor key, from its first note on: Krumhansl and Kessler (1982,
doi:10.1037/0033-295X.89.4.334)."""


def pitch_class_entropy(piece: Piece) -> float | None:
    """The entropy, in bits, of the pitch classes of all notes of the piece: 0 for one class, log2(12) for all alike.

    H of Wu and Yang (2020, arXiv 2008.01307), who take it over windows of one bar and of four; here it is over the
    piece. Every note counts as one, however long it is.
    """
    counts = _counts(piece.notes)
    total = sum(counts)
    if not total:
        return None
    return math.log2(total) - sum(count * math.log2(count) for count in counts if count) / total


def in_key(piece: Piece) -> float | None:
    """The share of notes that are in the key of the piece.

    The key is the one of 24 whose profile of Krumhansl and Kessler correlates best with how long each pitch class
    sounds (the algorithm of Krumhansl and Schmuckler, in Krumhansl 1990, chapter 4). Minor is natural minor: a leading
    note is none of its notes.
    """
    if not piece.notes:
        return None
    tonic, mode = key_of(piece.notes)
    return _share(_counts(piece.notes), tonic, SCALES[mode])


def scale_consistency(piece: Piece) -> float | None:
    """The largest share of notes that are in one scale, over all major and natural minor scales.

    Mogren (2016, arXiv 1611.09904), who says `standard scale`. Each minor scale has the notes of a major
    one, so there are twelve to try; major pentatonics and modes are within them.
    """
    if not piece.notes:
        return None
    counts = _counts(piece.notes)
    return max(_share(counts, tonic, SCALES[0]) for tonic in range(CLASSES))


def key_of(notes: Iterable[Note]) -> tuple[int, int]:
    """The first note of the key, 0 to 11, and 0 for major, 1 for minor; of keys that fit alike the first."""
    weights = np.zeros(CLASSES)
    for note in notes:
        weights[note.pitch % CLASSES] += note.duration
    fits = [_centred(np.roll(profile, tonic)) @ _centred(weights) for profile in PROFILES for tonic in range(CLASSES)]
    best = int(np.argmax(np.round(fits, 9)))
    return best % CLASSES, best // CLASSES


def _centred(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Without their mean and of length 1, so that a product is a correlation; 0 where all are alike."""
    found = np.asarray(values, np.float64) - np.mean(values)
    length = float(np.linalg.norm(found))
    scaled: NDArray[np.float64] = found / length if length > 0 else found
    return scaled


def _counts(notes: Iterable[Note]) -> list[int]:
    counts = [0] * CLASSES
    for note in notes:
        counts[note.pitch % CLASSES] += 1
    return counts


def _share(counts: Sequence[int], tonic: int, scale: Sequence[int]) -> float:
    return sum(counts[(tonic + step) % CLASSES] for step in scale) / sum(counts)

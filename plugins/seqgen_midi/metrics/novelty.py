"""What of a piece is in the training content, transposed or not.

A step goes from one note of a track to the next, the lower first where several begin at once: by how many semitones,
and how many quarters later, to the nearest 24th. Two runs of notes are the same if their steps are. So neither the
pitch of the first note matters, nor how long each is held, nor velocity. Percussion is left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqgen.copying import longest_copies
from seqgen.metric import Excerpt, Material
from seqgen_midi.piece import whole
from seqgen_midi.score import DRUMS, PITCHES, Score, Track

Steps = NDArray[np.int64]
"""A number for each step, 2 or more."""
Hashes = NDArray[np.uint64]

GRID = 24
"""Parts of a quarter."""
LATEST = 1 << 20
"""Parts that a note is later at most; what is later still is not told apart."""
EDGE, OTHER_EDGE = 0, 1
"""Between the tracks of training, and of an excerpt: so that no run goes from one to the next."""
ODD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio."""


def steps_of(score: Score) -> list[Steps]:
    """The steps of each track that has some."""
    found = [_steps(track, score.division) for track in score.tracks if track.channel != DRUMS]
    return [steps for steps in found if len(steps)]


def memorisation(excerpts: Sequence[Excerpt], material: Material) -> float | None:
    """How many notes the longest run has that training holds too, on average over the excerpts with two notes or more
    in a track; 0 where no two notes in a row are shared. None without such excerpts.

    The longer an excerpt is, the longer a run it may share: compare excerpts of like length.
    """
    samples = [_row(steps, OTHER_EDGE) for each in excerpts if (steps := steps_of(whole(each.pieces)))]
    if not samples:
        return None
    lengths = [copy.length for copy in longest_copies(samples, _learnt(material))]
    return sum(length + 1 for length in lengths if length) / len(lengths)


def novelty(excerpts: Sequence[Excerpt], material: Material, *, n: int) -> float | None:
    """The share of runs of n notes that do not occur in training, on average over the excerpts that have some.

    Every run counts, overlapping ones too, and as often as it comes.
    """
    known = material.once(("runs of notes in training", n), lambda: np.unique(_hashes(_learnt(material), n - 1)))
    shares = []
    for excerpt in excerpts:
        runs = [_hashes(steps, n - 1) for steps in steps_of(whole(excerpt.pieces))]
        found = np.concatenate([np.zeros(0, np.uint64), *runs])
        if len(found):
            shares.append(1 - float(_among(found, known).mean()))
    return sum(shares) / len(shares) if shares else None


def _among(hashes: Hashes, known: Hashes) -> NDArray[np.bool_]:
    """Which of them are among those known, which are sorted."""
    places = np.searchsorted(known, hashes)
    found: NDArray[np.bool_] = np.append(known, np.uint64(0))[places] == hashes
    return found & (places < len(known))


def _steps(track: Track, division: int) -> Steps:
    notes = sorted(track.notes)
    starts = np.array([note.start for note in notes], np.int64)
    pitches = np.array([note.pitch for note in notes], np.int64)
    later = np.minimum((2 * np.diff(starts) * GRID + division) // (2 * division), LATEST)
    steps: Steps = OTHER_EDGE + PITCHES + later * (2 * PITCHES) + np.diff(pitches)
    return steps


def _learnt(material: Material) -> Steps:
    """The steps of training, one track after the other."""
    return material.once("steps of training", lambda: _row(_walk(material.training()), EDGE))


def _walk(documents: Iterable[Iterable[Any]]) -> Iterator[Steps]:
    for document in documents:
        for score in document:
            yield from steps_of(score)


def _row(tracks: Iterable[Steps], edge: int) -> Steps:
    between = np.full(1, edge, np.int64)
    return np.concatenate([between, *(part for steps in tracks for part in (steps, between))])


def _hashes(steps: Steps, size: int) -> Hashes:
    """A hash of 64 bits for every run of so many steps."""
    count = max(0, len(steps) + 1 - size)
    found = np.zeros(count, np.uint64)
    for i in range(size if count else 0):
        found = (found ^ steps[i : i + count].astype(np.uint64)) * ODD
        found ^= found >> np.uint64(32)
    return found

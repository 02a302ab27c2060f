"""The training set of Eck and Schmidhuber (IDSIA-07-02, 2002): 4,096 blues choruses over the same twelve bars.

Every chorus has the same chords. Its melody is put together of segments, of which twelve have two forms each, so that
there are 2^12 melodies; a model that knows them all, and takes each as likely, needs 12 bits for one. The report shows
six choruses and the number of all; which segments have which forms is inferred from those.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from seqgen.corpus import cache_folder
from seqgen.errors import CorpusError
from seqgen.files import sha256_of, write_atomically
from seqgen.records import within
from seqgen_midi.reading import read_bytes
from seqgen_midi.score import DIVISION, TEMPO, Metre, Note, Score, Tempo, Track
from seqgen_midi.writing import to_bytes_many

COUNT = 4096
FLOOR_NATS = 12 * math.log(2)
"""Nats that the best model needs for a whole chorus."""
MELODY, HARMONY = 0, 1
"""Their channels, counted from 0."""
VELOCITY = 80
BAR = 4 * DIVISION
SHA256 = "4885e4879dff9d10c99468a0e1e1013afaa803da6781cb2eaa79aa7256f006bb"
"""Of the file that `build` makes."""

_VOICES = {
    "C": (48, 52, 55),
    "F7": (48, 51, 53, 57),
    "Gm7": (50, 53, 55, 58),
    "Fdim": (48, 50, 54, 57),  # as engraved, though a diminished seventh has 51 where this has 50
    "Em": (52, 55, 59),
    "A7": (49, 52, 55, 57),
    "Dm7": (48, 50, 53, 57),
    "G7": (50, 53, 55, 59),
    "Dm": (50, 53, 57),
}
_PROGRESSION = "C | F7 | C | Gm7 C | F7 | Fdim | C | Em A7 | Dm7 | G7 | C A7 | Dm G7"
CHORDS = tuple(tuple(_VOICES[name] for name in bar.split()) for bar in _PROGRESSION.split("|"))
"""The pitches of the chords, bar by bar; where a bar has two, each lasts for half of it."""

_PITCHES = {"C": 60, "D": 62, "Eb": 63, "F": 65, "Gb": 66, "G": 67, "Bb": 70, "C'": 72}
_ONE_TO_THREE_AND_SEVEN = "G Bb F C / C Bb G Eb"
_FIVE_AND_SIX = "F Gb G Bb / F C' Bb Eb"
_MELODY = (
    *[_ONE_TO_THREE_AND_SEVEN] * 3,
    *("C Bb / G Bb", "G Bb / Bb Eb"),
    *[_FIVE_AND_SIX] * 2,
    _ONE_TO_THREE_AND_SEVEN,
    *("C Bb / G Bb", "G Eb / F C"),
    "G C Eb Gb / G C' G Gb",
    "F C F Eb / F Bb F Eb",
    "C Eb Bb Gb",
    "D D G G",
)
SEGMENTS = tuple(
    tuple(tuple(_PITCHES[name] for name in form.split()) for form in segment.split("/")) for segment in _MELODY
)
"""The forms of each segment of a melody, a bar or half a one, as the pitches of its quarter notes."""


def melody(number: int) -> tuple[int, ...]:
    """The 48 pitches of that chorus, quarter notes all. Raises UsageError for a number that is not 0 to 4095."""
    within("number", number, 0, COUNT - 1)
    segments = list[tuple[int, ...]]()
    for forms in reversed(SEGMENTS):
        number, which = divmod(number, len(forms))
        segments.append(forms[which])
    return tuple(chain.from_iterable(reversed(segments)))


def chorus(number: int) -> Score:
    """That chorus: twelve bars of 4/4 at 120 quarters a minute, the melody and the chords a Track each.

    The form of the last segment changes with every number, that of the first once. Raises UsageError as `melody` does.
    """
    played = enumerate(melody(number))
    notes = tuple(Note(at * DIVISION, pitch, VELOCITY, DIVISION) for at, pitch in played)
    tracks = (Track(MELODY, notes), Track(HARMONY, tuple(_harmony())))
    return Score(DIVISION, tracks, tempos=(Tempo(0, TEMPO),), metres=(Metre(0, 4, 4),))


def choruses() -> Iterator[Score]:
    """All of them, in the order of their numbers."""
    return map(chorus, range(COUNT))


def index_of(melody: Sequence[int]) -> int | None:
    """The number of the chorus with these pitches, one for each quarter; None if there is none."""
    number, rest = 0, tuple(melody)
    for forms in SEGMENTS:
        length = len(forms[0])
        segment, rest = rest[:length], rest[length:]
        if segment not in forms:
            return None
        number = number * len(forms) + forms.index(segment)
    return None if rest else number


def build() -> tuple[Path, ...]:
    """A file of type 2 with all choruses, kept in the cache; one that is not as it should be is written again.

    Bytes other than those pinned are read back, for another release of mido may write the same music otherwise. Raises
    CorpusError if it is not the same; InputError, LimitError if the file cannot be kept.
    """
    path = cache_folder("corpora", "blues") / "blues.mid"
    if not path.is_file() or sha256_of(path) != SHA256:
        data = to_bytes_many(list(choruses()))
        if hashlib.sha256(data).hexdigest() != SHA256 and [score for score, _ in read_bytes(data)] != [*choruses()]:
            there = "what was built does not read back as the choruses"
            raise CorpusError("building the corpus 'blues'", there, "Install seqgen anew, and mido 1.3 with it")
        write_atomically(path, data)
    return (path,)


def _harmony() -> Iterator[Note]:
    for number, bar in enumerate(CHORDS):
        length = BAR // len(bar)
        for place, pitches in enumerate(bar):
            start = number * BAR + place * length
            yield from (Note(start, pitch, VELOCITY, length) for pitch in pitches)

"""Random scores and random walks, for the tests of melodies."""

from collections.abc import Iterable
from itertools import pairwise
from random import Random

import numpy as np

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Spoken
from seqgen.domain import Document
from seqgen.tokenizer import DOCUMENT_BOUNDARY
from seqgen.vocabulary import Vocabulary
from seqgen_midi.score import Key, Metre, Note, Score, Tempo, Track
from seqgen_midi.tokenizers.melody import Melody

METRES = ((4, 4), (6, 8), (3, 4), (1, 8), (7, 16), (5, 64), (255, 1), (13, 2), (1, 4), (4, 4))


def random_score(random: Random) -> Score:
    """A score with all that may stand in one: chords, overlaps, long silences, odd metres, changes within bars."""
    division = random.choice((1, 12, 96, 480, 1024))
    unit = max(1, division // random.choice((1, 2, 4, 12)))
    tracks = []
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        at, notes = 0, []
        for _ in range(random.randrange(40)):
            at += random.choice((0, 1, 1, 2, 3)) * unit
            at += random.choice([0] * 20 + [1, 16 * division, 3000 * division])
            notes.append(Note(at, random.choice((60, 60, 62, 64, random.randrange(128))), 90, _duration(random, unit)))
        tracks.append(Track(random.choice((0, 0, 1, 9)), tuple(sorted(notes)), random.choice(("", "Lead"))))
    return Score(
        division,
        tuple(tracks),
        tuple(Tempo(at, random.choice((500_000, 1, 16_777_215, 654_321))) for at in _times(random, unit, most=2)),
        tuple(Metre(at, *random.choice(METRES)) for at in _times(random, unit, most=4)),
        tuple(Key(at, random.randrange(-7, 8), random.random() < 0.5) for at in _times(random, unit, most=1)),
    )


def _duration(random: Random, unit: int) -> int:
    return random.choice((0, 1, unit, unit, unit, 2 * unit, 3 * unit - 1, 9 * unit, 5000 * unit))


def _times(random: Random, unit: int, *, most: int) -> list[int]:
    return sorted(random.choice((0, 0, random.randrange(200))) * unit for _ in range(random.randrange(most + 1)))


def codec_of(tokenizer: Melody, scores: Iterable[Score] = ()) -> Codec:
    """A codec that has learnt these scores."""
    learnt = tokenizer.fit(Document(str(n), score) for n, score in enumerate(scores))
    return Codec(learnt, Vocabulary.build(("document", *learnt.levels), {}, alphabet=learnt.alphabet()))


def join(codec: Codec, symbols: Iterable[Spoken]) -> Score:
    """The score of symbols."""
    (score,) = codec.tokenizer.join(each for each in symbols if isinstance(each, str))
    assert isinstance(score, Score)
    return score


def walk(codec: Codec, constraint: Constraint, random: Random, *, length: int) -> list[Spoken]:
    """A piece drawn at random under the masks, with weights of its own, so that it ends or is cut and completed."""
    weights = np.array([random.random() ** random.choice((1, 8)) for _ in range(codec.vocabulary.size)])
    state, symbols = constraint.start, list[Spoken]()
    for _ in range(length):
        mask = constraint.allowed(state)
        assert mask is not None and not mask.flags.writeable
        ids = np.flatnonzero(mask)
        assert len(ids) > 0, symbols[-5:]
        symbol = codec.vocabulary.symbol_of(random.choices(ids.tolist(), weights[ids].tolist())[0])
        if symbol == DOCUMENT_BOUNDARY:
            return symbols
        assert isinstance(symbol, Spoken)
        state = constraint.step(state, symbol)
        assert state is not None, symbol
        symbols.append(symbol)
    way = constraint.complete(state)
    assert way is not None
    for symbol in way:
        state = constraint.step(state, symbol)
        assert state is not None, (symbols[-5:], symbol)
        symbols.append(symbol)
    assert constraint.step(state, DOCUMENT_BOUNDARY) is not None
    return symbols


def faults(score: Score) -> list[str]:
    """What a file could not hold of a monophonic score."""
    notes = [note for track in score.tracks for note in track.notes]
    found = [f"{note}" for note in notes if note.duration < 1 or not 0 <= note.pitch < 128 or note.velocity != 80]
    found += [f"{a} {b}" for a, b in pairwise(notes) if not a.end <= b.start < a.end + (1 << 28)]
    found += [f"{note}" for note in notes if note.duration >= 1 << 28]
    metres = [metre.start for metre in score.metres]
    return found + [f"{metre}" for metre in metres if metre >= score.end or metres.count(metre) > 1]

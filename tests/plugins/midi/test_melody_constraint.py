"""Melodies drawn at random are as the tokenizer says them, and keep to what was asked for."""

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from seqgen.codec import Codec
from seqgen.constraint import Constraint
from seqgen.errors import UsageError
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen_midi.bars import Bars
from seqgen_midi.constraints.melody import legal
from seqgen_midi.constraints.melody_states import Moves
from seqgen_midi.constraints.wishes import NONE, Wishes
from seqgen_midi.score import Metre, Note, Score, Tempo, Track
from seqgen_midi.tokenizers.melody import Melody
from tests.plugins.midi.melodies import codec_of, faults, join, random_score, walk
from tests.plugins.midi.test_melody import TOKENIZERS

WISHES = (
    Wishes(key="D", range="C4-C6", max_leap=4, bars=5),
    Wishes(key="Bb", scale="blues", metre="6/8", bars=1),
    Wishes(metre="4/4", bars=3, max_leap=1),
    Wishes(metre="5/4", range="60-60"),
    Wishes(metre="7/8", max_polyphony=1, max_leap=12),
    Wishes(bars=20),
)

LEARNT = (
    Score(
        12,
        (Track(0, (Note(0, 60, 80, 12), Note(12, 60, 80, 36), Note(48, 62, 80, 24), Note(96, 60, 80, 48))),),
        tempos=(Tempo(0, 500_000),),
    ),
    Score(12, (Track(0, (Note(0, 60, 80, 36), Note(72, 60, 80, 48))),), metres=(Metre(0, 3, 4), Metre(36, 6, 8))),
    Score(12, (Track(0, (Note(0, 60, 80, 36), Note(72, 60, 80, 48))),), metres=(Metre(0, 3, 4), Metre(36, 4, 4))),
)
"""What is learnt of these: 12, 24, 36 and 48 steps, the metres 3/4, 4/4 and 6/8, the tempo 120."""


@pytest.fixture(scope="module", params=range(len(TOKENIZERS) * 2))
def codec(request: pytest.FixtureRequest) -> Codec:
    """Each tokenizer, trained and untrained."""
    random = Random(request.param)
    tokenizer = TOKENIZERS[request.param // 2]
    return codec_of(tokenizer, [random_score(random) for _ in range(20 * (request.param % 2))])


def refused(codec: Codec, constraint: Constraint, score: Score) -> bool:
    """Whether the constraint does not take what `split` gives for a score."""
    state = constraint.start
    for symbol in codec.tokenizer.split(score):
        state = constraint.step(state, symbol)
        if state is None:
            return True
    return constraint.step(state, DOCUMENT_BOUNDARY) is None


def wrong(codec: Codec, constraint: Constraint, *, count: int) -> int:
    """Of so many random pieces those that no file can hold, or that are said otherwise."""
    random, found = Random(count), 0
    for _ in range(count):
        symbols = walk(codec, constraint, random, length=random.choice((0, 1, 5, 20, 100)))
        score = join(codec, symbols)
        found += bool(faults(score)) or list(codec.tokenizer.split(score)) != symbols
    return found


def test_what_is_split_is_taken(codec: Codec) -> None:
    constraint, random = legal(codec), Random(5)
    assert not any(refused(codec, constraint, random_score(random)) for _ in range(80))


def test_what_is_drawn_is_said_as_the_tokenizer_says_it(codec: Codec) -> None:
    assert wrong(codec, legal(codec), count=80) == 0
    assert wrong(codec, legal(codec, Wishes(range="60-61")), count=80) == 0


def test_a_broken_machine_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    codec = codec_of(Melody())
    monkeypatch.setattr(Moves, "_begins", lambda *_: True)
    assert wrong(codec, legal(codec), count=300) > 0


def test_the_mask_is_what_step_takes(codec: Codec) -> None:
    constraint, random = legal(codec, Wishes(bars=2, max_leap=3)), Random(6)
    for _ in range(5):
        state = constraint.start
        for symbol in walk(codec, constraint, random, length=30):
            mask, vocabulary = constraint.allowed(state), codec.vocabulary
            assert mask is not None and mask is constraint.allowed(state)
            takes = np.zeros(vocabulary.size, np.bool_)
            for id in (id for id in range(vocabulary.size) if id != vocabulary.unknown):
                said = vocabulary.symbol_of(id)
                assert isinstance(said, str | Boundary)
                takes[id] = constraint.step(state, said) is not None
            assert np.array_equal(mask, takes)
            hash(state)
            state = constraint.step(state, symbol)


@pytest.mark.parametrize("wishes", WISHES)
def test_music_keeps_to_the_wishes(codec: Codec, wishes: Wishes) -> None:
    tokenizer = codec.tokenizer
    assert isinstance(tokenizer, Melody)
    if wishes.signature and wishes.signature not in tokenizer.symbols.legal:
        with pytest.raises(UsageError):
            legal(codec, wishes)
        return
    constraint, random = legal(codec, wishes), Random(7)
    for _ in range(10):
        symbols = walk(codec, constraint, random, length=random.choice((0, 20, 100)))
        score = join(codec, symbols)
        assert list(tokenizer.split(score)) == symbols
        assert faults(score) == []
        assert unmet(score, wishes) == []


def unmet(score: Score, wishes: Wishes) -> list[str]:
    """The wishes to which a score does not keep."""
    notes = score.tracks[0].notes if score.tracks else ()
    found = [f"{note}" for note in notes if not wishes.pitches[note.pitch]]
    leaps = [abs(a.pitch - b.pitch) for a, b in pairwise(notes)]
    found += ["leap"] * bool(wishes.max_leap and max(leaps, default=0) > wishes.max_leap)
    metres = tuple(metre[1:] for metre in score.metres)
    found += ["metre"] * bool(wishes.signature and metres != (wishes.signature,) and (metres or wishes.metre != "4/4"))
    bars = len(list(Bars.of(score).until(score.end))) if notes else 0
    return found + ["bars"] * bool(wishes.bars and bars != wishes.bars)


def test_wishes_are_no_luck() -> None:
    codec, random = codec_of(Melody()), Random(8)
    scores = [join(codec, walk(codec, legal(codec), random, length=100)) for _ in range(30)]
    for wishes in (Wishes(key="D"), Wishes(range="60-72"), Wishes(max_leap=4), Wishes(metre="6/8"), Wishes(bars=3)):
        assert any(unmet(score, wishes) for score in scores)


def test_what_is_not_canonical_is_refused() -> None:
    constraint = legal(codec_of(Melody(), LEARNT))
    refused = (
        *("d12", "p60 p60", "p60", "~", "p60 d12 ~", "<1", "r d48", "p60 d12", "|"),
        *("r d12 r d36", "p60 d48 p60 d48", "p60 d12 | p60 d36", "p60 d24 r d36", "p60 d24 d24 d24"),
        *("p60 d48 | | p60 d24 p60 d24", "p60 d48 |", "p60 d48 | r d48 | ~ d48", "p60 d48 | p60 d48", "p60 d48 | <2"),
        *("p60 d24 r d24 | <1 p62 d24 | <2 r d24", "p60 d24 r d24 | <1 p62 d24 | <1 r d24 | ~ d48"),
        *("m4/4 p60 d48", "m3/4 m6/8 p60 d36", "m3/4", "p60 d48 | m3/4", "p60 d24 m3/4 p60 d24", "m2+ m1 /4 p60 d36"),
        *("s1 q120", "q120 q120", "q2", "q64+ q32+ q16+ q8", "q256+ q256", "p60 d48 q120 | <1", "s1 s1"),
        *("p60 d32+ d16", "p60 d16+ d8 p60 d24", "p60 d8+ d8 r d32", "p60 d8+ d16+ d4", "m1 /32 p60 d1"),
    )
    taken = (
        *("", "q120 s1m", "q64+ q1 p60 d48", "m3/4 p60 d36", "m4+ m1 /4 p60 d48 r d12", "m1 /4 p60 d12 | m4/4 p60 d48"),
        *("p60 d48 | <1", "p60 d48 | ~ d48", "r d48 | p60 d12 p60 d36", "p60 d48 | p62 d48 | <2"),
        *("p60 d24 r d24 | <1 p62 d24 | <1 r d24", "p60 d16+ d4 r d16+ d12", "q64+ q32+ q2"),
    )
    assert [text for text in refused if takes(constraint, text)] == []
    assert [text for text in taken if not takes(constraint, text)] == []


def takes(constraint: Constraint, text: str) -> bool:
    state = constraint.start
    for word in text.split():
        state = constraint.step(state, Boundary("bar") if word == "|" else word)
        if state is None:
            return False
    return constraint.step(state, DOCUMENT_BOUNDARY) is not None


def test_a_piece_of_so_many_bars_ends_there_and_nowhere_else() -> None:
    codec = codec_of(Melody())
    constraint = legal(codec, Wishes(bars=2))
    assert not takes(constraint, "")
    assert not takes(constraint, "p60 d32+ d16")
    assert takes(constraint, "p60 d32+ d16 | p62 d32+ d16")
    assert not takes(constraint, "p60 d32+ d16 | r d32+ d16")
    assert takes(constraint, "p60 d32+ d16 | r d32 p60 d16")
    assert not takes(constraint, "p60 d32+ d16 | p62 d32+ d16 | p60 d32+ d16")


def test_a_metre_that_the_grid_lacks_cannot_be_asked_for() -> None:
    with pytest.raises(UsageError):
        legal(codec_of(Melody()), Wishes(metre="5/32"))


def test_without_wishes_every_pitch_may_come() -> None:
    codec = codec_of(Melody())
    constraint = legal(codec, NONE)
    mask = constraint.allowed(constraint.start)
    assert mask is not None and all(mask[codec.vocabulary.id_of(f"p{pitch}")] for pitch in range(128))
    assert str(constraint) == "the constraint legal"


def test_silence_and_notes_are_bounded() -> None:
    constraint = legal(codec_of(Melody(levels=(), lookback=())))
    bar = "d128+ d16"
    for value, first in (("r", "r"), ("~", "p60")):
        state = constraint.begin(f"m8+ m4 /4 {first} {bar} {' '.join([value, bar] * 84)}".split())
        state = constraint.step(state, value)
        assert constraint.step(state, "d64") is None
        state = constraint.step(constraint.step(state, "d32+"), "d16")
        assert state is not None

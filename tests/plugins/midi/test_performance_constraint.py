from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Spoken, State
from seqgen.errors import UsageError
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary, Label
from seqgen.vocabulary import Vocabulary
from seqgen_midi.constraints.performance import Legal, legal
from seqgen_midi.constraints.wishes import NONE, Wishes
from seqgen_midi.score import Note, Score, Track
from seqgen_midi.tokenizers.performance import Performance

END, BAR = DOCUMENT_BOUNDARY, Boundary("bar")
MANY = 100
SMALL = Performance(rate=4, longest=3, velocities=3)
KINDS = ("on", "off", "w", "v", "B")


def codec_of(tokenizer: Performance) -> Codec:
    levels = ("document", *tokenizer.levels)
    vocabulary = Vocabulary.build(levels, {}, alphabet=tokenizer.alphabet(), labels=[Label("by", "me")])
    return Codec(tokenizer, vocabulary, (1,))


CODEC = codec_of(SMALL)
PLAIN = legal(CODEC)


def through(constraint: Constraint, symbols: Iterable[Spoken]) -> State:
    state: State = constraint.start
    for symbol in symbols:
        state = None if state is None else constraint.step(state, symbol)
    return state


def takes(text: str, constraint: Constraint = PLAIN) -> bool:
    """Whether the symbols are taken; | stands for a bar, and . for the end."""
    said = (BAR if each == "|" else END if each == "." else each for each in text.split())
    return through(constraint, said) is not None


def allowed(constraint: Constraint, state: State, codec: Codec) -> list[Spoken]:
    mask = constraint.allowed(state)
    assert mask is not None and not mask.flags.writeable
    found = [codec.vocabulary.symbol_of(int(id)) for id in np.flatnonzero(mask)]
    spoken = [each for each in found if isinstance(each, str | Boundary)]
    assert len(spoken) == len(found) > 0
    return spoken


def kind_of(symbol: Spoken) -> str:
    return symbol.rstrip("0123456789") if isinstance(symbol, str) else "B"


class Walk:
    """Pieces drawn at random under a constraint, some kinds of symbols likelier than others, none longer than asked."""

    def __init__(self, constraint: Constraint, codec: Codec, seed: int) -> None:
        self.constraint, self._codec, self._random = constraint, codec, Random(seed)

    def draw(self, length: int) -> list[Spoken]:
        weights = {kind: self._random.random() ** 2 + 0.01 for kind in KINDS}
        state: State = self.constraint.start
        symbols: list[Spoken] = []
        way: list[Spoken] = []
        for _ in range(length):
            kinds: dict[str, list[Spoken]] = {}
            for each in allowed(self.constraint, state, self._codec):
                kinds.setdefault("B" if each == END and self._random.random() > 0.3 else kind_of(each), []).append(each)
            (kind,) = self._random.choices([*kinds], [weights[each] for each in kinds])
            symbol = self._random.choice(kinds[kind])
            if symbol == END:
                return symbols
            symbols.append(symbol)
            after = self.constraint.step(state, symbol)
            assert after is not None, (symbols[-5:], symbol)
            state = after
            if (found := self.constraint.complete(state)) is not None:
                way = [*symbols, *found]
        return way


def drawn(tokenizer: Performance, wishes: Wishes = NONE, *, count: int = MANY, seed: int = 1) -> list[list[Spoken]]:
    codec = codec_of(tokenizer)
    walk = Walk(legal(codec, wishes), codec, seed)
    return [walk.draw(walk._random.randrange(120)) for _ in range(count)]


def score_of(symbols: Sequence[Spoken], tokenizer: Performance = SMALL) -> Score:
    (score,) = tokenizer.join(each for each in symbols if isinstance(each, str))
    return score


def canonical(symbols: Sequence[Spoken], tokenizer: Performance = SMALL) -> bool:
    """Whether a piece drawn is what is said of what it sounds like, but for the silence at its end."""
    said = list(symbols)
    while said and kind_of(said[-1]) == "w":
        said.pop()
    return list(tokenizer.split(score_of(symbols, tokenizer))) == said


@pytest.mark.parametrize("tokenizer", [SMALL, Performance(), Performance(rate=1, longest=1, velocities=0)])
def test_what_is_drawn_is_said_in_one_way_only(tokenizer: Performance) -> None:
    assert [each for each in drawn(tokenizer) if not canonical(each, tokenizer)] == []


def test_what_is_drawn_can_sound_on_any_level() -> None:
    barred = Performance(levels=("section", "bar", "beat"), rate=4, longest=3, velocities=3)
    pieces = drawn(barred)
    assert all(through(legal(codec_of(barred)), [*each, END]) for each in pieces)
    marks = [pair for each in pieces for pair in pairwise([None, *each]) if isinstance(pair[1], Boundary)]
    assert len(marks) > 100 and all(isinstance(before, str) and before[0] == "w" for before, _ in marks)


@pytest.mark.parametrize(
    ("name", "careless"),
    [("sounding", lambda at: at._replace(sounding=0)), ("floor", lambda at: at._replace(floor=-1))],
)
def test_one_that_forgets_is_caught(name: str, careless: object, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Legal.step
    monkeypatch.setattr(Legal, "step", lambda self, at, symbol: (found := step(self, at, symbol)) and careless(found))  # type: ignore[operator]
    monkeypatch.setattr(Legal, "complete", lambda self, state: ())
    assert [each for each in drawn(SMALL, count=50) if not canonical(each)]


WISHES = [
    NONE,
    Wishes(key="D", range="C4-C6"),
    Wishes(max_polyphony=1),
    Wishes(max_polyphony=2, max_leap=3, bars=2),
    Wishes(key="A", scale="blues", max_leap=2, bars=1),
]


@pytest.mark.parametrize("wishes", WISHES)
@pytest.mark.parametrize("tokenizer", [SMALL, Performance(levels=("bar",), rate=2, longest=5, velocities=0)])
def test_what_is_allowed_is_what_can_be_said(wishes: Wishes, tokenizer: Performance) -> None:
    codec = codec_of(tokenizer)
    constraint, vocabulary = legal(codec, wishes), codec.vocabulary
    walk = Walk(constraint, codec, 2)
    for _ in range(10):
        state: State = constraint.start
        for symbol in walk.draw(60):
            mask = constraint.allowed(state)
            assert mask is not None and not mask[vocabulary.unknown] and not mask[vocabulary.first_label :].any()
            for id in range(vocabulary.first_label):
                each = vocabulary.symbol_of(id)
                if isinstance(each, str | Boundary):
                    assert mask[id] == (constraint.step(state, each) is not None), (state, each)
            state = constraint.step(state, symbol)


def test_the_same_mask_is_given_wherever_the_same_is_allowed() -> None:
    one, other = through(PLAIN, ["v1", "on60", "w1"]), through(PLAIN, ["w3", "v1", "on60", "w2"])
    assert PLAIN.allowed(one) is not PLAIN.allowed(through(PLAIN, ["w1"])) and PLAIN.allowed(one) is PLAIN.allowed(
        other._replace(note=60)
    )


@pytest.mark.parametrize(
    "text",
    [
        ".",
        "w3 w3 w1 v1 on60 w1 off60 .",
        "v1 on60 on61 v2 on62 w1 off60 off62 on60 w1 off60 off61 .",
        "v1 on60 w1 off60 on60 w1 off60 . v3 on60",
        "v1 on60 w1 off60 w1 .",
    ],
)
def test_music_is_taken(text: str) -> None:
    assert takes(text)


@pytest.mark.parametrize(
    "text",
    [
        "on60",
        "v1 .",
        "v1 w1",
        "v1 v2",
        "v1 on60 .",
        "v1 on60 on60",
        "v1 on60 off60",
        "v1 on60 v1",
        "v1 on60 on59",
        "v1 on60 v2 on59",
        "off60",
        "v1 on60 on62 w1 off62 off60",
        "v1 on60 w1 off60 on60 off60",
        "v1 on60 w1 w1",
        "w1 w3",
        "w4",
        "w0",
        "v0",
        "v4",
        "on128",
        "|",
        "w1 |",
        "x",
    ],
)
def test_what_cannot_be_played_or_is_said_otherwise_is_refused(text: str) -> None:
    assert not takes(text)


def test_a_boundary_follows_a_wait() -> None:
    barred = legal(codec_of(Performance(levels=("bar",), rate=4, longest=3, velocities=0)))
    assert takes("w1 | w1 | on60 w3 | w3 | off60 .", barred)
    assert not any(takes(text, barred) for text in ["|", "w1 | |", "on60 |", "on60 w1 off60 |"])


def test_all_that_is_split_is_taken() -> None:
    random = Random(5)
    for levels in [(), ("bar",), ("section", "bar", "beat")]:
        tokenizer = Performance(levels=levels)
        constraint = legal(codec_of(tokenizer))
        for _ in range(30):
            notes = [
                Note(random.randrange(900), random.randrange(58, 64), random.randrange(1, 128), random.randrange(400))
                for _ in range(random.randrange(40))
            ]
            symbols = tokenizer.split(Score(50, (Track(0, tuple(sorted(notes))),)))
            assert through(constraint, [*symbols, END]) is not None


def onsets(score: Score) -> list[Note]:
    return [note for track in score.tracks for note in track.notes]


def test_wishes_about_pitches_are_kept() -> None:
    wishes = Wishes(key="Bb", range="C3-C5", max_leap=4)
    seen = set[int]()
    for symbols in drawn(SMALL, wishes):
        pitches = [note.pitch for note in onsets(score_of(symbols))]
        assert all(wishes.pitches[pitch] for pitch in pitches)
        struck = [int(str(each)[2:]) for each in symbols if kind_of(each) == "on"]
        assert all(abs(one - other) <= 4 for one, other in pairwise(struck))
        seen.update(pitches)
    assert seen == set(np.flatnonzero(wishes.pitches))


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_sound_at_once_than_are_wished_for(most: int) -> None:
    busiest = 0
    for symbols in drawn(SMALL, Wishes(max_polyphony=most)):
        notes = onsets(score_of(symbols))
        busiest = max([busiest, *(sum(other.start <= note.start < other.end for other in notes) for note in notes)])
    assert busiest == most


@pytest.mark.parametrize("bars", [1, 3])
def test_a_piece_is_as_many_bars_of_two_seconds_as_are_wished_for(bars: int) -> None:
    pieces = [each for each in drawn(SMALL, Wishes(bars=bars)) if each]
    steps = {sum(int(str(each)[1:]) for each in symbols if kind_of(each) == "w") for symbols in pieces}
    assert len(pieces) > MANY / 2 and steps == {bars * 8}
    assert all(canonical(each) for each in pieces)


@pytest.mark.parametrize("bars", [1, 3])
def test_bars_are_counted_where_they_are_marked(bars: int) -> None:
    barred = Performance(levels=("section", "bar"), rate=4, longest=3, velocities=3)
    pieces = [each for each in drawn(barred, Wishes(bars=bars)) if each]
    counts = {sum(not isinstance(each, str) for each in symbols) for symbols in pieces}
    assert len(pieces) > MANY / 2 and counts == {bars - 1, bars}
    behind = [each for symbols in pieces for each in symbols[marked(symbols, bars) :]]
    assert behind and {kind_of(each) for each in behind} == {"off"}


def marked(symbols: Sequence[Spoken], bars: int) -> int:
    """What stands behind so many boundaries begins here."""
    places = [index for index, each in enumerate(symbols) if isinstance(each, Boundary)]
    return places[bars - 1] + 1 if len(places) >= bars else len(symbols)


def test_a_prompt_that_is_longer_than_the_bars_is_an_error() -> None:
    with pytest.raises(UsageError, match="the constraint legal, with --bars 1"):
        legal(CODEC, Wishes(bars=1)).begin(["w3"] * 3)


@pytest.mark.parametrize(
    ("said", "way"),
    [
        ("", ""),
        ("w1", ""),
        ("v1 on60 on62", "w1 off60 off62"),
        ("v1 on60 on62 w1 off60", "off62"),
        ("v1 on60 on62 w1 off62", "w1 off60"),
        ("v1 on60 on62 w2", "off60 off62"),
    ],
)
def test_the_shortest_completion(said: str, way: str) -> None:
    assert [*(PLAIN.complete(through(PLAIN, said.split())) or ())] == way.split()


def test_nothing_is_made_up_to_end_a_piece() -> None:
    bars = legal(CODEC, Wishes(bars=1))
    assert PLAIN.complete(through(PLAIN, ["v1"])) is None
    assert bars.complete(through(bars, ["w1"])) is None
    assert [*(bars.complete(through(bars, ["v1", "on60"])) or ())] == ["w1", "off60", "w3", "w3", "w1"]


@pytest.mark.parametrize(
    ("said", "way"),
    [("", "w5 w3 | w5 w3 |"), ("w1", "| w5 w3 |"), ("on60", "w1 off60 w5 w3 | w5 w3 |"), ("w1 | w1 |", "")],
)
def test_bars_that_are_left_are_filled_with_silence(said: str, way: str) -> None:
    barred = legal(codec_of(Performance(levels=("bar",), rate=4, longest=5, velocities=0)), Wishes(bars=3))
    state = through(barred, (BAR if each == "|" else each for each in said.split()))
    assert ["|" if each == BAR else each for each in barred.complete(state) or ()] == way.split()
    assert takes(f"{said} {way} .", barred)


def test_a_sample_ends_with_its_piece() -> None:
    assert PLAIN.alone and str(PLAIN) == "the constraint legal"

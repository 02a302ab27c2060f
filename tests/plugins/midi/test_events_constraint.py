"""What a model of `events` may say: legal music, as wished, in one way only (but for silent tracks), with a way out."""

from collections.abc import Iterable, Iterator
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Spoken
from seqgen.domain import Document
from seqgen.errors import UsageError
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_midi.bars import Bars
from seqgen_midi.constraints import events_states
from seqgen_midi.constraints.events import legal
from seqgen_midi.constraints.events_numbers import BEGUN, Counting, Range, Rows, Said
from seqgen_midi.constraints.wishes import NONE, Wishes
from seqgen_midi.reading import read_bytes
from seqgen_midi.score import LAST_TICK, Key, Metre, Note, Program, Score, Tempo, Track
from seqgen_midi.tokenizers.events import Events
from seqgen_midi.tokenizers.numbers import BITS, POSITIVE, Numerals, part_of
from seqgen_midi.writing import to_bytes

TUNE = Score(
    96,
    (
        Track(0, tuple(Note(48 * n, 60 + n * 5 % 12, 80 + n % 2 * 10, 47) for n in range(64)), "", (Program(0, 24),)),
        Track(9, tuple(Note(96 * n + 1, 36 + n % 2, 100, 10) for n in range(32))),
    ),
    (Tempo(0, 400_000),),
    (Metre(0, 3, 4),),
    (Key(0, 1, False),),
)
OPTIONS = [
    Events(),
    Events(levels=(), keep=("controls", "bends")),
    Events(levels=("section", "bar", "beat"), section_bars=2),
    Events(levels=("section",), keep=("bends",)),
]
WISHES = [
    NONE,
    Wishes(key="D", range="C4-C6", bars=3),
    Wishes(metre="6/8", max_polyphony=1, bars=2),
    Wishes(scale="blues", key="A", max_leap=4, max_polyphony=3),
    Wishes(metre="7/8", range="60-60", bars=9, max_polyphony=2, max_leap=1),
    Wishes(bars=40_000, metre="255/1"),
]


def codec_of(tokenizer: Events, *pieces: Score) -> Codec:
    if pieces:
        tokenizer = tokenizer.fit(Document(str(n), piece) for n, piece in enumerate(pieces))
    return Codec(tokenizer, Vocabulary.build(("document", *tokenizer.levels), {}, alphabet=tokenizer.alphabet()))


CODECS = [codec_of(tokenizer, *pieces) for tokenizer in OPTIONS for pieces in ((), (TUNE, TUNE))]


class Walk:
    """Documents drawn at random under the mask: symbols alike, or kinds of symbols alike with notes and time ahead."""

    def __init__(self, codec: Codec, constraint: Constraint) -> None:
        self._codec, self.constraint = codec, constraint
        symbols = map(codec.vocabulary.symbol_of, range(codec.vocabulary.size))
        kinds = [each[0] if isinstance(each, str) else "" for each in symbols]
        favour = {"p": 6.0, "t": 3.0, "d": 0.5}
        self._weights = np.array([favour.get(kind, 0.1) / kinds.count(kind) for kind in kinds])

    def draw(self, random: Random, length: int, *, whole: bool = True) -> list[Spoken]:
        """At most so many symbols, and a way to the end if it is to be whole."""
        state, symbols = self.constraint.start, list[Spoken]()
        even, symbol_of = random.random() < 0.3, self._codec.vocabulary.symbol_of
        for _ in range(length):
            mask = self.constraint.allowed(state)
            assert mask is not None and mask.any() and not mask.flags.writeable
            ids = np.flatnonzero(mask).tolist()
            id = random.choice(ids) if even else random.choices(ids, self._weights[ids].tolist())[0]
            symbol = symbol_of(id)
            assert isinstance(symbol, str | Boundary)
            if symbol == DOCUMENT_BOUNDARY:
                if random.random() < 0.9 and len(ids) > 1:
                    continue
                return symbols
            symbols.append(symbol)
            state = self.constraint.step(state, symbol)
            assert state is not None, symbols[-3:]
        return symbols + self.rest(state, symbols) if whole else symbols

    def rest(self, state: object, symbols: list[Spoken]) -> list[Spoken]:
        way = []
        for symbol in self.constraint.complete(state) or ():
            way.append(symbol)
            state = self.constraint.step(state, symbol)
            assert state is not None, (symbols[-3:], way[-3:])
        assert self.constraint.step(state, DOCUMENT_BOUNDARY) is not None, (symbols[-3:], way)
        return way


def strings(symbols: Iterable[Spoken]) -> list[str]:
    return [each for each in symbols if isinstance(each, str)]


def joined(codec: Codec, symbols: Iterable[Spoken]) -> Score:
    (score,) = codec.tokenizer.join(strings(symbols))
    assert isinstance(score, Score)
    return score


def faults(score: Score, wishes: Wishes = NONE) -> Iterator[str]:
    """What is not legal in a piece, or not as wished."""
    wished = wishes.pitches
    for track in score.tracks:
        ends: dict[int, int] = {}
        drums = track.channel == 9
        for note in track.notes:
            if note.start < ends.get(note.pitch, 0) or not note.start < note.end <= LAST_TICK:
                yield f"{note} overlaps or lasts too long"
            ends[note.pitch] = note.end
            if not drums and not wished[note.pitch]:
                yield f"{note} is not wished for"
        leaps = [abs(b.pitch - a.pitch) for a, b in zip(track.notes, track.notes[1:], strict=False)]
        if wishes.max_leap and not drums and max(leaps, default=0) > wishes.max_leap:
            yield "too far a leap"
    yield from misplaced(score, wishes)
    if wishes.max_polyphony and polyphony(score) > wishes.max_polyphony:
        yield "too many notes"


def misplaced(score: Score, wishes: Wishes) -> Iterator[str]:
    bars = Bars(score.division)
    for n, metre in enumerate(score.metres):
        if bars.at(metre.start).start != metre.start:
            yield f"{metre} within a bar"
        bars = Bars(score.division, score.metres[: n + 1])
    if wishes.signature and [metre[1:] for metre in score.metres] != [wishes.signature]:
        yield "another metre"
    if wishes.bars and score.end and bars.at(score.end - 1).number >= wishes.bars:
        yield "too long"


def polyphony(score: Score) -> int:
    notes = [note for track in score.tracks for note in track.notes]
    return max((sum(other.start <= note.start < other.end for other in notes) for note in notes), default=0)


def canonical(codec: Codec, symbols: list[Spoken], wishes: Wishes) -> bool:
    """Whether what was drawn is said again in the same way, where every track in it has notes."""
    score, again = joined(codec, symbols), list(codec.tokenizer.split(joined(codec, symbols)))
    said = {symbol for symbol in split_numbers(symbols) if symbol[0] == "k"}
    if len(score.tracks) < len(said):
        return True
    return again == symbols[: len(again)] if wishes.bars else again == symbols


def split_numbers(symbols: Iterable[Spoken]) -> list[tuple[str, int]]:
    """The numbers that are said, each with its kind."""
    found, below, last = list[tuple[str, int]](), 0, ""
    for symbol in symbols:
        part = part_of(symbol) if isinstance(symbol, str) else None
        if part and part.kind == last and 0 < part.value < below:
            found[-1] = (part.kind, found[-1][1] + part.value)
        elif part:
            found.append((part.kind, part.value))
        last, below = (part.kind, part.below) if part else ("", 0)
    return found


def drawn_faults(codec: Codec, wishes: Wishes, *, count: int) -> list[object]:
    walk, random, found = Walk(codec, legal(codec, wishes)), Random(count), list[object]()
    for _ in range(count):
        symbols = walk.draw(random, random.randrange(150))
        score = joined(codec, symbols)
        found += [(symbols, fault) for fault in faults(score, wishes)]
        if not canonical(codec, symbols, wishes):
            found.append((symbols, "said otherwise"))
        if wishes.bars and sum(n for kind, n in split_numbers(symbols) if kind == "t") != length(score, wishes.bars):
            found.append((symbols, "ends elsewhere"))
    return found


def length(score: Score, bars: int) -> int:
    """The tick behind so many bars."""
    tick, lines = 0, Bars.of(score)
    for _ in range(bars):
        tick = lines.at(tick).stop
    return tick


@pytest.mark.parametrize("wishes", WISHES[:5], ids=str)
@pytest.mark.parametrize("codec", CODECS[:6], ids=range(6))
def test_what_is_drawn_is_legal_and_as_wished(codec: Codec, wishes: Wishes) -> None:
    assert drawn_faults(codec, wishes, count=40) == []


@pytest.mark.parametrize("codec", CODECS[:4], ids=range(4))
def test_what_is_drawn_can_be_written_and_read(codec: Codec) -> None:
    tokenizer, walk, random = codec.tokenizer, Walk(codec, legal(codec)), Random(8)
    assert isinstance(tokenizer, Events)
    for _ in range(20):
        score = joined(codec, walk.draw(random, 120))
        ((again, _),) = read_bytes(to_bytes(score))
        assert tokenizer.kept(again) == score


@pytest.mark.slow
@pytest.mark.parametrize("wishes", WISHES[:5], ids=str)
@pytest.mark.parametrize("codec", CODECS, ids=range(8))
def test_what_is_drawn_much_is_legal_and_as_wished(codec: Codec, wishes: Wishes) -> None:
    assert drawn_faults(codec, wishes, count=600) == []


@pytest.mark.parametrize("codec", CODECS, ids=range(8))
def test_what_is_allowed_is_what_can_be_said(codec: Codec) -> None:
    random = Random(5)
    for wishes in WISHES:
        constraint = legal(codec, wishes)
        state = constraint.start
        for symbol in Walk(codec, constraint).draw(random, 24, whole=False):
            assert differing(codec, constraint, state) == []
            state = constraint.step(state, symbol)


def differing(codec: Codec, constraint: Constraint, state: object) -> list[object]:
    """Symbols that the mask allows and `step` does not take, or the reverse, or that lead to where nothing may come."""
    mask, found = constraint.allowed(state), list[object]()
    assert mask is not None
    for id in range(codec.vocabulary.size):
        symbol = codec.vocabulary.symbol_of(id)
        after = constraint.step(state, symbol) if isinstance(symbol, str | Boundary) else None
        if mask[id] != (after is not None) or (after is not None and not live(constraint, after)):
            found.append(symbol)
    return found


def live(constraint: Constraint, state: object) -> bool:
    mask = constraint.allowed(state)
    return mask is not None and bool(mask.any())


def accepts(codec: Codec, score: Score, wishes: Wishes = NONE) -> bool:
    constraint = legal(codec, wishes)
    state = constraint.start
    for ids in codec.encode(score):
        for id in [*ids.tolist(), 0]:
            symbol = codec.vocabulary.symbol_of(id)
            assert isinstance(symbol, str | Boundary)
            state = constraint.step(state, symbol)
            if state is None:
                return False
    return True


@st.composite
def legal_scores(draw: st.DrawFn) -> Score:
    """Pieces that keep to all that is legal: tracks of notes none of which overlaps another of its pitch."""
    division, tracks = draw(st.sampled_from([1, 7, 96])), []
    metre = Metre(0, draw(st.sampled_from([1, 3, 7, 12])), draw(st.sampled_from([4, 8])))
    for channel in draw(st.lists(st.sampled_from([0, 3, 9]), max_size=3)):
        notes, ends = list[Note](), dict[int, int]()
        for start in sorted(draw(st.lists(st.integers(0, 500), max_size=8))):
            pitch, velocity, duration = draw(st.tuples(st.integers(58, 62), st.integers(1, 127), st.integers(1, 99)))
            if ends.get(pitch, 0) <= start:
                notes.append(Note(start, pitch, velocity, duration))
                ends[pitch] = start + duration
        programs = tuple(Program(at, 5) for at in sorted(draw(st.sets(st.integers(0, 600), max_size=2))))
        tracks.append(Track(channel, tuple(sorted(notes)), "", programs))
    bar = Bars(division, [metre]).at(0).stop
    metres = (metre, Metre(bar * draw(st.integers(1, 3)), 2, 2))
    return Score(division, tuple(tracks), tuple(Tempo(at, 10**5) for at in (0, 77)), metres, (Key(33, -3, True),))


@settings(max_examples=60, deadline=None)
@given(legal_scores(), st.sampled_from(CODECS))
def test_legal_pieces_are_taken(score: Score, codec: Codec) -> None:
    assert accepts(codec, score)


OVERLAP = Track(0, (Note(0, 60, 64, 20), Note(10, 60, 64, 20)))
EMPTY = Track(0, (Note(0, 60, 64, 0),))


@pytest.mark.parametrize(
    "score",
    [
        Score(96, (OVERLAP,)),
        Score(96, (EMPTY,)),
        Score(96, TUNE.tracks, metres=(Metre(0, 4, 4), Metre(96, 3, 4))),
        Score(96, tuple(Track(0, (Note(n, 60, 64, 1),)) for n in range(65))),
    ],
    ids=["overlap", "nothing", "metre within a bar", "tracks"],
)
def test_what_is_not_legal_is_refused(score: Score) -> None:
    assert [accepts(codec, score) for codec in CODECS] == [False] * len(CODECS)


def test_boundaries_that_are_missing_or_too_many_are_refused() -> None:
    codec, bar = CODECS[0], Boundary("bar")
    begin = ["x4", "k0", "c0", "v1", "d1", "p60"]
    constraint = legal(codec)

    def takes(*symbols: Spoken) -> bool:
        state: object = constraint.start
        for symbol in [*begin, *symbols]:
            state = None if state is None else constraint.step(state, symbol)
        return state is not None

    assert takes("t16", bar, "p60") and takes("t15", "p60", "t1", bar, "m3", "/4", "t12", bar)
    ways: list[tuple[Spoken, ...]] = [(bar,), ("t17",), ("t16", "p60"), ("t16", bar, bar), ("t15", bar)]
    ways += [("t1", "t1"), ("t1", "m3"), ("v1",), ("d2", "v2"), ("p60",), ("p59",), ("k0",), ("k2",), ("x4",), ("t0",)]
    assert [way for way in ways if takes(*way)] == []


def test_a_note_that_sounds_forever_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(at: events_states.State, pitch: int) -> events_states.State:
        after = events_states.sounding(at, pitch)
        return after._replace(voices=tuple(voice._replace(sounds=0) for voice in after.voices))

    monkeypatch.setattr("seqgen_midi.constraints.events.sounding", forgetful)
    assert drawn_faults(CODECS[1], Wishes(key="C", range="C4-E4"), count=60)


def test_the_way_to_an_end_is_short() -> None:
    constraint = legal(CODECS[0])
    state = constraint.begin(["x15.1", "k0", "c3", "v1", "d7.1"])
    assert list(constraint.complete(state) or ()) == ["p0"]
    assert list(constraint.complete(constraint.start) or ()) == ["x15.1"]


def test_a_piece_of_bars_ends_there() -> None:
    constraint = legal(CODECS[0], Wishes(bars=2, metre="3/4"))
    way = list(constraint.complete(constraint.start) or ())
    assert way == ["x15.1", "m3", "/4", "t1.2", "t13.1", Boundary("bar"), "t1.2", "t13.1"]


def test_more_bars_than_a_piece_can_have_are_an_error() -> None:
    with pytest.raises(UsageError, match="263172"):
        legal(CODECS[0], Wishes(bars=1_000_000, metre="255/1"))


def numerals_of(random: Random, kind: str, high: int) -> Numerals:
    counts = {random.randrange(1, high + 1): random.randrange(60) for _ in range(random.choice([0, 9, 60]))}
    return random.choice([Numerals.plain(kind), Numerals.learn(kind, counts, random.choice([0, 5, 64]))])


def test_numbers_can_be_said_to_their_end_and_in_one_way() -> None:
    random = Random(3)
    for _ in range(150):
        kind = random.choice("tdkvib")
        high = min(random.choice([40, 300, 1500]), (1 << BITS[kind]) - 1)
        numerals = numerals_of(random, kind, high)
        low = random.choice([int(kind in POSITIVE), 1, random.randrange(1, high)])
        check_numbers(random, numerals, Range(low, high, random.choice([-1, low, random.randrange(low, high)])))


def check_numbers(random: Random, numerals: Numerals, range: Range) -> None:
    """What may come, at each step of a walk, is what goes on to a number in the range, all of which are tried."""
    vocabulary = Vocabulary(("document",), numerals.symbols())
    rows = Rows(vocabulary.size)
    counting = Counting(numerals, vocabulary, rows)
    ways = [numerals.say(n) for n in numbers(*range[:2]) if n != range.but]
    said, way = BEGUN, tuple[str, ...]()
    while ways:
        row, ends = counting.row(said, range), said != BEGUN and counting.ends(said, range)
        symbols = {vocabulary.symbol_of(int(id)) for id in np.flatnonzero(rows.union([row]))}
        assert row == counting.plainly(said, range) and ends == (way in ways)
        assert symbols == {each[len(way)] for each in ways if len(each) > len(way)}
        assert way + counting.rest(said, range) == numerals.say(counting.least(said, range))
        if not symbols:
            return
        way = (*way, str(random.choice(sorted(symbols, key=str))))
        said, ways = after(counting, said, way[-1]), [each for each in ways if each[: len(way)] == way]


def numbers(low: int, high: int) -> range:
    return range(low, high + 1)


def after(counting: Counting, said: Said, symbol: str) -> Said:
    part = part_of(symbol)
    assert part
    found = counting.after(said, part)
    assert found
    return found

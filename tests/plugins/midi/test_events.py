"""The tokenizer `events`: every piece comes back at its tick, and any symbols are a piece."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen.codec import Codec
from seqgen.domain import Document
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_midi.score import LAST_TICK, Bend, Control, Key, Metre, Note, Program, Score, Tempo, Text, Track
from seqgen_midi.tokenizers import numbers
from seqgen_midi.tokenizers.events import Events
from seqgen_midi.tokenizers.numbers import BITS, Numerals, part_of

LEVELS = [(), ("bar",), ("section", "bar", "beat"), ("section",), ("section", "beat")]
EVERYTHING = ("controls", "bends")
TICKS = st.one_of(st.integers(0, 3), st.integers(0, 400), st.sampled_from([239, 240, 480]))
FAR = st.sampled_from([0, 5, LAST_TICK - 1, LAST_TICK])


def tracks(ticks: st.SearchStrategy[int]) -> st.SearchStrategy[Track]:
    """Tracks with anything in them, at any tick."""

    def some(kind: Any, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
        return st.lists(st.builds(kind, *parts), max_size=4).map(lambda found: tuple(sorted(found)))

    byte = st.sampled_from([0, 7, 64, 127])
    return st.builds(
        Track,
        st.integers(0, 15),
        some(Note, ticks, st.sampled_from([0, 60, 61, 127]), st.integers(1, 127), ticks),
        programs=some(Program, ticks, byte),
        controls=some(Control, ticks, byte, byte),
        bends=some(Bend, ticks, st.sampled_from([-8192, -1, 0, 8191])),
    )


@st.composite
def scores(draw: st.DrawFn, ticks: st.SearchStrategy[int] = TICKS) -> Score:
    def some(kind: Any, *parts: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return tuple(sorted(draw(st.lists(st.builds(kind, ticks, *parts), max_size=3))))

    return Score(
        draw(st.sampled_from([1, 2, 96, 480, 32767])),
        tuple(draw(st.lists(tracks(ticks), max_size=4))),
        some(Tempo, st.sampled_from([1, 272727, 500_000, (1 << 24) - 1])),
        some(Metre, st.sampled_from([1, 3, 7, 13, 255]), st.sampled_from([1, 4, 8, 128])),
        some(Key, st.integers(-7, 7), st.booleans()),
        (Text(0, "text", "words"),),
    )


TUNE = Score(
    480,
    (
        Track(0, (Note(0, 60, 80, 239), Note(240, 62, 80, 239), Note(1920, 64, 90, 479)), programs=(Program(0, 24),)),
        Track(9, (Note(240, 36, 100, 0), Note(240, 38, 100, 120))),
    ),
    (Tempo(0, 500_000),),
    (Metre(0, 6, 8),),
    (Key(0, -2, True),),
)
SAID = """x15.1 q15.3 q8.2 q9.1 m6 /8 s-2m k0 c0 i24 v2.1 v16 d7.1 d15 p60 t7.1 t16 p62
k1 c9 v3.1 v4 d0 p36 d3.1 d24 p38 t1.2 t5.1 t16 |bar t15.1 k0 v2.1 v26 d14.1 d31 p64"""


def learnt(*pieces: Score, times: int = 20, **options: Any) -> Events:
    return Events(**options).fit(Document(str(n), piece) for n, piece in enumerate(pieces * times))


def spelled(tokenizer: Events, score: Score) -> str:
    return " ".join(each if isinstance(each, str) else f"|{each.level}" for each in tokenizer.split(score))


def joined(tokenizer: Events, symbols: Iterable[object]) -> Score:
    (score,) = tokenizer.join(each for each in symbols if isinstance(each, str))
    return score


def test_a_tune_is_said() -> None:
    assert spelled(Events(), TUNE).split() == SAID.split()


def test_common_numbers_are_whole() -> None:
    tokenizer = learnt(TUNE)
    assert spelled(tokenizer, TUNE).startswith("x480 q500000 m6 /8 s-2m k0 c0 i24 v80 d239 p60 t240 p62 k1 c9 v100")
    assert "d239" not in spelled(learnt(TUNE, whole=0), TUNE) and "d239" not in spelled(learnt(TUNE, times=1), TUNE)
    assert len(tokenizer.alphabet()) < 350


@settings(max_examples=150, deadline=None)
@given(scores(), st.sampled_from(LEVELS), st.sampled_from([(), EVERYTHING]), st.sampled_from([None, 0, 64]))
def test_every_piece_comes_back(
    score: Score, levels: tuple[str, ...], keep: tuple[str, ...], whole: int | None
) -> None:
    tokenizer = Events(levels=levels, keep=keep) if whole is None else learnt(TUNE, levels=levels, keep=keep)
    check(tokenizer, score)
    if whole is not None:
        check(learnt(score, levels=levels, keep=keep, whole=whole), score)


@settings(deadline=None)
@given(scores(FAR))
def test_ticks_may_be_large(score: Score) -> None:
    check(Events(levels=()), score)
    check(learnt(score, levels=()), score)


def check(tokenizer: Events, score: Score) -> None:
    """The law, that no symbol is unknown, and that what is kept is all that is."""
    symbols, kept = list(tokenizer.split(score)), tokenizer.kept(score)
    assert joined(tokenizer, symbols) == kept == tokenizer.kept(kept)
    assert {*tokenizer.alphabet(), *map(Boundary, tokenizer.levels)}.issuperset(symbols)
    assert [list(t.notes) for t in kept.tracks] == [sorted(map(cut, t.notes)) for t in score.tracks if t.notes]
    assert sum(map(tokenizer.length, filter(is_symbol, symbols))) == score.notes  # type: ignore[arg-type]


def cut(note: Note) -> Note:
    """A note as far as the longest piece goes."""
    return note._replace(duration=min(note.duration, LAST_TICK - note.start))


def is_symbol(each: object) -> bool:
    return isinstance(each, str)


def test_forty_tracks_come_back() -> None:
    score = Score(1, tuple(Track(n % 16, (Note(39 - n, n, 1, n),)) for n in range(40)))
    check(Events(), score)
    assert spelled(Events(levels=()), replace(score, tracks=score.tracks[1:3])) == (
        "x1 t1.1 t5 k0 c1 k1 c2 v1 d2 p2 t1 k0 v1 d1 p1"
    )


def test_a_broken_way_to_say_a_number_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "binary", lambda digit: [digit & -digit])
    tokenizer = learnt(Score(96), times=1, levels=())
    assert joined(tokenizer, tokenizer.split(TUNE)) != tokenizer.kept(TUNE)


def test_boundaries_stand_where_bars_begin() -> None:
    score = Score(4, (Track(0, (Note(3, 60, 64, 1), Note(40, 60, 64, 1))),), metres=(Metre(0, 4, 4), Metre(32, 2, 4)))
    begin = "x4 m4 /4 t3 k0 c0 v2.1 d1 p60"
    assert spelled(Events(), score) == f"{begin} t13 |bar t16 |bar m2 /4 t8 |bar p60"
    tokenizer = Events(levels=("section", "beat"), section_bars=2)
    beats = "|beat t4 |beat t4 |beat t4 |beat t4 |beat t4 |beat t4 |beat t4"
    assert spelled(tokenizer, score) == f"{begin} t1 {beats} |section m2 /4 t4 |beat t4 |beat p60"


def test_what_is_not_kept_is_not_said() -> None:
    track = Track(0, (Note(0, 60, 64, 9),), "name", (), (Control(0, 64, 127),), (Bend(0, 0), Bend(0, -3)))
    assert "o2.1 u3.1 u31 f3 v2.1" in spelled(Events(keep=EVERYTHING), Score(96, (track, Track(1))))
    assert spelled(Events(), Score(96, (track, Track(1)))) == "x3.1 k0 c0 v2.1 d9 p60"
    assert spelled(Events(keep=("bends",)), Score(96, (replace(track, bends=(Bend(0, 0),)),))).count("b") == 0


@settings(deadline=None)
@given(st.lists(st.sampled_from([*Events(keep=EVERYTHING).alphabet(), "", "x", "t99999", "p128", "t-1", "p60", "d1"])))
def test_any_symbols_are_a_piece(symbols: list[str]) -> None:
    tokenizer = Events(keep=EVERYTHING)
    score = joined(tokenizer, symbols)
    assert tokenizer.kept(score) == score and score.division > 0
    for track in score.tracks:
        assert all(n.end <= LAST_TICK >= n.duration >= 0 < n.velocity < 128 > n.pitch >= 0 for n in track.notes)


def test_nothing_is_an_empty_piece() -> None:
    assert joined(Events(), []) == Score() and spelled(Events(), Score()) == "x15.1"


def test_notes_have_something_to_sound_with() -> None:
    assert joined(Events(), ["x4", "p60"]).tracks == (Track(0, (Note(0, 60, 64, 4),)),)


NUMBERS = st.one_of(st.integers(1, (1 << 28) - 1), st.integers(1, 2000))


@given(st.dictionaries(NUMBERS, st.integers(1, 40), max_size=12), NUMBERS)
def test_a_number_is_the_sum_of_its_symbols(counts: dict[int, int], number: int) -> None:
    for numerals in (Numerals.plain("d"), Numerals.learn("d", counts, 3), Numerals.learn("d", counts, 0)):
        parts = [part_of(symbol) for symbol in numerals.say(number)]
        assert sum(part.value for part in parts if part) == number and None not in parts
        values = [part.value for part in parts if part]
        assert values == sorted(set(values), reverse=True)
        assert set(numerals.symbols()).issuperset(numerals.say(number)) and len(numerals.wholes) <= 3
        assert Numerals.from_json("d", numerals.to_json()) == numerals


def test_what_was_learnt_can_be_kept() -> None:
    tokenizer = learnt(TUNE)
    codec = Codec(tokenizer, Vocabulary.build(("document", "bar"), {}, alphabet=tokenizer.alphabet()))
    assert Codec.from_json(codec.to_json(), {"events": Events}) == codec
    assert Events().with_learnt(Events().learnt()) == Events() != tokenizer
    assert tokenizer.with_learnt(tokenizer.learnt()).numerals == tokenizer.numerals


ODD = [3, {}, *(dict.fromkeys(BITS, value) for value in ([], [[0], []], [[], [[9, 3]]], [["a"], []]))]


@pytest.mark.parametrize("value", ODD)
def test_what_was_never_learnt_is_refused(value: Any) -> None:
    with pytest.raises(InputError):
        Events().with_learnt(value)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"levels": ("page",)}, UnknownName),
        ({"levels": ("bar", "section")}, UsageError),
        ({"keep": ("lyrics",)}, UnknownName),
        ({"whole": -1}, UsageError),
        ({"section_bars": 0}, UsageError),
    ],
)
def test_options_have_ranges(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Events(**options)

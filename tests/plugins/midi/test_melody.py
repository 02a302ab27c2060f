"""Melodies to symbols and back: what is kept comes back, and whatever is said is music."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from seqgen.domain import Document
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen_midi.score import Key, Metre, Note, Score, Tempo, Track
from seqgen_midi.tokenizers.lines import fine_of
from seqgen_midi.tokenizers.melody import Melody
from tests.plugins.midi.melodies import codec_of, faults, join, random_score

TOKENIZERS = (
    Melody(),
    Melody(levels=()),
    Melody(levels=("section", "bar", "beat"), section_bars=2),
    Melody(levels=("beat",), resolution=5, lookback=(0,)),
    Melody(levels=("section",), resolution=7, lookback=(1, 3), tempo=False, key=False),
)


def tune(*notes: tuple[int, int, int], metres: tuple[Metre, ...] = ()) -> Score:
    """A score of (start, pitch, duration), in twelfths of a quarter."""
    return Score(12, (Track(0, tuple(Note(start, pitch, 90, last) for start, pitch, last in notes)),), metres=metres)


def said(score: Score, tokenizer: Melody | None = None) -> str:
    """The symbols of a score; a bar line is |."""
    symbols = (tokenizer or Melody().fit([Document("", score)])).split(score)
    shown = (symbol if isinstance(symbol, str) else f"|{symbol.level}" for symbol in symbols)
    return " ".join(shown).replace("|bar", "|")


def test_notes_and_rests_fill_their_bars() -> None:
    assert said(tune((0, 60, 6), (12, 62, 12), (48, 64, 24))) == "p60 d6 r d6 p62 d12 r d24 | p64 d24 r d24"


def test_what_goes_on_over_a_bar_line_is_said_again_behind_it() -> None:
    assert said(tune((36, 60, 108))) == "r d36 p60 d12 | ~ d48 | ~ d48"


def test_a_note_that_stood_there_a_bar_ago_is_repeated_the_nearest_first() -> None:
    notes = [(48 * bar, 60, 12) for bar in (0, 1, 3)] + [(96, 60, 24)]
    assert said(tune(*sorted(notes))) == "p60 d12 r d36 | <1 r d36 | p60 d24 r d24 | <2 r d36"
    for none in ((), (0,)):
        assert "<" not in said(tune(*sorted(notes)), Melody(lookback=none))


def test_repetitions_count_bars_in_every_metre() -> None:
    notes = [(36 * bar + 12 * beat, 60 + beat, 12) for bar in range(2) for beat in range(3)]
    assert said(tune(*notes, metres=(Metre(0, 3, 4),))) == "m3/4 p60 d12 p61 d12 p62 d12 | <1 <1 <1"


def test_a_pickup_is_a_bar_of_its_own() -> None:
    score = tune((0, 60, 6), (6, 62, 36), metres=(Metre(0, 1, 8), Metre(6, 6, 8)))
    assert said(score) == "m1/8 p60 d6 | m6/8 p62 d36"


def test_a_bar_that_is_cut_short_has_its_own_metre() -> None:
    score = tune((0, 60, 24), (24, 62, 36), metres=(Metre(0, 4, 4), Metre(24, 3, 4)))
    assert said(score) == "m2/4 p60 d24 | m3/4 p62 d36"


def test_a_metre_that_the_grid_lacks_is_rounded() -> None:
    assert said(tune((0, 60, 12), metres=(Metre(0, 5, 64),))).startswith("m5/16 p60 d12")


def test_triplets_and_sixteenths_are_exact() -> None:
    score = replace(tune((0, 60, 40), (40, 62, 40), (80, 64, 40), (120, 65, 30)), division=120)
    assert said(score) == "p60 d4 p62 d4 p64 d4 p65 d3 r d33"


def test_a_tick_less_than_a_step_is_nothing_and_no_note_is_lost_to_rounding() -> None:
    score = Score(480, (Track(0, (Note(0, 60, 80, 239), Note(240, 62, 80, 1), Note(260, 64, 80, 219))),))
    assert said(score) == "p60 d6 p62 d1 p64 d5 r d36"


def test_of_notes_that_begin_on_one_step_the_highest_stays() -> None:
    score = Score(480, (Track(0, (Note(0, 60, 80, 5), Note(10, 67, 80, 470), Note(15, 64, 80, 465))),))
    assert said(score) == "p67 d12 r d36"


def test_tempo_and_key_come_first() -> None:
    score = replace(tune((0, 60, 48)), tempos=(Tempo(0, 500_000),), keys=(Key(0, -2, False), Key(0, -3, True)))
    assert said(score) == "q120 s-3m p60 d48"
    assert said(score, Melody(tempo=False, key=False)) == "p60 d32+ d16"
    assert said(replace(score, tracks=())) == "q120 s-3m"


def test_marks_stand_before_bars_sections_and_beats() -> None:
    notes = [(36 * n, 60, 36) for n in range(3)]
    tokenizer = Melody(levels=("section", "bar", "beat"), section_bars=2, lookback=())
    score = tune(*notes, metres=(Metre(0, 6, 8),))
    tokenizer = tokenizer.fit([Document("", score)])
    assert said(score, tokenizer) == "m6/8 p60 d18 |beat ~ d18 | p60 d18 |beat ~ d18 |section p60 d18 |beat ~ d18"


def test_the_symbol_that_begins_a_note_counts() -> None:
    random = Random(2)
    for _ in range(200):
        score, tokenizer = random_score(random), random.choice(TOKENIZERS)
        symbols = [symbol for symbol in tokenizer.split(score) if isinstance(symbol, str)]
        assert sum(map(tokenizer.length, symbols)) == tokenizer.quantised(score).notes


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_what_is_kept_comes_back(tokenizer: Melody) -> None:
    random = Random(3)
    scores = [random_score(random) for _ in range(200)]
    codec = codec_of(tokenizer, scores[:50])
    assert isinstance(codec.tokenizer, Melody)
    for score in scores:
        kept, symbols = codec.tokenizer.quantised(score), list(codec.tokenizer.split(score))
        assert join(codec, symbols) == kept
        assert codec.tokenizer.quantised(kept) == kept
        assert list(codec.tokenizer.split(kept)) == symbols
        assert all(symbol in codec.vocabulary for symbol in symbols)
        assert faults(kept) == []


def test_a_tie_that_is_forgotten_is_seen() -> None:
    score = tune((36, 60, 24), (60, 62, 12))
    symbols = list(Melody().split(score))
    assert join(codec_of(Melody()), symbols) == Melody().quantised(score)
    assert join(codec_of(Melody()), (symbol for symbol in symbols if symbol != "~")) != Melody().quantised(score)


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_whatever_is_said_is_music(tokenizer: Melody) -> None:
    random = Random(4)
    codec = codec_of(tokenizer, [random_score(random) for _ in range(20)])
    assert isinstance(codec.tokenizer, Melody)
    often = ("p60", "p61", "m1", "/4")
    usual = [symbol for symbol in codec.vocabulary.symbols if symbol[0] in "dr~<" or symbol in often]
    for _ in range(100):
        symbols = random.choices(random.choice((codec.vocabulary.symbols, usual)), k=random.randrange(200))
        score = join(codec, [*symbols, "nonsense"])
        assert faults(score) == []
        assert codec.tokenizer.quantised(score) == score


def test_endless_notes_and_rests_are_bounded() -> None:
    codec = codec_of(Melody())
    for value in ("r", "~"):
        score = join(codec, [*["p60", "d64"], *[value, "d64"] * 5000, "p60", "d64"])
        assert faults(score) == []
        assert 480 * 1024 <= score.end < 480 * 1034


def test_what_is_learnt_is_kept_and_checked() -> None:
    scores = [tune((0, 60, 7), (7, 62, 11), metres=(Metre(0, 7, 8),)), replace(tune(), tempos=(Tempo(0, 600_000),))]
    tokenizer = Melody().fit(Document(str(n), score) for n, score in enumerate(scores))
    assert tokenizer.learnt() == {"durations": [7, 11, 24], "metres": ["7/8"], "tempos": [100]}
    assert Melody().with_learnt(tokenizer.learnt()) == tokenizer
    assert Melody().fit([]) == Melody()
    empty: dict[str, list[int]] = {"durations": [], "metres": [], "tempos": []}
    for wrong in (
        None,
        {},
        empty | {"durations": [0]},
        {**empty, "metres": ["x"]},
        {**empty, "metres": ["06/8"]},
        {**empty, "metres": [6]},
        {**empty, "tempos": [1.5]},
    ):
        with pytest.raises(InputError):
            Melody().with_learnt(wrong)


def test_options_are_checked() -> None:
    wrong: list[dict[str, Any]] = [{"resolution": 0}, {"lookback": (2, 1)}, {"lookback": (65,)}, {"section_bars": 0}]
    for options in [*wrong, {"levels": ("beat", "bar")}, {"levels": ("foo",)}]:
        with pytest.raises((UsageError, UnknownName)):
            Melody(**options)


def test_bar_lines_lie_on_the_grid() -> None:
    assert [fine_of(steps) for steps in (1, 4, 5, 12, 24)] == [1, 1, 5, 3, 6]

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen.codec import Codec
from seqgen.errors import UsageError
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_midi.losses import losses
from seqgen_midi.marks import marks
from seqgen_midi.playing import Sound, played
from seqgen_midi.score import Control, Metre, Note, Score, Tempo, Track
from seqgen_midi.tokenizers import performance
from seqgen_midi.tokenizers.performance import Performance

PLAIN = Performance()
BAR, BEAT, SECTION = Boundary("bar"), Boundary("beat"), Boundary("section")
PITCHES = st.sampled_from([0, 60, 61, 64, 127])
NOTES = st.lists(st.builds(Note, st.integers(0, 600), PITCHES, st.integers(1, 127), st.integers(0, 300)), max_size=12)
PEDALS = st.lists(st.builds(Control, st.integers(0, 900), st.sampled_from([64, 7]), st.integers(0, 127)), max_size=6)
TEMPOS = st.lists(st.builds(Tempo, st.integers(0, 600), st.integers(100_000, 2_000_000)), max_size=3)
METRES = st.lists(st.builds(Metre, st.integers(0, 600), st.integers(1, 7), st.sampled_from([4, 8])), max_size=3)
ODD = Performance(levels=("section", "bar", "beat"), rate=30, longest=7, velocities=5, pedal=False, section_bars=2)
TOKENIZERS = st.sampled_from([PLAIN, ODD, Performance(velocities=0, rate=1000), Performance(velocities=127, rate=1)])


@st.composite
def scores(draw: st.DrawFn) -> Score:
    tracks = tuple(
        Track(channel, tuple(sorted(draw(NOTES))), controls=tuple(sorted(draw(PEDALS))))
        for channel in draw(st.lists(st.sampled_from([0, 1, 9]), max_size=3))
    )
    return Score(draw(st.integers(1, 96)), tracks, tuple(sorted(draw(TEMPOS))), tuple(sorted(draw(METRES))))


def score_of(*notes: tuple[int, int, int], pedal: Sequence[tuple[int, int]] = ()) -> Score:
    """A piece of notes (start, pitch, end) in steps of 10 ms."""
    made = tuple(Note(start * 10, pitch, 62, (end - start) * 10) for start, pitch, end in sorted(notes))
    return Score(500, (Track(0, made, controls=tuple(Control(at * 10, 64, value) for at, value in pedal)),))


def spelled(score: Score, tokenizer: Performance = PLAIN) -> str:
    return " ".join(each if isinstance(each, str) else f"|{each.level}" for each in tokenizer.split(score))


def joined(symbols: Iterable[str], tokenizer: Performance = PLAIN) -> Score:
    (score,) = tokenizer.join(symbols)
    return score


def again(score: Score, tokenizer: Performance) -> Score:
    return joined([each for each in tokenizer.split(score) if isinstance(each, str)], tokenizer)


def lawful(score: Score) -> bool:
    """Whether a piece of one track can be written as it is."""
    notes = [note for track in score.tracks for note in track.notes]
    sane = all(note.duration > 0 <= note.pitch < 128 and 0 < note.velocity < 128 <= 128 + note.start for note in notes)
    alone = all(
        one.end <= other.start or other.end <= one.start
        for index, one in enumerate(notes)
        for other in notes[:index]
        if one.pitch == other.pitch
    )
    times = sorted({0, *(note.start for note in notes), *(note.end for note in notes)})
    near = all(late - early < 1 << 28 for early, late in pairwise(times))
    return sane and alone and near and notes == sorted(notes)


def test_a_chord_and_a_note() -> None:
    score = score_of((50, 64, 75), (50, 60, 75), (75, 60, 300))
    assert spelled(score) == "w50 v16 on60 on64 w25 off60 off64 on60 w100 w100 w25 off60"
    assert joined(spelled(score).split()) == score


def test_velocity_is_said_where_its_bin_changes_and_comes_back_in_the_middle() -> None:
    notes = (Note(0, 60, 1, 10), Note(0, 61, 3, 10), Note(0, 62, 127, 10))
    score = Score(500, (Track(0, notes),))
    assert spelled(score) == "v1 on60 on61 v32 on62 w1 off60 off61 off62"
    assert [note.velocity for note in again(score, PLAIN).tracks[0].notes] == [2, 2, 126]
    assert spelled(score, Performance(velocities=0)) == "on60 on61 on62 w1 off60 off61 off62"


def test_a_middle_is_no_further_than_half_a_bin() -> None:
    for bins in range(1, 128):
        tokenizer = Performance(velocities=bins)
        for velocity in range(1, 128):
            (note,) = again(Score(500, (Track(0, (Note(0, 60, velocity, 10),)),)), tokenizer).tracks[0].notes
            assert abs(note.velocity - velocity) <= -(-127 // bins) // 2


def test_tempos_are_played_out() -> None:
    score = Score(
        100, (Track(3, (Note(0, 60, 64, 100), Note(100, 62, 64, 200))),), (Tempo(0, 10**6), Tempo(200, 10**5))
    )
    assert spelled(score) == "v16 on60 w100 off60 on62 w100 w10 off62"
    assert losses(score, again(score, PLAIN), seconds=True).counts["lost"] == 0


@pytest.mark.parametrize(
    ("score", "sounds"),
    [
        (score_of((0, 60, 10), (4, 60, 6)), [(0, 60, 4), (4, 60, 6)]),
        (score_of((4, 60, 6), (4, 60, 9)), [(4, 60, 9)]),
        (score_of((4, 60, 4)), [(4, 60, 5)]),
        (score_of((0, 60, 4), pedal=[(2, 64), (9, 63)]), [(0, 60, 9)]),
        (score_of((0, 60, 4), pedal=[(2, 63), (9, 64)]), [(0, 60, 4)]),
        (score_of((0, 60, 4), pedal=[(2, 64), (3, 0), (4, 64), (5, 127), (7, 0)]), [(0, 60, 7)]),
        (score_of((0, 60, 4), pedal=[(2, 64), (4, 0)]), [(0, 60, 4)]),
        (score_of((0, 60, 4), (6, 60, 7), (6, 62, 8), pedal=[(2, 64)]), [(0, 60, 6), (6, 60, 8), (6, 62, 8)]),
    ],
)
def test_what_is_heard(score: Score, sounds: list[tuple[int, int, int]]) -> None:
    assert played(score, 100, pedal=True) == [Sound(start, pitch, 62, end) for start, pitch, end in sounds]


def test_the_pedal_holds_its_own_channel_and_only_if_asked_to() -> None:
    score = score_of((0, 60, 4), pedal=[(2, 64), (9, 0)])
    other = replace(score, tracks=(replace(score.tracks[0], controls=()), Track(1, controls=score.tracks[0].controls)))
    assert played(other, 100, pedal=True) == played(score, 100, pedal=False) == [Sound(0, 60, 62, 4)]
    assert spelled(score, Performance(pedal=False)) == "v16 on60 w4 off60"


@given(scores())
def test_no_pitch_sounds_twice_and_every_beginning_is_there(score: Score) -> None:
    for pedal in (False, True):
        sounds = played(score, 10, pedal=pedal)
        assert sounds == sorted(sounds) and all(sound.start < sound.end for sound in sounds)
        for one, other in pairwise(sorted(sounds, key=lambda sound: sound.pitch)):
            assert one.pitch != other.pitch or one.end <= other.start
    notes = {note.pitch for track in score.tracks if track.channel != 9 for note in track.notes}
    assert {sound.pitch for sound in sounds} == notes


def test_drums_are_left_out() -> None:
    drums = Score(500, (Track(9, (Note(0, 36, 90, 10),)),))
    assert spelled(drums) == spelled(drums, Performance(pedal=False)) == ""


def test_the_loudest_of_what_is_struck_at_once_is_heard() -> None:
    for velocities in [(9, 99), (99, 9)]:
        tracks = tuple(Track(0, (Note(0, 60, velocity, velocity),)) for velocity in velocities)
        assert played(Score(500, tracks), 1000, pedal=True) == [Sound(0, 60, 99, 99)]


def test_other_controllers_hold_nothing() -> None:
    loud = Track(0, (Note(0, 60, 62, 40),), controls=(Control(0, 7, 127), Control(900, 7, 0)))
    assert played(Score(500, (loud,)), 100, pedal=True) == [Sound(0, 60, 62, 4)]


def test_nothing_is_an_empty_piece() -> None:
    assert list(PLAIN.join([])) == [Score(500)] and list(PLAIN.split(Score())) == []


@given(scores(), TOKENIZERS)
def test_what_comes_back_is_what_was_promised(score: Score, tokenizer: Performance) -> None:
    quantised = tokenizer.quantised(score)
    assert again(score, tokenizer) == quantised and lawful(quantised)
    assert tokenizer.quantised(quantised) == quantised


@given(scores())
def test_nothing_moves_further_than_half_a_step(score: Score) -> None:
    assert losses(score, again(score, PLAIN), seconds=True).greatest <= 0.005 or overlapping(score)


def overlapping(score: Score) -> bool:
    """Whether there are fewer sounds than notes, so that there is no telling which became which."""
    return len(played(score, 100, pedal=False)) < score.notes


def test_the_promise_can_be_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    score = score_of((0, 60, 10), (40, 60, 60))
    monkeypatch.setattr(performance, "BEGINS", -200)
    assert again(score, PLAIN) != PLAIN.quantised(score)


@given(scores(), TOKENIZERS)
def test_no_symbol_is_unknown(score: Score, tokenizer: Performance) -> None:
    known = {*tokenizer.alphabet(), *map(Boundary, tokenizer.levels)}
    assert known.issuperset(tokenizer.split(score)) and len(tokenizer.alphabet()) == len(set(tokenizer.alphabet()))


@given(st.lists(st.sampled_from([*PLAIN.alphabet()[60::9], "on60", "off60", "w1", "", "x", "w0", "on128", "v33"])))
def test_any_symbols_are_a_piece(symbols: list[str]) -> None:
    score = joined(symbols)
    assert lawful(score) and again(score, PLAIN) == score


def test_notes_without_an_end_end_with_the_piece() -> None:
    assert joined(["on60", "w5", "on62", "w5", "off62"]) == score_of((0, 60, 10), (5, 62, 10))
    assert joined(["off60", "on60", "off60", "w5", "on61"]) == Score(500)


def test_an_hour_of_silence_is_enough() -> None:
    slow = Performance(rate=1, longest=10_000)
    score = joined(["w10000", "w1", "on60", "w1", "off60", "w1", "on60", "w10000"], slow)
    assert [(note.start, note.end) for note in score.tracks[0].notes] == [
        (3_600_000, 3_601_000),
        (3_602_000, 7_202_000),
    ]
    assert lawful(score) and again(score, slow) == score
    longest = Score(
        1, (Track(0, (Note((1 << 28) - 1, 60, 62, 1), Note((1 << 29) - 1, 60, 62, 1))),), (Tempo(0, (1 << 24) - 1),)
    )
    assert lawful(again(longest, PLAIN)) and again(longest, PLAIN) == PLAIN.quantised(longest)
    assert spelled(longest, slow) == "w3600 v16 on60 w17 off60 w3600 on60 w17 off60"


def test_boundaries_stand_where_bars_begin() -> None:
    score = replace(score_of((0, 60, 250), (400, 62, 900)), metres=(Metre(0, 3, 4), Metre(1500, 2, 4)))
    barred = replace(PLAIN, levels=("bar",))
    waits = "w100 w50 |bar w100 |bar off60 w100 |bar w50 on62 w100 w100 w100 w100 w100 off62"
    assert spelled(score, barred) == f"v16 on60 {waits}"
    sections = replace(PLAIN, levels=("section", "bar", "beat"), section_bars=2)
    marked = [each for each in sections.split(score) if isinstance(each, Boundary)]
    assert marked == [BEAT, BEAT, BAR, BEAT, SECTION, BEAT, BAR, BEAT]


@given(
    scores(),
    st.sampled_from([("bar",), ("section", "bar", "beat"), ("section",), ("beat",)]),
    st.sampled_from([1, 100]),
)
def test_boundaries_only_part_waits(score: Score, levels: tuple[str, ...], rate: int) -> None:
    tokenizer = replace(PLAIN, levels=levels, rate=rate)
    symbols = list(tokenizer.split(score))
    assert again(score, tokenizer) == tokenizer.quantised(score)
    for before, each in zip([None, *symbols], symbols, strict=False):
        assert not isinstance(each, Boundary) or (isinstance(before, str) and before.startswith("w"))
    behind = "".join(str(each)[:1] for each in symbols[-1:])
    assert behind in ("", "o")


def test_of_boundaries_at_one_step_the_strongest_stays() -> None:
    score = Score(1, (Track(0, (Note(0, 60, 62, 1), Note(8, 60, 62, 1))),), metres=(Metre(0, 2, 4),))
    coarse = Performance(levels=("bar", "beat"), rate=1, longest=1)
    assert spelled(score, coarse) == "v16 on60 w1 |bar off60 w1 |bar w1 |bar w1 |bar on60 w1 off60"
    fast = replace(score, tempos=(Tempo(0, 100_000),))
    assert spelled(fast, coarse) == "v16 on60 w1 |bar off60 on60 w1 off60"


def test_marks_are_the_strongest() -> None:
    score = Score(4, metres=(Metre(0, 2, 4),))
    assert list(marks(score, ("section", "beat"), section_bars=2, until=16)) == [
        (4, "beat"),
        (8, "beat"),
        (12, "beat"),
        (16, "section"),
    ]


def test_figures_are_per_note() -> None:
    vocabulary = Vocabulary.build(("document",), {}, alphabet=PLAIN.alphabet())
    codec, score = Codec(PLAIN, vocabulary), score_of((0, 60, 10), (4, 60, 6), (4, 61, 7))
    assert sum(int(codec.measure(ids).sum()) for ids in codec.encode(score)) == 3
    assert vocabulary.size == 2 + 128 + 128 + 100 + 32


@pytest.mark.parametrize("options", [{"rate": 0}, {"longest": 0}, {"velocities": 128}, {"section_bars": 0}])
def test_options_have_ranges(options: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Performance(**options)  # type: ignore[arg-type]

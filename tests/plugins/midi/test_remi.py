"""remi: what a score keeps on the grid, that the symbols say all of it, and that nothing is unknown."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen.errors import UnknownName, UsageError
from seqgen.tokenizer import Boundary
from seqgen_midi.bars import Bars
from seqgen_midi.score import DRUMS, Metre, Note, Program, Score, Tempo, Track
from seqgen_midi.tokenizers.grid import TEMPOS, metre_on, metres_of, tempo_of, velocities_of
from seqgen_midi.tokenizers.remi import Remi, lasting

REMI = Remi()
TICKS = st.one_of(st.integers(0, 4000), st.integers(0, 100).map(lambda n: n * 60))
NOTES = st.builds(Note, TICKS, st.sampled_from([0, 36, 60, 61, 127]), st.integers(1, 127), st.integers(0, 9000))
PROGRAMS = st.lists(st.builds(Program, TICKS, st.sampled_from([0, 33, 127])), max_size=2)
TRACKS = st.builds(
    lambda channel, notes, programs: Track(channel, tuple(sorted(notes)), programs=tuple(sorted(programs))),
    st.sampled_from([0, 1, DRUMS, 15]),
    st.lists(NOTES, max_size=12),
    PROGRAMS,
)
METRES = st.builds(
    Metre, TICKS, st.sampled_from([1, 3, 4, 5, 7, 13, 64, 255]), st.sampled_from([1, 2, 4, 8, 16, 32, 64])
)
SCORES = st.builds(
    lambda division, tracks, tempos, metres: Score(
        division, tuple(tracks), tuple(sorted(tempos)), tuple(sorted(metres))
    ),
    st.sampled_from([480, 96, 1024, 17]),
    st.lists(TRACKS, max_size=4),
    st.lists(st.builds(Tempo, TICKS, st.integers(1, (1 << 24) - 1)), max_size=3),
    st.lists(METRES, max_size=3),
)
OPTIONS = st.builds(
    Remi,
    levels=st.sampled_from([(), ("bar",), ("section", "bar", "beat"), ("section",), ("beat",)]),
    resolution=st.sampled_from([1, 5, 7, 12, 96]),
    velocities=st.sampled_from([0, 1, 32, 127]),
    tempos=st.booleans(),
    programs=st.booleans(),
    section_bars=st.sampled_from([1, 4]),
)


def joined(symbols: Iterable[object], tokenizer: Remi = REMI) -> Score:
    (score,) = tokenizer.join(each for each in symbols if isinstance(each, str))
    return score


def tune(*notes: tuple[int, int, int], metres: tuple[Metre, ...] = (), tempos: tuple[Tempo, ...] = ()) -> Score:
    """A melody: onset and duration in ticks of 480 per quarter around a pitch."""
    track = Track(0, tuple(Note(start, pitch, 62, duration) for start, pitch, duration in notes))
    return Score(480, (track,), tempos, metres)


def said(score: Score, tokenizer: Remi = REMI) -> str:
    """The symbols, with | for the boundary of a bar and ' for that of a beat."""
    signs = {Boundary("section"): "||", Boundary("bar"): "|", Boundary("beat"): "'"}
    return " ".join(signs[each] if isinstance(each, Boundary) else each for each in tokenizer.split(score))


def tangled(score: Score) -> list[tuple[Note, Note]]:
    """Notes of one track and pitch that overlap, or have no time, or are out of range."""
    found = []
    for track in score.tracks:
        for pitch in range(128):
            notes = [note for note in track.notes if note.pitch == pitch]
            found += [pair for pair in pairwise(notes) if pair[0].end > pair[1].start]
        found += [(note, note) for note in track.notes if note.duration < 1 or not 0 < note.velocity < 128]
        assert list(track.notes) == sorted(track.notes)
    return found


@settings(deadline=None)
@given(SCORES, OPTIONS)
def test_what_is_quantised_comes_back(score: Score, tokenizer: Remi) -> None:
    symbols = list(tokenizer.split(score))
    kept = tokenizer.quantised(score)
    assert joined(symbols, tokenizer) == kept
    assert list(tokenizer.split(kept)) == symbols
    assert tangled(kept) == []
    assert {each for each in symbols if isinstance(each, str)} <= set(tokenizer.alphabet())


@settings(deadline=None)
@given(st.lists(st.sampled_from([*REMI.alphabet(), *["bar", "@5", "d48", "d96", "p60", "m7/8"] * 200]), max_size=60))
def test_any_symbols_are_a_score_that_can_be_written(symbols: list[str]) -> None:
    score = joined([*symbols, "what is this"])
    assert tangled(score) == []
    assert joined(REMI.split(score)) == score


@settings(deadline=None)
@given(SCORES)
def test_onsets_move_by_half_a_step_at_most(score: Score) -> None:
    kept = REMI.quantised(score)
    onsets = {(Fraction(n.start, kept.division), n.pitch) for track in kept.tracks for n in track.notes}
    for track in score.tracks:
        for note in track.notes:
            near = [each for each, pitch in onsets if pitch == note.pitch]
            assert min(abs(each - Fraction(note.start, score.division)) for each in near) <= Fraction(1, 24)


@settings(deadline=None)
@given(SCORES)
def test_every_bar_line_stays_one(score: Score) -> None:
    """Where they lie on the grid; a bar that is too long gets further ones."""
    metres = tuple(Metre(40 * (each.start // 40), each.beats, min(each.unit, 16)) for each in score.metres)
    piece = Score(480, score.tracks, (), metres)
    kept = REMI.quantised(piece)
    last = max((note.start for track in kept.tracks for note in track.notes), default=0)
    lines = {bar.start for bar in Bars.of(kept).until(last + 1)}
    assert {bar.start for bar in Bars.of(piece).until(last + 1)} <= lines
    assert max(after - before for before, after in pairwise(sorted({*lines, last}))) <= 480 * 12 if last else True


def test_a_note_is_said_by_what_is_new_and_its_pitch() -> None:
    score = tune((0, 60, 240), (240, 64, 240), (240, 60, 240), (480, 62, 480), tempos=(Tempo(0, 500_000),))
    assert said(score) == "bar q120 v62 d6 p60 @6 p60 p64 @12 d12 p62"


def test_instruments_and_percussion() -> None:
    bass = Track(1, (Note(0, 40, 62, 480), Note(480, 40, 62, 480)), programs=(Program(0, 33),))
    score = Score(480, (bass, Track(DRUMS, (Note(480, 36, 62, 480),)), *tune((480, 60, 480)).tracks))
    assert said(score) == "bar i33 v62 d12 p40 @12 i0 p60 i33 p40 drum36"
    assert [(t.channel, t.program, t.notes) for t in REMI.quantised(score).tracks] == [
        (0, 0, (Note(480, 60, 62, 480),)),
        (1, 33, bass.notes),
        (DRUMS, 0, (Note(480, 36, 62, 480),)),
    ]
    assert said(score, Remi(programs=False)) == "bar v62 d12 p40 @12 p40 p60 drum36"


def test_silence_is_kept() -> None:
    score = tune((480, 60, 480), (480 * 17, 60, 480))
    assert said(score) == "bar @12 v62 d12 p60 | bar | bar | bar | bar @12 p60"
    assert joined(REMI.split(score)) == REMI.quantised(score) == score


@pytest.mark.parametrize("metre", [Metre(0, 7, 8), Metre(0, 5, 4), Metre(0, 13, 16), Metre(0, 3, 1), Metre(0, 12, 8)])
def test_odd_metres_are_kept(metre: Metre) -> None:
    score = tune(*((480 * beat, 60, 480) for beat in range(40)), metres=(metre,))
    assert joined(REMI.split(score)) == score
    assert said(score).startswith(f"bar m{metre} v62 d12 p60")


def test_triplets_and_long_notes_are_kept() -> None:
    score = tune((0, 60, 160), (160, 62, 160), (320, 64, 20 * 480))
    assert said(score) == "bar v62 d4 p60 @4 p62 @8 d192 d48 p64"
    assert joined(REMI.split(score)) == score
    assert lasting(4 * 12 * 1023 + 47, 48)[-2:] == ("d48", "d47")


def test_a_pickup_is_a_bar_of_its_own_metre() -> None:
    score = tune((0, 60, 240), (240, 64, 480), metres=(Metre(0, 1, 8), Metre(240, 6, 8)))
    assert said(score) == "bar m1/8 v62 d6 p60 | bar m6/8 d12 p64"
    assert joined(REMI.split(score)) == score


def test_a_bar_that_a_metre_cuts_ends_at_a_position() -> None:
    """A position that no note follows says where; the metre follows even if it is the same."""
    metres = (Metre(0, 4, 4), Metre(200, 4, 4), Metre(680, 3, 4))
    score = tune((0, 60, 200), (200, 60, 480), (680, 60, 480), (1160, 62, 480), metres=metres)
    assert said(score) == "bar m4/4 v62 d5 p60 @5 | bar m4/4 d12 p60 @12 | bar m3/4 p60 @12 p62"
    assert joined(REMI.split(score)) == score


def test_levels() -> None:
    score = tune(*((480 * beat, 60, 480) for beat in (0, 1, 3, 4, 12, 20)))
    tokenizer = Remi(levels=("section", "bar", "beat"), section_bars=2)
    assert said(score, tokenizer) == ("bar v62 d12 p60 ' @12 p60 ' @36 p60 | bar p60 || bar | bar p60 || bar | bar p60")
    assert said(score, Remi(levels=("section",), section_bars=2)).count("||") == 2
    assert "' bar" in said(score, Remi(levels=("beat",)))


def test_long_pieces() -> None:
    score = tune(*((1920 * bar, 60, 480) for bar in range(0, 3000, 3)))
    assert joined(REMI.split(score)) == score


def test_a_piece_without_notes() -> None:
    assert list(REMI.split(Score(96, (Track(0),), (Tempo(0, 400_000),), (Metre(0, 3, 4),)))) == []
    assert joined([]) == joined(["bar", "bar"]) == Score()


def test_no_piece_is_too_long_for_a_file() -> None:
    score = joined(["bar", "m12/4"] + ["bar"] * 46_602 + ["d24576", "p60", "bar", "bar", "p62"])
    assert [note.pitch for note in score.tracks[0].notes] == [60]
    assert score.end == ((1 << 28) - 1) // 40 * 40


def test_metres_that_the_grid_lacks() -> None:
    assert [metre_on(12, *each) for each in [(3, 32), (255, 4), (24, 4), (0, 4), (3, 3)]] == [
        (3, 16),
        (5, 4),
        (12, 4),
        None,
        None,
    ]
    assert metre_on(5, 7, 8) == (7, 4)
    for steps in (1, 5, 12, 96):
        known = set(metres_of(steps))
        assert all(metre_on(steps, beats, 1 << power) in known for beats in range(1, 256) for power in range(8))


def test_tempos_and_velocities() -> None:
    assert [tempo_of(micros) for micros in (500_000, 495_000, 1, 1 << 24)] == [120, 120, 500, 10]
    assert all(tempo_of(round(60_000_000 / each)) == each for each in TEMPOS)
    assert [len(set(velocities_of(bins)[1:])) for bins in (0, 1, 32, 127)] == [1, 1, 32, 127]
    assert velocities_of(127)[1:] == tuple(range(1, 128))
    assert all(velocities_of(32)[middle] == middle for middle in velocities_of(32))


def test_options_are_checked() -> None:
    for given_ in ({"resolution": 0}, {"velocities": 128}, {"section_bars": 0}, {"levels": ("bar", "section")}):
        with pytest.raises(UsageError):
            Remi(**given_)
    with pytest.raises(UnknownName):
        Remi(levels=("phrase",))


def test_figures_are_per_note() -> None:
    assert [
        each for each in ("bar", "m4/4", "@5", "q120", "i5", "v62", "d5", "p60", "drum36") if REMI.length(each)
    ] == [
        "p60",
        "drum36",
    ]

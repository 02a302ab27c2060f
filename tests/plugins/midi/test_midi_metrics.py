"""The metrics of music, on scores whose figures are worked out by hand."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from seqgen.metric import Excerpt, Material, compare
from seqgen_midi.metrics import FIGURES, METRICS, measure
from seqgen_midi.metrics.novelty import steps_of
from seqgen_midi.metrics.piece import Piece, covered
from seqgen_midi.metrics.tonality import PROFILES, key_of
from seqgen_midi.score import Metre, Note, Score, Track
from seqgen_midi.topline import pitched, top_line

MEASURES = {metric.name: metric.measure for metric in METRICS}
Q = 4
"""Ticks of a quarter, so that a bar of 4/4 has 16."""
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def track(notes: Iterable[tuple[int, int, int]], *, channel: int = 0) -> Track:
    """Notes by start, pitch and duration."""
    return Track(channel, tuple(Note(start, pitch, 80, duration) for start, pitch, duration in sorted(notes)))


def score(*notes: tuple[int, int, int], metres: tuple[Metre, ...] = ()) -> Score:
    return Score(Q, (track(notes),), metres=metres)


def line(pitches: Iterable[int], *, start: int = 0, step: int = Q) -> list[tuple[int, int, int]]:
    """One note after the other."""
    return [(start + i * step, pitch, step) for i, pitch in enumerate(pitches)]


def drums(*starts: int) -> Track:
    return track([(start, 38, 1) for start in starts], channel=9)


def figure(name: str, piece: Score, *, ends: bool = True, begins: bool = True) -> float | None:
    return FIGURES[name][0](Piece(piece, begins, ends))


def measured(name: str, excerpts: Sequence[Score], *training: Score) -> float | None:
    return MEASURES[name](
        [Excerpt((each,)) for each in excerpts], Material(training=lambda: iter([each] for each in training))
    )


EMPTY, ONE = Score(), score((0, 60, Q))


def test_of_nothing_nothing_is_measured() -> None:
    assert set(measure(EMPTY).values()) == {None}
    assert set(measure(Score(tracks=(Track(0), Track(9)))).values()) == {None}
    assert all(metric.measure([Excerpt((EMPTY,))], Material()) is None for metric in METRICS)
    assert all(metric.measure([], Material()) is None for metric in METRICS)


def test_one_note() -> None:
    found = measure(ONE)
    assert {name for name, value in found.items() if value is None} == {
        "groove_consistency",
        "phrase_repetition",
        "phrase_transposition",
        "mean_leap",
        "wide_leaps",
    }
    assert (found["pitch_class_entropy"], found["in_key"], found["polyphony"], found["pitch_range"]) == (0, 1, 1, 0)
    assert (found["empty_bars"], found["note_density"], found["bar_repetition"]) == (0, 1, 0)
    assert measured("memorisation", [ONE], ONE) is None and measured("novelty_4", [ONE], ONE) is None


def test_percussion_has_no_pitch_but_a_place() -> None:
    found = measure(Score(Q, (drums(0, 4, 8, 12, 16, 20, 24, 28),)))
    assert {name for name, value in found.items() if value is not None} == {
        "groove_consistency",
        "empty_bars",
        "bar_repetition",
        "note_density",
    }
    assert (found["groove_consistency"], found["bar_repetition"], found["note_density"]) == (1, 0.5, 4)
    tune = score(*line(SCALE))
    with_drums = Score(Q, (*tune.tracks, drums(1, 2, 3)))
    for name in ("pitch_class_entropy", "in_key", "polyphony", "pitch_range", "mean_leap"):
        assert figure(name, with_drums) == figure(name, tune)


def test_a_mean_is_over_the_excerpts_that_have_the_figure() -> None:
    assert measured("pitch_range", [score(*line([60, 61])), score(*line([60, 71])), EMPTY]) == 6


def test_the_entropy_of_pitch_classes() -> None:
    assert figure("pitch_class_entropy", score(*line(range(60, 72)))) == pytest.approx(math.log2(12))
    assert figure("pitch_class_entropy", score(*line([60, 72, 67, 55]))) == pytest.approx(1)
    assert figure("pitch_class_entropy", score((0, 60, 1), (1, 60, 1), (2, 60, 1), (3, 62, 90))) == pytest.approx(
        2 - 3 / 4 * math.log2(3)
    )


@pytest.mark.parametrize("tonic", range(12))
def test_the_key_is_found(tonic: int) -> None:
    major = line([tonic + pitch for pitch in (60, 64, 67, 60, 65, 69, 67, 62, 59, 60)])
    minor = line([tonic + pitch for pitch in (57, 60, 64, 57, 62, 65, 64, 59, 56, 57)])
    assert key_of(pitched(score(*major))) == (tonic, 0)
    assert key_of(pitched(score(*minor))) == ((tonic + 9) % 12, 1)
    assert figure("in_key", score(*major)) == 1
    assert figure("in_key", score(*minor)) == pytest.approx(0.9), "the leading note is no note of natural minor"


def test_the_profiles_are_those_that_were_published() -> None:
    fifths = [7 * step % 12 for step in range(12)]
    assert [[profile[step] for step in fifths] for profile in PROFILES] == [
        [6.35, 5.19, 3.48, 3.66, 4.38, 2.88, 2.52, 2.23, 2.39, 2.33, 2.29, 4.09],  # C G D A E B F# C# G# D# A# F
        [6.33, 4.75, 3.52, 2.69, 2.60, 3.17, 2.54, 2.68, 3.98, 5.38, 3.34, 3.53],
    ]


def test_long_notes_say_more_about_the_key() -> None:
    arpeggio = [60, 64, 67, 60, 64, 67, 62, 66, 69]
    short = score(*line(arpeggio))
    long = score(*((i * 40, pitch, 40 if i > 5 else 4) for i, pitch in enumerate(arpeggio)))
    assert key_of(pitched(short)) == (0, 0) and key_of(pitched(long)) == (2, 0)


def test_the_best_scale() -> None:
    assert figure("scale_consistency", score(*line(SCALE))) == 1
    assert figure("scale_consistency", score(*line([57, 59, 60, 62, 64, 65, 67, 69]))) == 1
    assert figure("scale_consistency", score(*line(range(60, 72)))) == pytest.approx(7 / 12)
    assert figure("scale_consistency", score(*line([*SCALE, 61, 63]))) == pytest.approx(8 / 10)


def test_the_groove_is_over_sets_of_positions() -> None:
    def groove(*starts: int) -> float | None:
        return figure("groove_consistency", score(*((start, 60, 1) for start in starts)))

    assert groove(0, 8, 16, 24) == 1
    assert groove(0, 8, 18, 26) == 0, "of 16 positions 12 are alike, and none of those that are used"
    assert groove(0, 8, 16, 20) == pytest.approx(1 / 3)
    assert groove(0, 8, 16, 24, 32) == pytest.approx((1 + 1 / 2) / 2)
    assert groove(0, 48) == 0, "one pair of empty bars says nothing, two of a full and an empty one do"
    assert groove(0, 5) is None


def test_a_groove_forgives_what_nobody_hears() -> None:
    played = [0, 240, 479, 721, 1922, 2159, 2400, 2638]
    notes = tuple((start, 60, 100) for start in played)
    assert figure("groove_consistency", Score(480, (track(notes),))) == 1
    late = Score(480, (track([(0, 60, 1), (1919, 60, 1), (3840, 60, 1)]),))
    assert figure("groove_consistency", late) == 1, "what comes just before a bar line is on it"


def test_notes_at_once() -> None:
    chord = score((0, 60, 8), (0, 64, 8), (0, 67, 4), (100, 60, 8))
    assert figure("polyphony", chord) == pytest.approx(28 / 16)
    assert figure("polyphony_rate", chord) == pytest.approx(8 / 16)
    assert figure("polyphony_rate", score((0, 60, 4), (2, 64, 4), (6, 65, 1))) == pytest.approx(2 / 7)
    assert figure("polyphony_rate", score(*line(SCALE))) == 0
    assert figure("polyphony", score((0, 60, 0))) is None and figure("polyphony_rate", score((0, 60, 0))) is None


def test_bars_in_which_nothing_sounds() -> None:
    assert figure("empty_bars", score((0, 60, 1), (50, 60, 1))) == pytest.approx(2 / 4)
    assert figure("empty_bars", score((0, 60, 33), (50, 60, 1))) == 0
    assert figure("empty_bars", score((0, 60, 32), (50, 60, 1))) == pytest.approx(1 / 4)
    assert figure("empty_bars", score((16, 60, 16))) == pytest.approx(1 / 2)


def test_bars_of_any_metre() -> None:
    waltz = score(*line([60] * 9), metres=(Metre(0, 3, 4),))
    assert figure("note_density", waltz) == 3
    assert figure("bar_repetition", waltz) == pytest.approx(2 / 3)
    assert figure("note_density", score(*line([60] * 9))) == 3, "the last of three bars is not full"
    assert figure("note_density", score(*line([60] * 10))) == pytest.approx(10 / 3)


def test_a_bar_comes_again_exactly_or_not_at_all() -> None:
    bar = [(0, 60, 4), (4, 62, 4), (8, 64, 8)]

    def repetition(*bars: list[tuple[int, int, int]]) -> float | None:
        return figure(
            "bar_repetition",
            score(*((16 * i + start, pitch, length) for i, notes in enumerate(bars) for start, pitch, length in notes)),
        )

    assert repetition(bar, bar, bar, bar) == pytest.approx(3 / 4)
    assert repetition(bar, [], bar, []) == pytest.approx(1 / 2)
    assert repetition(bar, [(0, 60, 4), (4, 62, 4), (8, 64, 7)]) == 0
    assert repetition(bar, [(0, 60, 4), (4, 62, 4), (9, 64, 7)]) == 0
    assert repetition(bar, [(0, 60, 4), (4, 62, 4), (8, 65, 8)]) == 0


def test_phrases_come_again_as_they_are_or_in_another_key() -> None:
    phrase = [60, 62, 64, 65, 67, 69, 71, 72, 60, 60, 62, 62, 64, 64, 60, 60]
    twice = score(*line([*phrase, *phrase]))
    higher = score(*line([*phrase, *(pitch + 5 for pitch in phrase)]))
    assert figure("phrase_repetition", twice) == pytest.approx(1 / 5), "of five times four bars in a row, one"
    assert figure("phrase_repetition", higher) == 0
    assert figure("phrase_transposition", higher) == pytest.approx(1 / 5)
    bent = score(*line([*phrase, *(pitch + 5 for pitch in phrase[:-1]), 66]))
    assert figure("phrase_transposition", bent) == 0
    late = score((0, 59, 2), *line([*phrase, *phrase], start=16))
    assert figure("phrase_repetition", late) == pytest.approx(1 / 6)
    assert figure("phrase_repetition", score(*line(phrase[:12]))) is None


def test_percussion_is_not_transposed() -> None:
    def beat(*pitches: int) -> Score:
        return Score(Q, (track([(16 * i, pitch, 1) for i, pitch in enumerate(pitches)], channel=9),))

    assert figure("phrase_transposition", beat(36, 38, 36, 38, 36, 38, 36, 38)) == pytest.approx(3 / 5)
    assert figure("phrase_transposition", beat(36, 38, 36, 38, 46, 48, 46, 48)) == 0
    pedal = track([(16 * i, 60 if i < 4 else 62, 1) for i in range(8)])
    mixed = Score(Q, (*beat(36, 38, 36, 38, 38, 40, 38, 40).tracks, pedal))
    assert figure("phrase_transposition", mixed) == 0
    assert figure("phrase_transposition", Score(Q, (pedal,))) == pytest.approx(1 / 5)


def test_the_top_line() -> None:
    notes = pitched(score((0, 72, 8), (0, 60, 4), (4, 64, 4), (8, 65, 4), (8, 74, 4), (12, 59, 4)))
    assert [note.pitch for note in top_line(notes)] == [72, 74, 59]
    assert [note.pitch for note in top_line(pitched(score((0, 60, 9), (4, 60, 4), (5, 61, 1))))] == [60, 60, 61]


def test_leaps_of_the_top_line() -> None:
    jumps = score(*line([60, 60, 72, 59]), (0, 40, 4))
    assert figure("mean_leap", jumps) == pytest.approx(25 / 3)
    assert figure("wide_leaps", jumps) == pytest.approx(1 / 3)
    assert figure("pitch_range", jumps) == 32


def test_the_last_bar_of_what_was_cut_does_not_count() -> None:
    tune = score(*line([60] * 10))
    assert figure("note_density", tune, ends=False) == 4
    assert figure("bar_repetition", tune, ends=False) == pytest.approx(1 / 2)
    assert figure("groove_consistency", tune) == pytest.approx(3 / 4)
    assert figure("groove_consistency", tune, ends=False) == 1
    assert figure("note_density", score(*line([60] * 3)), ends=False) is None
    assert figure("empty_bars", score((0, 60, 99), (20, 60, 1)), ends=False) == 0
    assert figure("pitch_range", score(*line([60, 67])), ends=False) == 7


def test_without_its_beginning_nobody_knows_the_bars() -> None:
    tune = score(*line([60] * 10))
    names = ("note_density", "bar_repetition", "groove_consistency", "empty_bars", "phrase_repetition")
    assert [figure(name, tune, begins=False) for name in names] == [None] * len(names)
    assert figure("pitch_range", tune, begins=False) == 0


def test_a_piece_that_waits_for_ages_is_measured_at_once() -> None:
    far = Score(1, (track([(0, 60, 1), (1 << 50, 62, 1 << 50)]),), metres=(Metre(0, 1, 64),))
    found = measure(far)
    assert found["empty_bars"] == pytest.approx(1 / 2) and found["phrase_repetition"] == 0


def test_spans_cover_once() -> None:
    assert covered([(0, 4), (2, 6), (2, 3), (9, 9), (10, 11)]) == 7 and covered([]) == 0


TUNE = [60, 62, 64, 60, 65, 67, 64, 62, 60, 59, 55, 57, 59, 60, 64, 62, 67, 60]


def test_what_is_copied_in_another_key_and_division_is_found() -> None:
    known = score(*line(TUNE))
    copy = Score(480, (track(line([pitch + 7 for pitch in TUNE[:10]], start=960, step=480)),))
    assert measured("memorisation", [copy], known) == 10
    assert [measured(f"novelty_{n}", [copy], known) for n in (4, 8, 16)] == [0, 0, None]


def test_what_differs_in_a_note_or_in_its_time_is_new() -> None:
    known = score(*line(TUNE))
    other_pitch = score(*line([*TUNE[:9], 58, *TUNE[10:]]))
    assert measured("memorisation", [other_pitch], known) == 9
    assert measured("novelty_4", [other_pitch], known) == pytest.approx(4 / 15)
    assert measured("novelty_16", [other_pitch], known) == 1
    slower = score(*line(TUNE, step=2 * Q))
    assert (measured("memorisation", [slower], known), measured("novelty_4", [slower], known)) == (0, 1)
    assert measured("memorisation", [known, slower], known) == len(TUNE) / 2
    assert measured("novelty_4", [known, slower], known) == pytest.approx(1 / 2)


def test_how_long_a_note_is_held_does_not_make_it_new() -> None:
    short = score(*((start, pitch, 1) for start, pitch, _ in line(TUNE)))
    assert measured("memorisation", [short], score(*line(TUNE))) == len(TUNE)


def test_runs_do_not_go_from_one_track_or_piece_to_the_next() -> None:
    halves = Score(Q, (track(line(TUNE[:9])), track(line(TUNE[9:], start=9 * Q))))
    assert measured("memorisation", [score(*line(TUNE))], halves) == 9
    assert measured("memorisation", [score(*line(TUNE))], *(Score(Q, (each,)) for each in halves.tracks)) == 9
    assert measured("memorisation", [halves], score(*line(TUNE))) == 9
    assert measured("novelty_4", [score(*line(TUNE))], halves) == pytest.approx(3 / 15)
    joined = Score(Q, (track(line(np.cumsum([60, *np.diff(TUNE[:9]), *np.diff(TUNE[9:])]).tolist())),))
    assert measured("memorisation", [joined], halves) == 9
    same = Score(Q, (track(line([60, 61])), track(line([60, 61]))))
    assert measured("memorisation", [same], same) == 2


def test_without_training_all_is_new() -> None:
    assert measured("memorisation", [score(*line(TUNE))]) == 0
    assert measured("novelty_4", [score(*line(TUNE))]) == 1


def test_percussion_is_no_copy() -> None:
    beat = Score(Q, (drums(*range(0, 64, 4)),))
    assert steps_of(beat) == [] and measured("memorisation", [beat], beat) is None


def test_runs_are_those_that_a_plain_search_finds() -> None:
    rng = np.random.default_rng(0)
    pieces = [score(*line(map(int, rng.integers(60, 63, 60)))) for _ in range(6)]
    known = {run for each in pieces[3:] for run in _runs(each, 4)}
    expected = np.mean([np.mean([run not in known for run in _runs(each, 4)]) for each in pieces[:3]])
    assert 0 < expected < 1
    assert measured("novelty_4", pieces[:3], *pieces[3:]) == pytest.approx(expected)


def _runs(piece: Score, n: int) -> list[tuple[int, ...]]:
    pitches = [note.pitch for note in piece.tracks[0].notes]
    return [tuple(pitch - pitches[i] for pitch in pitches[i : i + n]) for i in range(len(pitches) - n + 1)]


def test_training_is_walked_once() -> None:
    walks = list[int]()

    def training() -> Iterable[list[Score]]:
        walks.append(1)
        return [[score(*line(TUNE))]]

    excerpts = [Excerpt((score(*line(TUNE)),))]
    found = compare(METRICS, Material(excerpts, excerpts, training=lambda: iter(training())))
    assert len(walks) == 1 and len(found) == len(METRICS)
    assert found["memorisation"].generated == len(TUNE)

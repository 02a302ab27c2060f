"""Pieces in characters: what is drawn is what is there, and it fits."""

import re

import pytest

from seqgen_midi.rendering.roll import roll
from seqgen_midi.rendering.summary import names, note_name, summary
from seqgen_midi.score import Metre, Note, Score, Tempo, Track

Q = 480


def line(*pitches: int, step: float = 1, start: float = 0) -> tuple[Note, ...]:
    return tuple(
        Note(round((start + i * step) * Q), pitch, 80, round(step * Q)) for i, pitch in enumerate(pitches) if pitch
    )


def score(*notes: Note, metres: tuple[Metre, ...] = (), tempos: tuple[Tempo, ...] = ()) -> Score:
    return Score(Q, (Track(0, notes),), metres=metres, tempos=tempos)


def test_a_tune_looks_like_this() -> None:
    notes = (*line(60, 60, 62, 64), *line(67, 61, start=4, step=2))
    assert roll(score(*notes)).splitlines() == [
        "6 notes, 2 bars of 4/4, 120 quarters a minute, 4.0 s",
        "",
        "     1    2",
        "G4  │    │▀▔  │",
        "    │   ▄│    │",
        "    │  ▄ │    │",
        "C4  │▄▄··│··▀▔│",
    ]


def test_of_nothing_it_says_so() -> None:
    for empty in (Score(), Score(tracks=(Track(0),))):
        assert (roll(empty), names(empty), summary(empty)) == ("no notes",) * 3


@pytest.mark.parametrize("width", [24, 40, 80, 100, 200])
@pytest.mark.parametrize("metre", [Metre(0, 4, 4), Metre(0, 7, 8), Metre(0, 255, 4), Metre(0, 1, 64)])
def test_whole_bars_fit_the_width(width: int, metre: Metre) -> None:
    lines = roll(score(*line(*range(50, 80), step=0.25), metres=(metre,)), width=width).splitlines()
    assert max(map(len, lines)) <= width
    bars = [each for each in lines if "│" in each]
    assert bars and all(each.endswith("│") for each in bars)


def test_every_note_begins_once() -> None:
    """With a pitch in every row alone, there are as many half blocks as notes."""
    tune = score(*line(*range(40, 80, 2), step=0.5))
    assert len(re.findall("[▀▄█]", roll(tune, width=80))) == 20
    assert roll(score(*line(61, step=6))).splitlines()[3] == "C#4 │▀▔▔▔│▔▔··│"
    both = score(*line(60), *line(61))
    assert "█" in roll(both) and "▀" not in roll(both)


def test_bars_that_are_left_are_counted() -> None:
    long = score(*line(*[60] * 400))
    text = roll(long, width=40, systems=2)
    shown = max(int(number) for head in re.findall(r"^ {5}\d.*", text, re.MULTILINE) for number in head.split())
    assert text.endswith(f"and {100 - shown} more bars")
    assert "more" not in roll(score(*line(60)))
    assert roll(score(*line(*[60] * 8)), width=24, systems=1).count("more") == 0
    assert roll(score(*line(*[60] * 20)), width=24, systems=1).endswith("and 2 more bars")
    assert roll(score(*line(*[60] * 16)), width=24, systems=1).endswith("and 1 more bar")


def test_a_long_silence_takes_no_time() -> None:
    assert "more bars" in roll(score(*line(60), Note(1 << 60, 60, 80, 1)))


def test_triplets_and_free_time_have_columns() -> None:
    threes = roll(score(*line(60, 64, 67, step=1 / 3)))
    assert max(len(each) for each in threes.splitlines()[1:]) == 4 + 1 + 12 + 1
    free = roll(score(*(Note(137 * i * i % 1900, 60 + i % 12, 80, 100) for i in range(20))))
    assert max(len(each) for each in free.splitlines()[1:]) == 4 + 1 + 16 + 1


def test_a_note_that_is_a_little_early_is_not_a_column_early() -> None:
    early = score(Note(0, 60, 80, 470), Note(476, 62, 80, 470), Note(961, 64, 80, 470))
    straight = score(*line(60, 62, 64))
    assert roll(early).splitlines()[1:] == roll(straight).splitlines()[1:]


def test_drums_stand_aside_unless_they_are_all() -> None:
    drums = Track(9, line(36, 38))
    assert roll(Score(Q, (Track(0, line(60)), drums))).splitlines()[2:] == roll(score(*line(60, 0))).splitlines()[2:]
    assert len(re.findall("[▀▄█]", roll(Score(Q, (drums,))))) == 2


def test_tracks_have_colours_only_if_wanted() -> None:
    two = Score(Q, (Track(0, line(60)), Track(1, line(72))))
    assert "\x1b" not in roll(two)
    coloured = roll(two, colour=True)
    assert "\x1b[36m▀\x1b[0m" in coloured or "\x1b[36m▄\x1b[0m" in coloured
    assert "\x1b[33m▀\x1b[0m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == roll(two)


def test_a_line_sums_it_up() -> None:
    piece = score(*line(60), metres=(Metre(0, 6, 8), Metre(Q * 3, 3, 4)), tempos=(Tempo(0, 600_000), Tempo(9 * Q, 1)))
    assert summary(piece) == "1 note, 1 bar of 6/8, 3/4, 100 quarters a minute, 0.6 s"
    faster = score(*line(*[60] * 8), tempos=(Tempo(4 * Q, 250_000),))
    assert summary(faster) == "8 notes, 2 bars of 4/4, 120 to 240 quarters a minute, 3.0 s"


def test_notes_have_names() -> None:
    assert [note_name(pitch) for pitch in (0, 60, 61, 69, 127)] == ["C-1", "C4", "C#4", "A4", "G9"]
    assert names(score(*line(60, 64, 67))) == "C4 E4 G4"
    assert names(score(*line(60, 64, 67)), most=2) == "C4 E4 ..."

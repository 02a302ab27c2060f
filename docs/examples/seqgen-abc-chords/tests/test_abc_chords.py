"""What this plugin promises."""

from pathlib import Path

import pytest

import seqgen
from seqgen.domain import Notes
from seqgen.testing import checks
from seqgen_abc_chords import Accompaniment, accompanied, read, spelled
from seqgen_midi.abc import read_abc
from seqgen_midi.filing import MidiOptions

TUNES = Path(__file__).parents[1] / "tunes.abc"
TUNE = 'X:1\nM:3/4\nL:1/4\nK:G\n"G"GAB|"C"c2"Am"A|"D7"F>GA|"G"G3|]\n'
MIDDLE_C = 60


@pytest.mark.parametrize("check", checks("abc-chords", files=[TUNES]), ids=str)
def test_the_laws_of_plugins_hold(check):
    check.run()


@pytest.mark.parametrize(
    ("symbol", "chord"),
    [
        ('"C"', "[=C,=E,=G,]"),
        ('"F#m7"', "[^F,=A,^C,=E,]"),
        ('"Bb"', "[^A,=D,=F,]"),
        ('"Cmaj7"', "[=C,=E,=G,=B,]"),
        ('"G/B"', "[=G,=B,=D,]"),
        ('"slowly"', ""),
        ('"^here"', ""),
    ],
)
def test_chord_symbols(symbol, chord):
    assert spelled(symbol) == chord


def test_a_chord_holds_in_its_bar_until_the_next_one():
    line = Accompaniment().line('"C"CD|EF"G"GA')
    assert line == "[=C,=E,=G,]-[=C,=E,=G,]|[=C,=E,=G,]-[=C,=E,=G,][=G,=B,=D,]-[=G,=B,=D,]"


def test_the_melody_stays_and_the_chords_are_beside_it():
    ((both, _, lines),), ((alone, *_),) = accompanied(TUNE), read_abc(TUNE)
    assert both.tracks[0] == alone.tracks[0] and both.metres == alone.metres and not lines
    first = [(note.start, note.pitch - MIDDLE_C, note.duration) for note in both.tracks[1].notes[:4]]
    assert first == [(0, -10, 1440), (0, -5, 1440), (0, -1, 1440), (1440, -12, 960)]
    assert both.end == alone.end


def test_a_tune_without_chords_is_read_as_it_is(tmp_path):
    path = tmp_path / "plain.abc"
    path.write_text("X:1\nL:1/4\nK:C\nCDEF|\n", "utf-8")
    (document,) = read(path, MidiOptions(), Notes())
    assert [track.channel for track in document.content.tracks] == [0]


def test_it_reads_where_it_is_asked_for_and_changes_nothing_else(tmp_path):
    path = tmp_path / "few.abc"
    path.write_text("\n\n".join(TUNES.read_text("utf-8").split("\n\n")[:4]), "utf-8")
    notes = {
        reader: seqgen.inspect(path, domain="midi", split="50,50,0", reader=reader).characters
        for reader in ("", "abc", "abc-chords")
    }
    assert notes[""] == notes["abc"] < notes["abc-chords"]

"""ABC notation: what is written becomes notes at exact ticks, and what is not understood is told."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqgen_midi.abc import fields, read_abc
from seqgen_midi.abc.lexing import endings, length, signs
from seqgen_midi.bars import Bars
from seqgen_midi.score import Metre, Note, Score

HEAD = "X:1\nT:A Tune\nM:4/4\nL:1/8\nK:C\n"


def read(music: str, head: str = HEAD) -> tuple[Score, dict[str, str], list[str]]:
    (tune,) = read_abc(head + music + "\n")
    return tune


def notes(music: str, head: str = HEAD) -> tuple[Note, ...]:
    return read(music, head)[0].tracks[0].notes


def pitches(music: str, head: str = HEAD) -> list[int]:
    return [note.pitch for note in notes(music, head)]


def lengths(music: str, head: str = HEAD) -> list[int]:
    return [note.duration for note in notes(music, head)]


def messages(music: str, head: str = HEAD) -> list[str]:
    return read(music, head)[2]


def test_letters_and_marks_are_octaves() -> None:
    assert pitches("C,, C, C c c' c'' c',") == [36, 48, 60, 72, 84, 96, 72]
    assert pitches("CDEF GABc") == [60, 62, 64, 65, 67, 69, 71, 72]


def test_accidentals_hold_to_the_end_of_the_bar_in_all_octaves() -> None:
    assert pitches("^F F f _E E | F E f") == [66, 66, 78, 63, 63, 65, 64, 77]
    assert pitches("^f F =f F | ^f-|f F") == [78, 66, 77, 65, 78, 65]
    assert pitches("^^C __D =F F", HEAD.replace("K:C", "K:D")) == [62, 60, 65, 65]


@pytest.mark.parametrize(
    ("text", "eighths"),
    [("A", 1), ("A2", 2), ("A/", 0.5), ("A//", 0.25), ("A/4", 0.25), ("A3/2", 1.5), ("A16", 16), ("A/2", 0.5)],
)
def test_lengths(text: str, eighths: float) -> None:
    assert lengths(text) == [240 * eighths]


def test_broken_rhythm_takes_from_one_and_gives_to_the_other() -> None:
    assert lengths("A>B c<d e>>f") == [360, 120, 120, 360, 420, 60]
    assert lengths("A>z B2") == [360, 480]
    assert messages("> A2") == ["line 6: '>' is not understood"]


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("(3abc d2", [160, 160, 160, 480]),
        ("(3:2:2 a2b d2", [320, 160, 480]),
        ("(2ab d", [360, 360, 240]),
        ("(4abcd e", [180, 180, 180, 180, 240]),
        ("(5abcde f", [96] * 5 + [240]),
        ("(3::4abcd e", [160] * 4 + [240]),
    ],
)
def test_tuplets(text: str, ticks: list[int]) -> None:
    assert lengths(text) == ticks


def test_tuplets_of_five_take_the_time_of_three_in_compound_metres() -> None:
    assert lengths("(5abcde f", HEAD.replace("4/4", "6/8")) == [144] * 5 + [240]


def test_septuplets_end_where_they_should() -> None:
    found = notes("(7cdefgab c'2")
    assert found[7].start == 480 and all(a.end == b.start for a, b in pairwise(found))


def test_ties_join_notes_across_bars_and_keep_accidentals() -> None:
    assert notes("^F8-|F4 F4") == (Note(0, 66, 80, 2880), Note(2880, 65, 80, 960))
    assert notes("[CE]4-[CE]4") == (Note(0, 60, 80, 1920), Note(0, 64, 80, 1920))
    assert notes("[C-E]4 [CF]4")[0] == Note(0, 60, 80, 1920)
    assert messages("A4-B4") == messages("A8-") == ["line 6: a tie leads to no note of the same pitch"]


def test_rests_and_bars_of_rest() -> None:
    assert [note.start for note in notes("z4 A4|Z2|x2 A6")] == [960, 6240]
    assert not messages("z4 A4|Z2|x2 A6")


def test_chords_sound_together() -> None:
    assert notes("[CEG]2 [C2E2]") == tuple(
        Note(at, pitch, 80, 480) for at in (0, 480) for pitch in (60, 64, 67)[: 3 - at // 480]
    )


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("A8|B8:|c8|", "ABABc"),
        ("A8|:B8:|c8|", "ABBc"),
        ("|:A8:||:B8:|", "AABB"),
        ("|:A8::B8:|", "AABB"),
        ("|:A8|1 B8:|2 c8||d8", "ABAcd"),
        ("A8 [1 B8 :| [2 c8 |] d8 :|", "ABAcdd"),
        ("|:A8|[1,3 B8:|[2 c8:|[4 d8||", "ABAcABAd"),
        ("A8||B8|c8:|", "ABCBC".replace("C", "c")),
        ("|:A8||B8:|", "ABAB"),
        ("|::A8::|", "AAA"),
        ("|:A8|1-2 B8:|3 c8|]", "ABABAc"),
        ("|:A8|1 B8:|2 c8:|d8|e8:|", "ABAcdede"),
    ],
)
def test_repeats_are_played(text: str, order: str) -> None:
    assert pitches(text) == pitches(order)
    assert [each for each in messages(text) if "lasts" not in each] == []


def test_an_ending_without_a_repeat_is_told() -> None:
    assert messages("A8|1 B8|2 c8||") == ["line 6: an ending is never played, for want of a repeat sign"]


def test_a_pickup_is_a_short_bar() -> None:
    score, _, said = read("G2|c8|d8|e6|]")
    assert score.metres == (Metre(0, 1, 4), Metre(480, 4, 4)) and not said
    assert [bar.start for bar in Bars.of(score).until(score.end)] == [0, 480, 2400, 4320]


def test_a_repeat_within_a_bar_parts_none() -> None:
    score, _, said = read("G2|:c8|d6G2:|:e8|f6||g2:|")
    assert not said and score.metres == (Metre(0, 1, 4), Metre(480, 4, 4))
    score, _, said = read("|:G2|c8|d6:|")
    assert not said and score.metres == (Metre(0, 1, 4), Metre(480, 4, 4))


def test_a_bar_of_wrong_length_is_told_and_moves_no_bar_line() -> None:
    score, _, said = read("A8|A7|A8|A9|A8")
    assert score.metres[1:] == (Metre(1920, 7, 8), Metre(3600, 4, 4), Metre(5520, 9, 8), Metre(7680, 4, 4))
    assert said == [f"line 6: a bar lasts {wrong} of a whole note, and its metre says 1" for wrong in ("7/8", "9/8")]


def test_settings_change_within_a_tune() -> None:
    score, labels, said = read("C8|[M:3/4][K:G]F6|[L:1/4]F3|\nQ:1/4=60\nK:Cm\nE3|", HEAD + "Q:1/4=90\n")
    assert [note.pitch for note in score.tracks[0].notes] == [60, 66, 66, 63] and not said
    assert [each.micros for each in score.tempos] == [666_667, 1_000_000]
    assert score.keys[1:] == ((1920, 1, False), (4800, -3, True))
    assert [str(each) for each in score.metres] == ["4/4", "3/4"] and labels["metre"] == "4/4"


def test_labels_come_from_the_header() -> None:
    head = "X:7\nT:Tam Lin\nT:Glasgow Reel\nC:Davey\nO:Scotland\nR:reel\nM:C|\nK:Ador\n"
    score, labels, said = read("A4", head)
    known = {"title": "Tam Lin", "composer": "Davey", "origin": "Scotland", "rhythm": "reel"}
    assert labels == known | {"metre": "2/2", "key": "A dorian"}
    assert score.tracks[0].name == "Tam Lin" and score.tempos[0].micros == fields.pace("Reel") != fields.pace("")
    assert said == ["skipped: 1 other fields"]


@pytest.mark.parametrize(
    ("text", "name", "sharps"),
    [
        ("D", "D major", 2),
        ("Dmaj", "D major", 2),
        ("Edor", "E dorian", 2),
        ("A mix", "A mixolydian", 2),
        ("Gm", "G minor", -2),
        ("F#min", "F# minor", 3),
        ("Bb", "Bb major", -2),
        ("Ephr", "E phrygian", 0),
        ("C Lydian clef=bass", "C lydian", 1),
        ("B loc", "B locrian", 0),
        ("none", "", 0),
        ("HP", "", 0),
    ],
)
def test_keys(text: str, name: str, sharps: int) -> None:
    found = fields.key_signature(text)
    assert found and (found.name, found.sharps) == (name, sharps)


def test_keys_have_accidentals_of_their_own() -> None:
    assert pitches("FGc", HEAD.replace("K:C", "K:D =c ^g")) == [66, 68, 72]
    assert pitches("FBc", HEAD.replace("K:C", "K:D exp _b")) == [65, 70, 72]
    assert pitches("FC", HEAD.replace("K:C", "K:Hp")) == [66, 61]


@pytest.mark.parametrize("text", ["H", "Dxyz", "G#", "Cbmaj7 major", "M"])
def test_a_key_that_cannot_be_is_told(text: str) -> None:
    assert fields.key_signature("Gb lyd") is not None
    expected = text in ("Cbmaj7 major",)
    assert (fields.key_signature(text) is not None) == expected
    if not expected:
        assert messages("A8", HEAD.replace("K:C", f"K:{text}")) == [f"line 5: K:{text} is not understood"]


def test_metres() -> None:
    assert [fields.metre(text) for text in ("C", "C|", "6/8", "(2+3)/8", "none")] == [
        (4, 4),
        (2, 2),
        (6, 8),
        (5, 8),
        (0, 1),
    ]
    assert [fields.metre(text) for text in ("4/5", "x", "0/4", "300/4")] == [None] * 4
    score, labels, said = read("ABCDEFGABCDEFG|A|", HEAD.replace("4/4", "none"))
    assert not said and score.metres == () and "metre" not in labels


def test_the_unit_follows_the_metre_where_none_is_said() -> None:
    bare = HEAD.replace("L:1/8\n", "")
    assert lengths("A", bare) == [240] and lengths("A", bare.replace("4/4", "2/4")) == [120]


def test_tempos() -> None:
    unit = Fraction(1, 8)
    assert fields.tempo("1/4=120", unit) == fields.tempo('"Fast" 1/2=60 "ish"', unit) == 500_000
    assert fields.tempo("3/8=80", unit) == fields.tempo("240", unit) == 500_000
    assert fields.tempo('"Allegro 3"', unit) is fields.tempo("0", unit) is fields.tempo("1/0=9", unit) is None
    assert fields.pace("slip jig") == fields.pace("Jig") != fields.pace("waltz")


def test_what_is_left_out_is_counted() -> None:
    said = messages('"Am"~A2 {gf}B2 (c2 !trill!d2) % words\nw: la la\nN: a note\n%%scale 1\nV:2\nA8\nV:1')
    assert said[-1] == (
        "skipped: 1 chord symbols, 2 decorations, 1 directives, 1 grace notes, "
        "1 lines of lyrics, 1 other fields, 2 slurs"
    )


def test_the_first_voice_is_read() -> None:
    head = HEAD.replace("K:C", "V:1\nV:2\nK:C")
    assert pitches("V:1\nC8|\nV:2\nD8|\n[V:1] E8|\n[V:2] F8|", head) == [60, 64]
    assert messages("V:1\nC8|\nV:2\nD8|", head) == ["skipped: 1 lines of other voices"]


def test_what_is_not_understood_is_told_with_its_line() -> None:
    assert messages("A4 ? A4|\nA8 & |") == ["line 6: '?' is not understood", "line 7: '&' is not understood"]
    assert messages("c''''''8") == ["line 6: the note \"c''''''8\" cannot be, and is read as a rest"]
    assert messages("A0 z8") == ["line 6: the note 'A0' cannot be, and is read as a rest"]
    assert [note.start for note in notes("c''''''2>A2 (3A,,,,,,,Bc B4")] == [720, 1120, 1280, 1440], "it takes its time"
    assert messages("[L:0]A8") == ["line 6: '[L:0]' is not understood"]
    (tune,) = read_abc("X:1\nT:No key\nABC\n")
    assert tune[2] == ["line 3: music before K: is left out", "line 3: the tune has no K:, and so no music"]
    assert tune[0].notes == 0


def test_tunes_are_parted_by_empty_lines() -> None:
    text = "% a file\nR:jig\n\n" + HEAD + "A8\n\nstray\n" + HEAD.replace("X:1", "X:2") + "B8\n"
    first, second = read_abc(text)
    assert first[2] == ["line 11: text outside of the tunes is left out"] and not second[2]
    assert first[1]["rhythm"] == second[1]["rhythm"] == "jig"
    assert [each[0].tracks[0].notes[0].pitch for each in (first, second)] == [69, 71]
    assert read_abc("no tune") == []


def test_signs_and_small_parts() -> None:
    assert [sign.kind for sign in signs("A2 [CE] |1 :|[2 [K:D] (3abc z Z2 y")] == (
        ["note", "chord", "bar", "bar", "field", "tuplet", "note", "note", "note", "rest", "bars of rest"]
    )
    assert endings("1,3-5") == {1, 3, 4, 5}
    assert length("3/") == Fraction(3, 2) and length("/0") == 0


def test_no_tune_is_longer_than_a_file_can_be() -> None:
    score, _, said = read("|:" + "z128 z128|" * 99 + ":::" * 40 + "|", HEAD.replace("L:1/8", "L:9/1"))
    assert "what lies behind 100,000 whole notes is left out" in said[-1]
    assert score.end <= 100_000 * 1920


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ABcdz|:[]()23/<>-^_=,' \n%KMLQ{}\"!~1x\\", max_size=60))
def test_nothing_that_is_written_stops_the_reader(music: str) -> None:
    for score, _, _ in read_abc(HEAD + music):
        for note in score.tracks[0].notes:
            assert note.duration >= 1 and 0 <= note.pitch <= 127
        assert list(score.tracks[0].notes) == sorted(score.tracks[0].notes)

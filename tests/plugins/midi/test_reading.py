"""Reading MIDI files: what mido says of the well-formed ones, and the rules for all of them."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from seqgen.errors import UnknownName, UsageError
from seqgen_midi.reading import Limits, Manner, Refused, read_bytes, read_file
from seqgen_midi.reading.events import TrackReader
from seqgen_midi.score import Bend, Control, Key, Metre, Note, Program, Score, Tempo, Text, Track
from tests.plugins.midi import twin
from tests.plugins.midi.broken import BOTH, END, TUNE, WHOLE, header, hexed, midi, track

MIRROR = os.environ.get("SEQGEN_MIRROR", "")
CORPORA = ("nottingham", "irish-melodies")


def only(data: bytes, **options: object) -> Score:
    ((score, _),) = read_bytes(data, options=Manner(**options))  # type: ignore[arg-type]
    return score


def files(step: int) -> Iterator[bytes]:
    """Some of the files of both corpora, where there is a mirror of them."""
    for corpus in CORPORA:
        for path in sorted(Path(MIRROR, corpus).glob("*.mid"))[::step] if MIRROR else []:
            yield path.read_bytes()


@pytest.mark.parametrize("seed", range(60))
def test_mido_reads_the_same(seed: int) -> None:
    data = twin.random_file(Random(seed))
    assert only(data) == twin.score_of(data)


@pytest.mark.parametrize("seed", range(60))
def test_the_careful_steps_alone_read_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = twin.random_file(Random(seed))
    fast = read_bytes(data)
    monkeypatch.setattr(TrackReader, "fast", False)
    assert read_bytes(data) == fast


@pytest.mark.parametrize("step", [40, pytest.param(1, marks=pytest.mark.slow)])
def test_mido_reads_the_same_of_both_corpora(step: int) -> None:
    for data in files(step):
        ((score, report),) = read_bytes(data)
        assert score == twin.score_of(data) and report.findings == ()
        notes = [sorted(note for each in score.tracks for note in each.notes)]
        assert notes == [sorted(note for each in twin.notes_of(data) for note in each)]


def test_a_wrong_pairing_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqgen_midi.reading.lane.SEVERAL", -1)
    wrong = 0
    for seed in range(20):
        data = twin.random_file(Random(seed))
        try:
            wrong += only(data) != twin.score_of(data)
        except LookupError:
            wrong += 1
    assert wrong


ALL = """
    00 FF 03 04 4C 65 61 64      # name: Lead
    00 FF 02 02 4D 65            # copyright: Me
    00 FF 51 03 09 27 C0         # 600,000 microseconds a quarter
    00 FF 58 04 06 03 24 08      # 6/8, a click every dotted quarter
    00 FF 59 02 FD 01            # C minor
    00 B0 40 7F                  # pedal down
    00 C0 28                     # violin
    00 E0 00 40                  # wheel at rest
    00 90 3C 40                  # C on the first channel
    00 99 24 60                  # a drum
    60 80 3C 07                  # C ends, and says how fast
    00 89 24 40
    00 E0 7F 7F                  # wheel up
    00 A0 3C 10                  # pressed harder
    00 D0 10
    00 FF 05 02 6C 61            # lyric: la
    00 FF 7F 01 00
    81 40 B0 40 00               # pedal up, two quarters later
"""


def test_all_that_is_kept() -> None:
    ((score, report),) = read_bytes(midi(ALL))
    lead = Track(0, (Note(0, 60, 64, 96),), "Lead", (Program(0, 40),), (Control(0, 64, 127), Control(288, 64, 0)),
                 (Bend(0, 0), Bend(96, 8191)))  # fmt: skip
    drum = Track(9, (Note(0, 36, 96, 96),), "Lead")
    texts = (Text(0, "copyright", "Me"), Text(96, "lyric", "la"))
    assert score == Score(96, (lead, drum), (Tempo(0, 600_000),), (Metre(0, 6, 8),), (Key(0, -3, True),), texts)
    assert dict(report.dropped) == {
        "aftertouch of a channel": 1,
        "aftertouch of a key": 1,
        "sequencer-specific events": 1,
        "velocities of note ends": 1,
    }
    assert (report.findings, report.noted, report.notes) == ((), (), 2)


def test_what_holds_for_all_may_stand_in_any_track_and_the_last_of_a_tick_holds() -> None:
    first = track("00 FF 51 03 07 A1 20  60 FF 51 03 07 A1 21  00 FF 03 01 41" + END)
    second = track("00 FF 51 03 09 27 C0  60 FF 51 03 07 A1 21  00 FF 58 04 03 02 18 08" + TUNE + END)
    ((score, report),) = read_bytes(header(1, 2) + first + second)
    assert score.tempos == (Tempo(0, 600_000), Tempo(96, 500_001)) and score.metres == (Metre(96, 3, 4),)
    assert score.texts == (Text(96, "name", "A"),)
    assert dict(report.dropped) == {"tempos followed by another at their tick": 1}


def test_the_patterns_of_type_2_are_kept_apart() -> None:
    data = header(2, 2) + track("00 FF 51 03 09 27 C0" + TUNE + END) + track("00 F4 00 91 43 40  60 81 43 00" + END)
    (first, report), (second, other) = read_bytes(data)
    assert tuple(first.tracks[0].notes) == BOTH and first.tempos == (Tempo(0, 600_000),)
    assert second == Score(96, (Track(1, (Note(0, 67, 64, 96),)),))
    assert (report.notes, report.counts, other.notes) == (2, (), 1)
    assert dict(other.counts) == {"undefined status byte": 1} and other.findings[0].track == 1


@pytest.mark.parametrize(
    "division, quarter, tempos",
    [
        (0xE728, 500, ()),  # 25 frames of 40 ticks: milliseconds
        (0xE850, 960, ()),  # 24 frames of 80
        (0xE701, 12, (Tempo(0, 480_000),)),  # 25 ticks a second
        (0xE328, 599, (Tempo(0, 499_666),)),  # 29.97 frames of 40
        (0xE7FF, 3188, (Tempo(0, 500_078),)),
    ],
)
def test_time_in_frames(division: int, quarter: int, tempos: tuple[Tempo, ...]) -> None:
    data = header(division=division) + track("00 FF 51 03 09 27 C0" + TUNE + END)
    ((score, report),) = read_bytes(data, options=Manner(smpte="read"))
    assert (score.division, score.tempos, score.notes) == (quarter, tempos, 2)
    assert dict(report.dropped) == {"tempos where time is in frames": 1}
    assert dict(report.counts) == {"time counted in frames": 1}
    with pytest.raises(Refused, match="--smpte read"):
        read_bytes(data)


def test_frames_of_no_ticks_say_nothing() -> None:
    ((score, report),) = read_bytes(header(division=0xE700) + track(TUNE + END), options=Manner(smpte="read"))
    assert score.division == 480 and dict(report.counts) == {"division that is no number of ticks": 1}


def test_the_charset_is_a_choice() -> None:
    data = midi("00 FF 05 02 82 A0  00 FF 05 02 C3 A4" + TUNE)
    assert [each.text for each in only(data).texts] == ["\x82\xa0", "ä"]
    assert [each.text for each in only(data, charset="shift_jis").texts] == ["あ", "ﾃ､"]
    assert [each.text for each in only(data, charset="latin-1").texts] == ["\x82\xa0", "Ã¤"]


KARAOKE = midi("""
    00 FF 01 06 40 4B 4D 49 44 49    # @KMIDI
    00 FF 01 03 40 54 41             # @TA
    00 FF 01 03 5C 4C 61             # \\La
    00 FF 05 01 78                   # a lyric
""" + TUNE)  # fmt: skip


def test_karaoke_is_a_choice() -> None:
    assert [each.kind for each in only(KARAOKE).texts] == ["text", "text", "text", "lyric"]
    assert [each.kind for each in only(KARAOKE, karaoke="lyrics").texts] == ["text", "text", "lyric", "lyric"]
    ((score, report),) = read_bytes(KARAOKE, options=Manner(karaoke="drop"))
    assert score.texts == (Text(0, "lyric", "x"),) and dict(report.dropped) == {"texts of karaoke": 3}
    for text in ("02 4C 61", "03 40 54 41"):  # La and @TA, which alone do not make it karaoke
        plain = midi(f"00 FF 01 {text}" + TUNE)
        assert only(plain, karaoke="drop") == only(plain, karaoke="lyrics") == only(plain)


@pytest.mark.parametrize(
    "wrong", [{"charset": "klingon"}, {"charset": "auto"}, {"charset": "base64"}, {"smpte": "x"}, {"karaoke": "x"}]
)
def test_a_word_that_is_no_choice(wrong: dict[str, str]) -> None:
    with pytest.raises(UnknownName):
        Manner(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "limits, why",
    [
        (Limits(bytes=len(WHOLE) - 1), "bytes"),
        (Limits(tracks=1), "more than 1 tracks"),
        (Limits(delta=95), "96 ticks in one delta time at byte 26"),
        (Limits(length=191), "192 ticks at byte"),
        (Limits(events=1), "2 events"),
    ],
)
def test_limits(limits: Limits, why: str) -> None:
    data = header(1, 2) + track(TUNE + END) + track(END)
    with pytest.raises(Refused, match=why):
        read_bytes(data, limits=limits)
    exact = Limits(bytes=len(data), tracks=2, delta=96, length=192, events=2)
    assert read_bytes(data, limits=exact) == read_bytes(data)


def test_limits_are_looked_at_on_the_way() -> None:
    """Behind the first 64 KiB, long before the end, where an error would need all of it."""
    many = header() + track("00 90 3C 40  01 80 3C 00" * 100_000 + END)
    with pytest.raises(Refused, match="8192 events at byte 65558"):
        read_bytes(many, limits=Limits(events=8191))
    assert read_bytes(many)[0][1].notes == 100_000


def test_a_limit_that_makes_no_sense() -> None:
    with pytest.raises(UsageError):
        Limits(bytes=0)


def test_a_long_row_of_one_pitch_is_read_in_linear_time() -> None:
    score = only(header() + track("00 90 3C 40" + "00 3C 40" * 30_000 + "01 3C 00" * 30_000 + END))
    assert score.notes == 30_001 and score.tracks[0].notes[0].duration == 1


def test_events_across_the_edges_of_what_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = twin.random_file(Random(3))
    whole = read_bytes(data)
    for size in range(1, 12):
        monkeypatch.setattr("seqgen_midi.reading.events.SEGMENT", size)
        assert read_bytes(data) == whole


def test_a_file_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    path.write_bytes(WHOLE)
    assert read_file(path) == read_bytes(WHOLE)
    path.write_bytes(b"no")
    with pytest.raises(Refused, match=r"reading .*tune\.mid: there is no MIDI header"):
        read_file(path)
    with pytest.raises(Refused, match="there is no such file"):
        read_file(tmp_path / "none.mid")
    with pytest.raises(Refused, match="no such file"):
        read_file(tmp_path)
    with pytest.raises(Refused, match="the limit is 1"):
        read_file(path, limits=replace(Limits(), bytes=1))


def test_comments_in_hexadecimal() -> None:
    assert hexed("00 FF # 11\n22") == b"\0\xff\x22"

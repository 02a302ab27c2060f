"""Every broken file gives what is whole in it and says what is wrong, or is refused with the reason."""

import pytest

from seqgen.errors import InputError
from seqgen_midi.reading import Finding, Refused, read_bytes
from seqgen_midi.reading.events import TrackReader
from seqgen_midi.reading.steps import Steps
from tests.plugins.midi.broken import BOTH, CASES, END, TUNE, WHOLE, Case, header, midi, track

SOUND = [case for case in CASES if not case.refused]


def test_there_are_many() -> None:
    assert len({case.name for case in CASES}) == len({case.data for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case.name)
def test_what_is_whole_is_recovered_and_the_rest_is_said(case: Case) -> None:
    ((score, report),) = read_bytes(case.data)
    assert tuple(note for each in score.tracks for note in each.notes) == case.notes
    assert dict(report.counts) == {kind.what: count for kind, count in case.found.items()}
    assert (dict(report.noted), dict(report.dropped)) == (case.noted, case.dropped)
    assert report.notes == len(case.notes) == score.notes
    assert {(each.what, each.remedy) for each in report.findings} == set(case.found)
    for each in report.findings:
        assert 0 <= each.offset <= len(case.data) and -1 <= each.track < 2


@pytest.mark.parametrize("case", [case for case in CASES if case.refused], ids=lambda case: case.name)
def test_what_cannot_be_read_is_refused_with_the_reason(case: Case) -> None:
    with pytest.raises(Refused, match=case.refused) as caught:
        read_bytes(case.data)
    assert isinstance(caught.value, InputError) and caught.value.exit_code == 4


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case.name)
def test_the_careful_steps_alone_read_the_same(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read_bytes(case.data)
    monkeypatch.setattr(TrackReader, "fast", False)
    assert read_bytes(case.data) == fast


def test_the_whole_file_is_not_broken() -> None:
    ((score, report),) = read_bytes(WHOLE)
    assert tuple(score.tracks[0].notes) == BOTH and (report.findings, report.dropped) == ((), ())


def test_a_finding_says_where() -> None:
    ((_, report),) = read_bytes(header(1, 2) + track(END) + track("00 F4" + TUNE + END))
    assert report.findings == (Finding(34, 1, "undefined status byte", "left out"),)


def test_a_handful_of_each_kind_is_listed_and_all_are_counted() -> None:
    ((_, report),) = read_bytes(midi("00 F4" * 1000 + "00 FF 51 00" + TUNE))
    assert len(report.findings) == 5 + 1 and dict(report.counts)["undefined status byte"] == 1000


def test_a_reader_that_gives_up_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Steps, "_system", lambda reader, status, start: setattr(reader, "position", reader.stop))
    lost = [case for case in SOUND if read_bytes(case.data)[0][0].notes != len(case.notes)]
    assert {"status F4", "escape", "realtime within running status"} <= {case.name for case in lost}

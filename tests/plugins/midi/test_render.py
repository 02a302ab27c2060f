"""`seqgen midi render`: a file of music as a picture, as sound, and as MIDI."""

from pathlib import Path

import pytest

from seqgen.cli import main
from seqgen_midi.filing import scores_of

TUNE = "X:1\nT:Two bars\nM:4/4\nL:1/4\nK:D\nDFAd|dAFD|\n"


@pytest.fixture
def tune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tune.abc").write_text(TUNE, "utf-8")
    return tmp_path


def test_the_roll_goes_to_stdout_and_what_is_asked_for_into_files(
    tune: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("midi render tune.abc --tempo 90 --plot roll.svg --wav tune.wav --out tune.mid".split()) == 0
    shown, said = capsys.readouterr()
    assert "8 notes" in shown and "D5" in shown
    assert said.splitlines() == ["Wrote roll.svg.", "Wrote tune.wav.", "Wrote tune.mid."]
    (score,) = scores_of(tune / "tune.mid")
    assert [note.pitch for note in score.tracks[0].notes] == [62, 66, 69, 74, 74, 69, 66, 62]
    assert (tune / "roll.svg").read_text("utf-8").startswith("<") and (tune / "tune.wav").read_bytes()[:4] == b"RIFF"


def test_several_pieces_go_into_folders(tune: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tune / "tune.abc").write_text(TUNE + "\n" + TUNE.replace("X:1", "X:2"), "utf-8")
    assert main("midi render tune.abc --wav sounds --out both.mid".split()) == 0
    assert len(list((tune / "sounds").iterdir())) == 2 and len(scores_of(tune / "both.mid")) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("none.abc", 2, "there is no such file"),
        ("tune.abc --out tune.wav", 2, "no MIDI is written to such a file"),
        ("tune.abc --out tune.abc", 2, "no MIDI is written to such a file"),
        ("tune.abc --wav tune.svg", 2, "its name has another end"),
        ("tune.abc --soundfont x.sf2", 2, "no --wav is given"),
        ("text.mid", 4, "text.mid"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: str, code: int, said: str, tune: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tune / "text.mid").write_text("no music", "utf-8")
    assert main(["midi", "render", *arguments.split()]) == code
    shown, error = capsys.readouterr()
    assert said in error and shown == ""

"""The commands `seqgen cache`, and a cache that nobody may write to."""

import io
import sys
from pathlib import Path

import pytest

import seqgen
from seqgen.cli import main
from tests.runs import SMALL, one_thread, write_book

STORE = "0123456789abcdef" * 2


class Terminal(io.StringIO):
    """Somebody who types this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with two folders that can be made again, and with things of other people."""
    for name in (f"stores/{STORE}", "corpora/alice", "corpora/sherlock", "stores/mine", "corpora/mine", "mine"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text("12345", "utf-8")
    (tmp_path / "corpora" / "sherlock" / "corpus.toml").write_text("", "utf-8")  # as in a checkout
    (tmp_path / "stores" / STORE[::-1]).symlink_to(tmp_path / "mine")
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(tmp_path))
    return tmp_path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_folder_is_printed(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "dir"]) == 0 and capsys.readouterr().out == f"{cache}\n"


@pytest.mark.parametrize(
    ("typed", "options", "code"),
    [
        (None, ["--yes"], 0),
        (None, ["--dry-run"], 0),
        (None, [], 2),
        (io.StringIO("y\n"), [], 2),
        (Terminal("n\n"), [], 2),
        (Terminal(""), [], 2),
        (Terminal("y\n"), [], 0),
    ],
)
def test_what_can_be_made_again_goes_if_somebody_says_so(
    typed: io.StringIO | None,
    options: list[str],
    code: int,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", typed)
    before = files(cache)
    assert main(["cache", "clean", *options]) == code
    said = capsys.readouterr()
    gone = before - files(cache)
    assert gone == (set() if code or "--dry-run" in options else {f"stores/{STORE}/file", "corpora/alice/file"})
    if code == 0:
        assert said.out.split() == [str(cache / "stores" / STORE), str(cache / "corpora" / "alice")]
        assert "2 folders, 10 bytes" in said.err
    if gone:
        assert main(["cache", "clean"]) == 0, "there is nothing to ask about"
        assert "0 folders" in capsys.readouterr().err


def test_without_a_place_for_the_cache_the_way_out_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with one_thread():
        seqgen.train(write_book(tmp_path), out=tmp_path / "run", **SMALL, steps=2)
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEQGEN_CACHE_DIR")
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "file"))  # even root makes no folder in a file
    capsys.readouterr()
    for needing in ("corpora fetch alice", "cache dir"):
        assert main(needing.split()) == 4
        assert "Set SEQGEN_CACHE_DIR to a folder that can be written to" in capsys.readouterr().err
    for other in ("chars generate run --length 5", "chars score run ash", "info run", "corpora list", "info"):
        assert main(other.split()) == 0, capsys.readouterr().err
    assert main("completion bash -- chars tr".split()) == 0 and capsys.readouterr().out.endswith("train\n")

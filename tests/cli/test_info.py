"""`seqgen info`: what is installed, and what a model is."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import seqgen
from seqgen.checkpoint import Checkpoint
from seqgen.cli import main
from seqgen.cli.info import info
from tests.runs import SMALL, one_thread, write_book


def test_an_installation_is_told_in_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "store").write_bytes(bytes(1234))
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(cache))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SEQGEN_MIRROR", str(tmp_path / "mirror"))
    assert main(["info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["| | |", "|---|---|", f"| seqgen | {seqgen.__version__} |"]
    assert all(line.startswith("| ") or line == "|---|---|" for line in lines)
    assert "| cache | `~/cache`, 1,234 bytes |" in lines and "| `SEQGEN_MIRROR` | `~/mirror` |" in lines
    assert str(tmp_path) not in "".join(lines)
    (plugins,) = [line for line in lines if line.startswith("| plugins |")]
    assert f"chars (seqgen {seqgen.__version__})" in plugins


def test_a_torch_that_cannot_be_imported_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert info().devices[0].startswith("cpu, ")
    monkeypatch.setitem(sys.modules, "seqgen.nn.machine", None)
    (said,) = info().devices
    assert said.startswith("none: torch cannot be used (")


def test_a_model_is_told_without_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with one_thread():
        seqgen.train(write_book(tmp_path), out="run", **SMALL, steps=3, seed=5, context=3)
    held = Checkpoint.load(Path("run/model.safetensors"))
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["info", "run"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("run: a model of chars") and "many-to-one (context 3, horizon 1), reset at window" in shown
    assert main(["info", "run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["parameters"] == sum(np.size(array) for array in held.params.values())
    assert (found["step"], found["seed"], found["identity"]) == (3, 5, held.identity)
    assert set(found["files"]) == {"book.txt"} and 3 < found["bits"] < 6

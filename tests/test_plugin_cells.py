"""A cell that comes with a plugin: found by name, trained, played, resumed, and missed when it is gone."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import seqgen
from seqgen import api
from seqgen.arrays import Array
from seqgen.cells import BUILT_IN, CELLS, RNN, Parameters, State
from seqgen.checkpoint import Checkpoint
from seqgen.cli import main
from seqgen.errors import CheckpointError, UnknownName, UsageError
from seqgen.model import ModelSettings
from seqgen.nn import Stack, scan, scans
from seqgen.plugins import Plugins
from tests.runs import SMALL, write_book
from tests.test_plugins import example

OPTIONS: dict[str, Any] = SMALL | {"documents": "line", "steps": 12, "warmup": 2, "validations": 3}


@pytest.fixture(autouse=True)
def cells_as_before() -> Iterator[None]:
    """What a test makes known is forgotten after it."""
    before = dict(CELLS)
    forget()
    yield
    CELLS.clear()
    CELLS.update(before)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where the plugin `memories` is installed; it offers the cell `fading`."""
    home = tmp_path / "site"
    info = home / "seqgen_memories-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: seqgen-memories\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[seqgen]\nmemories = seqgen_memories_for_test\n", "utf-8")
    (home / "seqgen_memories_for_test.py").write_text(example("seqgen_cells"), "utf-8")
    monkeypatch.syspath_prepend(home)
    monkeypatch.delitem(sys.modules, "seqgen_memories_for_test", raising=False)
    return home


def forget() -> None:
    """As if the process were new."""
    for name in set(CELLS) - BUILT_IN:
        del CELLS[name]


def test_every_verb_finds_the_cell(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, out = str(write_book(tmp_path)), str(tmp_path / "run")
    flags = [word for name, value in OPTIONS.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    lines = [
        ["chars", "inspect", book, "--cell", "fading,lstm"],
        ["chars", "train", book, "--cell", "fading,lstm", "--out", out, *flags],
        ["chars", "train", book, "--out", out, "--resume"],
        ["chars", "generate", out, "--length", "9"],
        ["chars", "evaluate", out, "--samples", "0"],
        ["chars", "score", out, book],
    ]
    for line in lines:
        forget()
        assert main(line) == 0, capsys.readouterr().err
        assert ("fading" in CELLS) == ("--resume" in line or "fading,lstm" in line or line[1] != "train")
    assert json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))["plan"]["model"]["cell"] == "fading,lstm"


def test_python_finds_it_too_and_goes_on_where_a_run_stopped(site: Path, tmp_path: Path) -> None:
    book = write_book(tmp_path)
    whole = seqgen.train(book, out=tmp_path / "whole", cell="fading", norm=True, layers=2, **OPTIONS)
    steps = api.training(book, out=tmp_path / "cut", cell="fading", norm=True, layers=2, **OPTIONS)
    for _ in range(5):
        next(steps)
    steps.close()
    forget()
    cut = seqgen.train(book, out=tmp_path / "cut", resume=True)
    forget()
    again = seqgen.load(tmp_path / "cut")
    for name, value in whole.checkpoint.params.items():
        assert np.array_equal(cut.checkpoint.params[name], value)
        assert np.array_equal(again.checkpoint.params[name], value)


def test_a_model_whose_plugin_is_gone_says_what_to_install(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = write_book(tmp_path)
    seqgen.train(book, out=tmp_path / "run", cell="fading", **OPTIONS)
    forget()
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place != str(site)])
    importlib.invalidate_caches()
    gone = "the cell 'fading': no plugin here offers it. Install the plugin that does"
    with pytest.raises(CheckpointError, match=gone):
        seqgen.load(tmp_path / "run")
    with pytest.raises(UsageError, match=gone):
        seqgen.train(book, out=tmp_path / "run", resume=True)
    with pytest.raises(CheckpointError, match="the cell 'fading'"):
        Checkpoint.load(tmp_path / "run")


def test_a_broken_plugin_is_blamed_where_its_cell_is_missed(tmp_path: Path) -> None:
    plugins = Plugins([EntryPoint("fading", "no_such_module_anywhere", "seqgen")])
    with pytest.raises(UsageError, match="the plugin fading is broken: ModuleNotFoundError"):
        plugins.cell("fading")


def test_a_cell_that_nobody_has_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for verb in (seqgen.inspect, seqgen.prepare):
        with pytest.raises(UnknownName, match=r"the cell 'lstn'.* Did you mean 'lstm'"):
            verb(tmp_path / "no such file", cell="lstm,lstn")
    assert set(CELLS) == BUILT_IN


def test_generating_with_the_cell_of_a_plugin_needs_no_torch(site: Path, tmp_path: Path) -> None:
    seqgen.train(write_book(tmp_path), out=tmp_path / "run", cell="fading", **OPTIONS)
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import seqgen\n"
        f"print(bool(next(seqgen.load({str(tmp_path / 'run')!r}).generate(length=9)).text), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"


class Doubled(RNN):
    """A network whose own scan says twice what its steps say, so that one sees which of them ran."""

    def scan(self, params: Parameters, x_TBD: Array, state: State, reset_TB: Array) -> tuple[Array, State]:
        y_TBH, state = scans.plain_scan(self, params, x_TBD, state, reset_TB)
        return 2 * y_TBH, state


class Derived(Doubled):
    """May step otherwise, and has no scan of its own."""


def test_the_scan_of_a_cell_is_taken_for_that_very_kind_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "doubled", Doubled())
    stack = Stack.fresh(ModelSettings(20, cell="doubled", width=8, embedding=8), 0)
    own = {name: stack.params[f"layers.0.{name}"] for name in "WUb"}
    x_TBD, reset_TB = torch.ones(3, 2, 8), torch.zeros(3, 2, dtype=torch.bool)
    said = {kind: scan(kind(), own, x_TBD, kind().start(own, 2), reset_TB)[0] for kind in (RNN, Doubled, Derived)}
    assert torch.equal(said[Doubled], 2 * said[RNN]) and torch.equal(said[Derived], said[RNN])

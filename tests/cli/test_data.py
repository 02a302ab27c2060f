"""What `--json` writes fits the schemas that are kept, whatever happens."""

import copy
import json
import math
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqgen
from seqgen.checkpoint import Checkpoint
from seqgen.cli import data, main
from seqgen.errors import UsageError
from tests.cli.schemas import faults
from tests.runs import SMALL, one_thread, write_book

ROOT = Path(__file__).resolve().parents[2]
KEPT = {path.stem: json.loads(path.read_text("utf-8")) for path in (ROOT / "docs" / "schemas").glob("*.json")}


def test_the_schemas_are_fresh() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "generate.py"))["schemas"]()
    assert {path.stem for path in made} == KEPT.keys()
    assert all(path.read_text("utf-8") == text for path, text in made.items()), "run docs/generate.py"


def test_every_schema_is_named_in_the_documentation() -> None:
    text = (ROOT / "docs" / "config.md").read_text("utf-8")
    assert {name for name in data.KINDS if f"](schemas/{name}.json)" not in text} == set()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with `book.txt` and a run on it, `run`."""
    folder = tmp_path_factory.mktemp("home")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        seqgen.train(write_book(folder), out=folder / "run", **SMALL, documents="line", steps=5)
        yield folder


def strict(text: str) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


TINY = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in SMALL.items())
LINES = [
    ("corpora", "corpora list"),
    ("corpora-fetch", "corpora fetch fantasy-names python-reference"),
    ("corpora-fetch", "corpora path fantasy-names"),
    ("corpora-verify", "corpora verify fantasy-names"),
    ("evaluate", "chars evaluate run --samples 2"),
    ("evaluate", "chars evaluate run --samples 0 --adapt"),
    ("generate", "chars generate run -n 2"),
    ("inspect", "chars inspect book.txt"),
    ("inspect-pairs", "chars inspect book.txt --pairs 3"),
    ("info", "info"),
    ("info-model", "info run"),
    ("plugin-check", "plugin check mogrifier --quick"),
    ("plugins", "plugins"),
    ("score", "chars score run ash"),
    ("train", f"chars train book.txt --out json --steps 2 {TINY}"),
    ("train", f"chars train book.txt --out json --resume --steps 2 {TINY}"),
    ("error", "chars score nothing ash"),
    ("error", "chars scroe run ash"),
    ("error", "chars generate run --length many"),
    ("error", "chars evaluate run --part tset"),
    ("error", "corpora lst"),
    ("error", "nothing at all"),
]


@pytest.mark.parametrize(("name", "line"), LINES)
def test_each_line_fits_its_schema(
    name: str, line: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    code = main([*line.split(), "--json"])
    said = capsys.readouterr()
    objects = [strict(each) for each in said.out.splitlines()]
    assert objects and said.out.isascii()
    assert [*(fault for each in objects for fault in faults(each, KEPT[name]))] == []
    if name == "error":
        (found,) = objects
        assert found["error"]["exit_code"] == code > 0 and found["error"]["remedy"] in said.err
    else:
        assert code == 0


def test_a_model_whose_output_is_no_number_ends_in_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    broken = Checkpoint.load(Path("run/model.safetensors"))
    arrays = {name: np.full_like(array, 3e38) for name, array in broken.params.items()}
    Checkpoint(**{**vars(broken), "params": arrays}).save(Path("huge.safetensors"))
    for line, name in (("generate", ""), ("score", "ash"), ("evaluate", "")):
        code = main(["chars", line, "huge.safetensors", *name.split(), "--json"])
        last = strict(capsys.readouterr().out.splitlines()[-1])
        assert not [*faults(last, KEPT["error"])] and last["error"]["exit_code"] == code > 0, line


def test_what_is_no_number_is_null() -> None:
    text = data.line(data.Score(math.nan, math.inf, (data.Cost("é", -math.inf),)))
    assert text.isascii() and strict(text)["bits"] is None and strict(text)["symbols"][0]["bits"] is None
    assert not [*faults(strict(text), KEPT["score"])]


def test_a_run_is_told_in_json(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(home)
    assert main(["chars", "train", "book.txt", "--out", "told", "--steps", "2", *TINY.split(), "--json"]) == 0
    said = capsys.readouterr()
    told = strict(said.out)
    assert (told["folder"], told["step"], told["ended"]) == ("told", 2, "the budget is used up")
    assert f"Best: {told['bits']:.3f} bits per {told['unit']}" in said.err and told["held_out"] is True


def test_a_corpus_that_is_not_as_pinned_is_told_in_json(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    assert main(["corpora", "verify", "alice", "--mirror", "nothing", "--json"]) == 3
    first, last = map(strict, capsys.readouterr().out.splitlines())
    assert (first["corpus"], first["ok"], last["error"]["exit_code"]) == ("alice", False, 3)


def test_a_wrong_value_does_not_fit() -> None:
    good = strict(data.line(data.Score(1.0, 2.0, (data.Cost("a", 1.0),))))
    changes: list[dict[str, Any]] = [
        {"bits": "2"}, {"schema_version": 2}, {"symbols": [{"symbol": "a"}]}, {"symbols": {}}, {"more": 1},
        {"bits": True}, {"symbols": [{"symbol": 1, "bits": 1}]},
    ]  # fmt: skip
    for change in changes:
        assert [*faults(copy.deepcopy(good) | change, KEPT["score"])], change


def test_only_options_ask_for_json() -> None:
    assert data.is_asked(["chars", "score", "--json", "run"]) and not data.is_asked(["score", "--", "--json"])
    assert strict(data.failure(UsageError("a", "b", "c")))["error"] == {
        "asked": "a", "there": "b", "remedy": "c", "exit_code": 2,
    }  # fmt: skip

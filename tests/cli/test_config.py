"""Options from a file and by `--set`: the order in which they count, what is refused, and runs that are repeated."""

import itertools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
import typer

import seqgen
from seqgen.api.recipe import written
from seqgen.checkpoint import Checkpoint
from seqgen.cli import main
from seqgen.cli.apps import new_app
from seqgen.cli.config import configured
from seqgen.cli.options import with_given
from seqgen.errors import InputError, UsageError
from seqgen.records import option
from tests.runs import SMALL, one_thread, write_book

SOURCES = ("file", "environment", "set", "flag")
"""From the one that counts least."""


@dataclass(frozen=True)
class Settings:
    width: int = option(8, "Width")
    learning_rate: float = option(0.1, "Learning rate")
    cell: Literal["lstm", "gru"] = option("lstm", "Which recurrence")
    shuffle: bool = option(False, "Shuffle")
    stop: tuple[str, ...] = option((), "Where to stop")
    weights: tuple[int, ...] = option((), "Several numbers")


Place = Annotated[str, typer.Option(envvar="SEQGEN_PLACE", help="Where")]
Count = Annotated[int, typer.Option("-n", "--count", min=1, help="How many")]


def run(*arguments: str) -> dict[str, Any]:
    """What a command with these settings is called with. Raises what the command line would report."""
    called: dict[str, Any] = {}

    def train(corpus: str, *, given: dict[str, Any], place: Place = "default", count: Count = 1) -> None:
        called.update(given, corpus=corpus, place=place, count=count)

    def other(*, depth: int = 0) -> None: ...

    app = new_app("")
    app.command()(configured(with_given(train, [Settings])))
    app.command()(configured(other))
    app(args=["train", *arguments], prog_name="seqgen", standalone_mode=False)
    return called


def file(folder: Path, text: str) -> str:
    path = folder / "run.toml"
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize("given", [each for n in range(5) for each in itertools.combinations(SOURCES, n)])
def test_what_is_nearer_counts_more(given: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = ["book.txt"]
    if "file" in given:
        line += ["--config", file(tmp_path, 'place = "file"\n')]
    if "environment" in given:
        monkeypatch.setenv("SEQGEN_PLACE", "environment")
    if "set" in given:
        line[1:1] = ["--set", "place=set"]
    if "flag" in given:
        line[1:1] = ["--place", "flag"]
    assert run(*line)["place"] == (["default", *given])[-1]


def test_every_kind_of_option_can_stand_in_a_file(tmp_path: Path) -> None:
    text = """
        corpus = "alice"
        learning-rate = 1
        [train]
        width = 3
        cell = "gru"
        shuffle = true
        stop = ["a", "b"]
        weights = [1, 2]
        count = 2
        [other]
        depth = 3
    """
    expected = {
        "corpus": "alice", "learning_rate": 1.0, "width": 3, "cell": "gru", "shuffle": True, "stop": ("a", "b"),
        "weights": (1, 2), "count": 2, "place": "default",
    }  # fmt: skip
    assert run("--config", file(tmp_path, text)) == expected
    pairs = ("learning_rate=1e-3", "train.width=3", "shuffle=false", "stop=a", "weights=[1, 2]", "place=")
    line = ["book.txt", *(word for pair in pairs for word in ("--set", pair))]
    assert run(*line) == {
        "corpus": "book.txt", "learning_rate": 0.001, "width": 3, "shuffle": False, "stop": ("a",), "weights": (1, 2),
        "count": 1, "place": "",
    }  # fmt: skip


def test_a_group_of_settings_is_a_heading(tmp_path: Path) -> None:
    path = file(tmp_path, "[model]\nwidth = 5\nlayers = 3\n[optimiser]\nlearning_rate = 0.5\n")
    assert run("book.txt", "--config", path) == {
        "corpus": "book.txt", "width": 5, "learning_rate": 0.5, "count": 1, "place": "default",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "asked", "remedy"),
    [
        ("widht = 3", "{path}", "Did you mean 'width'?"),
        ("[train]\nwidht = 3", "{path}", "Did you mean 'width'?"),
        ("[other]\ndepht = 3", "{path}", "Did you mean 'depth'?"),
        ("[model]\nlanes = 3", "{path}", "Known: cell"),
        ("[trian]\nwidth = 3", "{path}", "Did you mean 'train'?"),
        ("[budgt]\nsteps = 3", "{path}", "Did you mean 'budget'?"),
        ("[nonsense]\nsteps = 3", "{path}", "Known: budget, "),
        ("config = 'x.toml'", "{path}", "Known: "),
        ("width = '3'", "{path}: width", "Give a whole number"),
        ("width = 3.5", "{path}: width", "Give a whole number"),
        ("width = true", "{path}: width", "Give a whole number"),
        ("learning_rate = 'x'", "{path}: learning_rate", "Give a number"),
        ("shuffle = 1", "{path}: shuffle", "Give true or false"),
        ("stop = 'a'", "{path}: stop", "Give a list, of text"),
        ("stop = [1]", "{path}: stop", "Give a list, of text"),
        ("width = [1]", "{path}: width", "Give a whole number"),
        ("cell = 'gur'", "{path}: cell = 'gur'", "Did you mean 'gru'?"),
        ("count = 0", "{path}: count = 0", "Give such a number"),
    ],
)
def test_what_a_file_holds_is_checked(text: str, asked: str, remedy: str, tmp_path: Path) -> None:
    path = file(tmp_path, text)
    with pytest.raises(UsageError) as refused:
        run("book.txt", "--config", path)
    assert refused.value.asked == asked.format(path=path) and remedy in refused.value.remedy


def test_of_what_is_set_twice_the_last_counts_or_all() -> None:
    pairs = ("width=3", 'stop=["a"]', "width=4", "stop=b", "train.stop=c", "weights=1", "weights=[2, 3]")
    found = run("book.txt", *(word for pair in pairs for word in ("--set", pair)))
    assert (found["width"], found["stop"], found["weights"]) == (4, ("a", "b", "c"), (1, 2, 3))


def test_of_several_files_the_last_counts(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("width = 3\nplace = 'base'\n", "utf-8")
    line = ["book.txt", "--config", str(tmp_path / "base.toml"), "--config", file(tmp_path, "width = 4\n")]
    assert (run(*line)["width"], run(*line)["place"]) == (4, "base")


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [("none.toml", UsageError, "there is no such file"), (".", InputError, "it is a folder. Name a file")],
)
def test_a_file_that_cannot_be_read_is_said_to_be_that_of_the_option(
    name: str, error: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error) as refused:
        run("book.txt", "--config", str(tmp_path / name))
    assert str(refused.value).startswith(f"--config {tmp_path / name}: {said}") and "space" not in str(refused.value)


def test_json_is_asked_for_on_the_command_line_alone(tmp_path: Path) -> None:
    for source in (["--set", "json=true"], ["--config", file(tmp_path, "json = true\n")]):
        with pytest.raises(UsageError, match=r"cannot be set\. Give --json on the command line"):
            run("book.txt", *source)


@pytest.mark.parametrize("pair", ["widht=3", "width=wide", "width", "=3", "trian.width=3", "cell=gur", "count=0"])
def test_what_is_set_is_checked(pair: str) -> None:
    with pytest.raises(UsageError) as refused:
        run("book.txt", "--set", pair)
    assert refused.value.asked == f"--set {pair}"


@pytest.mark.parametrize(
    ("data", "there"),
    [(b"width = 3\nlanes 4\n", "line 2, column 7"), (b"stop = '\xff'", "offset 8 is no UTF-8")],
)
def test_a_broken_file_is_named_with_the_place(data: bytes, there: str, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_bytes(data)
    with pytest.raises(InputError) as refused:
        run("book.txt", "--config", str(tmp_path / "run.toml"))
    assert there in refused.value.there and "run.toml" in refused.value.asked


def test_what_is_written_is_read() -> None:
    values = {
        "text": 'a "b" \\ \n\t\x00\x1f\x7f é 🎵', "list": ["a", "b"], "empty": [], "small": 1e-05, "large": 1e22,
        "whole": -3, "flag": True, "off": False, "none": 0.0,
    }  # fmt: skip
    assert tomllib.loads("\n".join(written(values))) == values


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    write_book(tmp_path)
    monkeypatch.chdir(tmp_path)
    with one_thread():
        yield tmp_path


TINY = [word for name, value in SMALL.items() for word in (f"--{name.replace('_', '-')}", str(value))]


def test_a_run_from_python_can_be_repeated_too(folder: Path) -> None:
    seqgen.train("book.txt", out="one", seed=3, **SMALL, steps=2)
    assert main(["chars", "train", "--config", "one/run.toml", "--out", "two"]) == 0
    assert (folder / "one/run.toml").read_bytes() == (folder / "two/run.toml").read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        "--seed 3 --output-dropout 0.1",
        "--strategy many-to-one --context 4",
        "--horizon 3 --cell gru,convolution:3 --layers 2 --documents line",
        "--levels paragraph --reset paragraph --split 80,10,10 --optimiser adamw",
    ],
)
def test_a_run_is_repeated_bit_for_bit(options: str, folder: Path) -> None:
    assert main(["chars", "train", "book.txt", "--out", "one", "--steps", "4", *TINY, *options.split()]) == 0
    assert main(["chars", "train", "--config", "one/run.toml", "--out", "two"]) == 0
    assert main(["chars", "train", "--config", "one/run.toml", "--set", "seed=9", "--out", "three"]) == 0
    one, two, three = (Checkpoint.load(folder / name / "model.safetensors") for name in ("one", "two", "three"))
    assert all(np.array_equal(array, two.params[name]) for name, array in one.params.items())
    assert not all(np.array_equal(array, three.params[name]) for name, array in one.params.items())
    assert (folder / "one/run.toml").read_bytes() == (folder / "two/run.toml").read_bytes()
    assert (one.strategy, one.reset, one.codec) == (two.strategy, two.reset, two.codec)


def test_a_recipe_is_for_its_domain(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chars", "train", "book.txt", "--out", "one", "--steps", "2", *TINY]) == 0
    for verb in ("train --out two", "generate one"):
        assert main(["words", *verb.split(), "--config", "one/run.toml"]) == 2
        said = capsys.readouterr().err
        assert f"--config one/run.toml: it is for the domain 'chars'. Use `seqgen chars {verb.split()[0]}`" in said


def test_a_recipe_leaves_other_commands_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chars", "train", "book.txt", "--out", "one", "--steps", "2", *TINY]) == 0
    capsys.readouterr()
    assert main(["chars", "generate", "one", "--config", "one/run.toml", "--set", "length=3", "--set", "n=2"]) == 2
    assert main(["chars", "generate", "one", "--config", "one/run.toml", "--set", "length=3"]) == 0
    assert len(capsys.readouterr().out) == 4

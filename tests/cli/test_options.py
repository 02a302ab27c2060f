"""The options of a command and the settings behind them are one thing."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from typer.testing import CliRunner

from seqgen.cli.apps import new_app
from seqgen.cli.options import CHOSEN, assemble, parameters, with_given, with_options, written
from seqgen.errors import UsageError
from seqgen.records import option


@dataclass(frozen=True)
class Paging:
    page_lines: int = option(0, "Lines on a page")
    stop: tuple[str, ...] = option((), "Where to stop")


@dataclass(frozen=True)
class Settings:
    paging: Paging = field(default_factory=Paging)
    width: int | None = option(None, "Width of a layer")
    rate: float = option(0.004, "Learning rate")
    cell: Literal["lstm", "gru"] = option("lstm", "Which recurrence")
    shuffle: bool = option(False, "Draw windows in random order")
    split: tuple[float, float] = option((0.9, 0.1), "Fractions")
    folder: Path | None = option(None, "A folder", unset="none at all")
    seed: int = option(0, "Seed")
    hidden: int = 7

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise UsageError(f"seed = {self.seed}", "it is negative", "Choose another")


@dataclass(frozen=True)
class Sampling:
    seed: int = option(0, "Seed")


CorpusName = Annotated[str, typer.Argument(help="A corpus")]


def run(*arguments: str) -> tuple[dict[str, Any], str]:
    """What a command with these settings was called with, and what it printed."""
    called: dict[str, Any] = {}

    def train(corpus: CorpusName, *, settings: Settings, sampling: Sampling, count: int = 1) -> None:
        """Train a model."""
        called.update(corpus=corpus, settings=settings, sampling=sampling, count=count)

    app = new_app("")
    app.command()(with_options(train, settings=Settings, sampling=Sampling))
    result = CliRunner().invoke(app, [*arguments], env={"COLUMNS": "200"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return called, result.output


def test_without_options_every_setting_has_its_default() -> None:
    called, _ = run("alice")
    assert called == {"corpus": "alice", "settings": Settings(), "sampling": Sampling(), "count": 1}


def test_every_kind_of_option_reaches_its_field() -> None:
    called, _ = run(
        *"alice --width 64 --rate 0.1 --cell gru --shuffle --split 0.5 0.5 --folder runs".split(),
        *"--seed 3 --page-lines 40 --stop a --stop b --count 2".split(),
    )
    expected = Settings(Paging(40, ("a", "b")), 64, 0.1, "gru", True, (0.5, 0.5), Path("runs"), 3)
    assert called == {"corpus": "alice", "settings": expected, "sampling": Sampling(3), "count": 2}


def test_what_is_written_is_understood() -> None:
    given = {"page_lines": 3, "width": 64, "rate": 1e-05, "cell": "gru", "shuffle": True}
    line = written(given)
    assert line == "--page-lines 3 --width 64 --rate 1e-05 --cell gru --shuffle"
    called, _ = run("alice", *line.split())
    assert called["settings"] == Settings(Paging(3), 64, 1e-05, "gru", True)
    assert written({"shuffle": False, "folder": "a b"}) == "--no-shuffle --folder 'a b'"


def test_help_shows_the_help_the_choices_and_the_defaults() -> None:
    _, wrapped = run("--help")
    shown = " ".join(wrapped.split())
    defaults = ("0.004", f"({CHOSEN})", "(none at all)")
    for part in ("Train a model.", "--page-lines", "Lines on a page", "lstm|gru", *defaults):
        assert part in shown, part
    assert "Where to stop; may be repeated" in shown
    assert "hidden" not in shown
    assert shown.count("--seed") == 1


@pytest.mark.parametrize("wrong", ["--cell=tree", "--width=wide", "--split=1", "--colour=red"])
def test_a_wrong_value_is_a_usage_error_that_names_the_option(wrong: str) -> None:
    called, shown = run("alice", wrong)
    assert not called and wrong.partition("=")[0] in shown


def test_the_bounds_are_those_of_the_record() -> None:
    with pytest.raises(UsageError, match="seed = -1"):
        run("alice", "--seed", "-1")


def test_there_is_an_option_for_each_field_that_has_help() -> None:
    names = [each.name for each in parameters(Settings)]
    assert names == ["page_lines", "stop", "width", "rate", "cell", "shuffle", "split", "folder", "seed"]


def test_assemble_reverses_parameters() -> None:
    assert assemble(Settings, {each.name: each.default for each in parameters(Settings)}) == Settings()


def given(*arguments: str) -> tuple[dict[str, Any], str]:
    """What a command was given of these settings, and what it printed."""
    called: dict[str, Any] = {}

    def train(corpus: CorpusName, *, given: dict[str, Any]) -> None:
        called.update(given, corpus=corpus)

    app = new_app("")
    app.command()(with_given(train, [Settings, Sampling], chosen=["rate"]))
    return called, CliRunner().invoke(app, [*arguments]).output


def test_only_what_stood_on_the_command_line_is_given() -> None:
    assert given("alice")[0] == {"corpus": "alice"}
    line = "alice --seed 0 --no-shuffle --stop a --rate 0.004 --split 0.5 0.5 --page-lines 0"
    expected = {"seed": 0, "shuffle": False, "stop": ("a",), "rate": 0.004, "split": (0.5, 0.5), "page_lines": 0}
    assert given(*line.split())[0] == {"corpus": "alice", **expected}


def test_help_still_tells_the_defaults_of_what_is_not_given() -> None:
    shown = " ".join(given("--help")[1].split())
    for part in (
        "lstm|gru",
        "[default: lstm]",
        f"Learning rate [default: {CHOSEN}]",
        "Lines on a page [default: 0]",
    ):
        assert part in shown, part


@dataclass(frozen=True)
class OtherSeed:
    seed: int = option(1, "Seed")


@dataclass(frozen=True)
class Clash:
    corpus: str = option("", "A corpus")


@pytest.mark.parametrize("clashing", [OtherSeed, Clash])
def test_two_settings_of_one_name_that_differ_are_refused(clashing: type) -> None:
    def train(corpus: CorpusName, *, settings: Settings, plugin: Any) -> None: ...

    with pytest.raises(UsageError, match="two settings have that name"):
        with_options(train, settings=Settings, plugin=clashing)

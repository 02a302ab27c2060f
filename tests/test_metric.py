"""Metrics are measured of what a model writes and of held-out content, on the same terms."""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

import seqgen
import seqgen_chars
from seqgen.api import Model
from seqgen.api.comparing import STRETCH
from seqgen.api.evaluating import Evaluation, evaluate, find_source
from seqgen.cli import main, root
from seqgen.errors import InputError, UnknownName
from seqgen.hookspecs import hookimpl
from seqgen.metric import Better, Excerpt, Material, Metric, compare
from seqgen.plugins import Plugins
from tests.runs import SMALL, WORDS, book, one_thread, write_book


def counting(excerpts: Sequence[Excerpt], material: Material) -> float | None:
    return sum(len(each.pieces) for each in excerpts) or None


def metric(better: Better = "lower") -> Metric:
    return Metric("pieces", "chars", "pieces", better=better, measure=counting, summary="in all")


def test_both_sides_are_measured_on_their_own() -> None:
    material = Material([Excerpt(("a", "b")), Excerpt(("c",))], [Excerpt(("d",))])
    (found,) = compare([metric()], material).values()
    assert (found.generated, found.held_out, found.unit, found.better) == (3, 1, "pieces", "lower")
    empty = compare([metric()], Material())["pieces"]
    assert (empty.generated, empty.held_out) == (None, None)


def test_a_direction_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"the direction of a metric 'higer'.*Did you mean 'higher'"):
        metric("higer")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_refused_by_the_name_of_the_metric(value: float) -> None:
    bad = Metric("bad", "chars", "share", better="higher", measure=lambda excerpts, material: value, summary="of all")
    with pytest.raises(InputError, match=r"the metric 'bad': it gave .* for 1 excerpts"):
        compare([bad], Material([Excerpt(())]))


@pytest.mark.parametrize("error", [ZeroDivisionError("so"), SystemExit(0), InputError("a", "b", "c")])
def test_what_a_metric_raises_is_told_and_leaves_its_figure_out(error: BaseException) -> None:
    def fail(excerpts: Sequence[Excerpt], material: Material) -> float:
        if not excerpts:
            return 2
        raise error

    bad, told = Metric("bad", "chars", "share", better="higher", measure=fail, summary="of all"), list[str]()
    with pytest.raises(InputError, match=rf"the metric 'bad': it raised {type(error).__name__}: .*, given 1 excerpts"):
        compare([bad], Material([Excerpt(())]))
    sides = Material([Excerpt(())], [])
    found = compare([bad, metric()], sides, failed=lambda each, why: told.append(f"{each.name} {why.there}"))
    assert (found["bad"].generated, found["bad"].held_out) == (None, 2) and list(found) == ["bad", "pieces"]
    assert len(told) == 1 and type(error).__name__ in told[0]


def test_what_is_kept_is_made_once() -> None:
    material, made = Material(), []
    for key in ("a", "b", "a"):
        material.once(key, lambda key=key: made.append(key))  # type: ignore[misc]
    assert made == ["a", "b"]


class Watching:
    """A plugin whose metric keeps what it is given."""

    def __init__(self) -> None:
        self.sides: list[Sequence[Excerpt]] = []
        self.training: list[str] = []

    def measure(self, excerpts: Sequence[Excerpt], material: Material) -> float:
        self.sides.append(excerpts)
        self.training = material.once("training", lambda: ["".join(pieces) for pieces in material.training()])
        return len(excerpts)

    @hookimpl
    def seqgen_metrics(self) -> list[Metric]:
        return [Metric("watch", "chars", "excerpts", better="higher", measure=self.measure, summary="seen")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with two runs on one book: with three held-out documents, and with many."""
    folder = tmp_path_factory.mktemp("home")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(folder / "cache"))
        options = SMALL | {"documents": "line", "steps": 60, "learning_rate": 0.02, "warmup": 5, "validations": 1}
        text = write_book(folder)
        seqgen.train(text, out=folder / "few", split="95,5,0", **options)
        seqgen.train(text, out=folder / "many", split="50,50,0", **options)
        yield folder


@pytest.fixture(autouse=True)
def shared_cache(home: Path, own_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(home / "cache"))


def watched(home: Path, run: str, *, samples: int) -> tuple[Model, Watching, Evaluation]:
    watching, plugins = Watching(), Plugins()
    plugins.add(seqgen_chars, "chars")
    plugins.add(watching, "watching")
    assert plugins.broken == {}
    model = seqgen.load(home / run)
    return model, watching, evaluate(model, find_source(model, home / run), samples=samples, plugins=plugins)


def text_of(excerpt: Excerpt) -> str:
    return "".join(excerpt.pieces)


def test_whole_documents_are_handed_over_where_there_are_many(home: Path) -> None:
    model, watching, found = watched(home, "many", samples=25)
    generated, held_out = watching.sides
    assert [text_of(each) for each in generated] == [sample.text for sample in model.generate(count=25)]
    lines = {line for line in book().splitlines() if line}
    assert len(held_out) == 25 and {text_of(each) for each in held_out} <= lines - {*watching.training}
    assert len(watching.training) == 30 and {*watching.training} <= lines
    assert all(each.begins and each.ends for each in [*generated, *held_out])
    assert found.metrics["watch"].generated == found.metrics["watch"].held_out == 25


def test_stretches_are_cut_at_the_marks_and_say_where(home: Path) -> None:
    model, watching, found = watched(home, "few", samples=3)
    generated, held_out = watching.sides
    lines = [line for sample in model.generate(count=3, length=STRETCH) for line in sample.text.split("\n")]
    assert [text for each in generated if (text := text_of(each))] == [line for line in lines if line]
    assert all(each.begins for each in generated) and 1 <= sum(not each.ends for each in generated) <= 3
    assert len(held_out) == 3, "the held-out text is shorter than a stretch, and is not taken again and again"
    assert found.metrics.keys() == {"watch", "real_words", "distinct_1", "distinct_2", "distinct_3", "repetition_4"}
    real = found.metrics["real_words"]
    assert real.held_out == 1 and real.generated is not None and real.generated < 1
    assert {*" ".join(watching.training).split()} == {*WORDS}


def test_without_samples_or_the_training_text_there_are_no_metrics(home: Path, tmp_path: Path) -> None:
    model = seqgen.load(home / "few")
    assert model.evaluate(samples=0).metrics == {}
    other = tmp_path / "other.txt"
    other.write_text("old oak\n" * 30, encoding="utf-8")
    assert model.evaluate(corpus=str(other), samples=2).metrics == {}


FAILING = """
from seqgen.hookspecs import hookimpl
from seqgen.metric import Metric

def fail(excerpts, material):
    return 1 / 0

@hookimpl
def seqgen_metrics():
    twin = lambda name: Metric(name, "chars", "x", better="higher", measure=fail, summary="s")
    return [twin(name) for name in NAMES]
"""


@pytest.mark.filterwarnings("default")
def test_metrics_of_strangers_that_fail_or_clash_are_noted_and_left_out(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = [*entry_points(group="seqgen")]
    for module, names in (("one_for_metrics", ["failing", "twin"]), ("two_for_metrics", ["twin"])):
        (tmp_path / f"{module}.py").write_text(f"NAMES = {names}\n{FAILING}", "utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)
        entries.append(EntryPoint(module.partition("_")[0], module, "seqgen"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(root, "find", lambda *args, **options: Plugins(entries))
    assert main(["chars", "evaluate", str(home / "many"), "--samples", "2", "--json"]) == 0
    shown, said = capsys.readouterr()
    metrics = json.loads(shown)["metrics"]
    assert metrics["failing"]["generated"] is None and "real_words" in metrics and "twin" not in metrics
    failed = "Note: the metric 'failing' of the plugin one: it raised ZeroDivisionError: division by zero"
    assert failed in said and "the plugin one and the plugin two" in said


def test_the_command_prints_them_side_by_side(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(home / "many")
    assert main(["chars", "evaluate", run, "--samples", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["metrics"]["real_words"]
    assert main(["chars", "evaluate", run, "--samples", "4"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "real_words" in line]
    figures = [f"{found[side]:.4g}" for side in ("generated", "held_out")]
    assert line.split() == ["real_words", *figures, "higher", "share:", "words", "that", "training", "holds"]
    assert main(["chars", "evaluate", run, "--samples", "0"]) == 0
    assert "real_words" not in capsys.readouterr().out

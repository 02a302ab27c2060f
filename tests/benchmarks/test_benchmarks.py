"""Every benchmark runs, in its quick form, and compares like with like; how fast anything is, no test asks."""

import json
import math
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import NAMES, bare, many, reset_cost
from benchmarks.__main__ import main as run_all
from benchmarks.bare import Bare
from benchmarks.demo import check_names
from benchmarks.measuring import Figure, Goal, alternate, line, row
from seqgen import evaluation
from seqgen.evaluation import Held
from seqgen.generation import generate
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.nn import Stack
from seqgen.vocabulary import Vocabulary
from tests.test_style import RULES, Rule
from tests.trees import ROOT, parse


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Threads that wait for each other take longer than work as small as this."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


FIELDS = {"figure", "unit", "value", "baseline", "ratio", "goal", "reached", "quick", "date", "hardware"}
HEADER = "| figure | date | hardware | measured | baseline | ratio | goal |"


LONG = ("blues", "code", "words")
"""Benchmarks whose quick forms are not that quick."""
QUICK = [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in NAMES]


@pytest.mark.parametrize("name", QUICK)
def test_the_quick_form_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    if name == "demo" and not ((ROOT / ".git").exists() and shutil.which("make")):
        pytest.skip("a demonstration from a clone needs a clone, and make")
    import_module(f"benchmarks.{name}").main(["--quick", "--json"])
    found = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert found
    for figure in found:
        assert figure.keys() == FIELDS
        assert figure["quick"] is True and figure["reached"] is None, "a quick form proves nothing"
        assert all(math.isfinite(figure[key]) for key in ("value", "baseline", "ratio") if figure[key] is not None)


def test_all_of_them_are_run_in_processes_of_their_own(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_all(["--only", "encode", "--quick", "--rows"]) == 0
    rows = capfd.readouterr().out.splitlines()
    assert len(rows) > 5 and all(each.count("|") == HEADER.count("|") for each in rows)


def test_one_that_fails_is_told(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert run_all(["--only", "demo", "--quick"]) == 1
    assert "Failed: demo" in capfd.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_has_a_table_for(name: str) -> None:
    pages = (ROOT / "docs" / "benchmarks.md").read_text("utf-8").split("\n## ")
    (page,) = [each for each in pages if each.startswith(f"`{name}`")]
    assert HEADER in page and f"python -m benchmarks.{name}" in page


def test_works_take_turns_in_both_orders() -> None:
    told: list[str] = []

    def work(name: str) -> float:
        told.append(name)
        return float(len(told))

    assert alternate([lambda: work("a"), lambda: work("b")], 3) == [[1, 4, 5], [2, 3, 6]]
    assert "".join(told) == "abbaab"


def test_a_ratio_is_that_of_neighbours_in_time() -> None:
    found = Figure.beside("f", "things/s", own=[10, 1, 30], base=[10, 1, 5], goal=Goal("ratio", "least", 2.5))
    assert (found.value, found.baseline, found.ratio, found.reached) == (10, 5, 1, False)


@pytest.mark.parametrize(
    ("goal", "reached"),
    [
        (None, None),
        (Goal("value", "most", 3), True),
        (Goal("value", "least", 3), True),
        (Goal("value", "most", 2.9), False),
        (Goal("value", "least", 3.1), False),
        (Goal("ratio", "least", 1.5), True),
        (Goal("ratio", "most", 1.4), False),
    ],
)
def test_a_goal_is_for_the_value_or_the_ratio(goal: Goal | None, reached: bool | None) -> None:
    assert Figure("f", "s", 3, 2, 1.5, goal).reached is reached


def test_a_ratio_that_was_not_measured_reaches_nothing() -> None:
    assert Figure("f", "s", 3, goal=Goal("ratio", "least", 1)).reached is None


def test_a_figure_reads_the_same_as_a_line_and_as_a_row() -> None:
    figure = Figure("f", "symbols/s", 85_001.3, 1.48765, 0.5, Goal("ratio", "least", 0.9))
    for text in (line(figure), row(figure)):
        assert all(part in text for part in ("85,001 symbols/s", "1.488", "0.5", "ratio at least 0.9"))
    assert "MISSES" in line(figure)


def test_the_three_texts_of_the_resets_differ_in_boundaries_alone() -> None:
    vocabulary = Vocabulary(("document", "chapter", "paragraph"), ["\n", "a", "b"])
    a, b, end = (vocabulary.id_of(symbol) for symbol in "ab\n")
    ids = np.array([0, 1, a, end, b, end, end, 2, b, end, 0], np.uint8)
    texts = reset_cost.streams(ids, vocabulary)
    assert texts["never"].tolist() == [0, a, end, b, end, end, b, end, 0]
    assert texts["paragraph"].tolist() == ids.tolist()
    assert texts["line"].tolist() == [0, a, end, 2, b, end, 2, end, 2, b, end, 2, 0]


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("window", [None, 7, 64])
def test_the_bare_script_is_scored_as_seqgen_is(window: int | None) -> None:
    torch.manual_seed(0)
    model = Bare(9, width=6, embedding=5)
    with torch.no_grad():
        model.embedding.weight[:, 0] = 0  # seqgen keeps this channel for the reset
    weights = {name: value.detach().numpy() for name, value in model.named_parameters()}
    params = {
        "embedding": weights["embedding.weight"],
        "layers.0.W": weights["lstm.weight_ih_l0"][:, 1:],
        "layers.0.U": weights["lstm.weight_hh_l0"],
        "layers.0.b": weights["lstm.bias_ih_l0"] + weights["lstm.bias_hh_l0"],
        "output.W": weights["output.weight"],
        "output.b": weights["output.bias"],
    }
    stack = Stack.from_arrays(ModelSettings(9, width=6, embedding=5, residual=False), params)
    ids_N = np.random.default_rng(0).integers(3, 9, 1000)
    held, strategy = Held(ids_N, np.ones(len(ids_N), int), 2), Strategy()
    own = evaluation.cold(stack, held, strategy, window) if window else evaluation.carried(stack, held, strategy)
    found = bare.cold(model, ids_N, window) if window else bare.carried(model, ids_N)
    assert own is not None
    np.testing.assert_allclose(found, own.nats_N[1:], atol=1e-5)


@pytest.mark.usefixtures("one_thread")
def test_the_bare_script_learns_and_carries_its_state() -> None:
    torch.manual_seed(0)
    model = Bare(5, width=32, embedding=8)
    ids_N = np.tile(np.array([1, 2, 1, 3, 1, 4]), 200)
    before = bare.carried(model, ids_N).mean()
    steps = bare.train(model, ids_N, lanes=4, window=1, left=lambda: 1.0, bfloat16=False)
    assert {next(steps) for _ in range(400)} == {4}
    # What follows 1 is known only from the symbol before it, in another window.
    assert bare.carried(model, ids_N).mean() < 0.1 < before


def test_a_sample_that_parts_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ModelSettings(many.VOCABULARY.size, width=8)
    assert list(many.until_they_part(settings, 4)) == []
    monkeypatch.setattr(many, "generate", lambda *given, sample: generate(*given, sample=sample + (sample == 5)))
    (parted,) = many.until_they_part(settings, 20)
    assert 0 <= parted < 20 * many.LANES and parted % many.LANES == 0


def test_a_demonstration_without_names_is_none() -> None:
    check_names("seqgen chars generate\n" + "Anna\n" * 20 + "rm -rf runs/music\n")
    for names in ("", "Anna\n" * 19, "Anna\n" * 19 + "rm -rf runs/music\n"):
        with pytest.raises(RuntimeError):
            check_names(f"seqgen chars generate\n{names}")
    for printed in ("", "Anna\n" * 20):
        with pytest.raises(RuntimeError):
            check_names(printed)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_benchmarks_keep_the_style(rule: Rule) -> None:
    paths = sorted(Path(ROOT, "benchmarks").glob("*.py"))
    modules = [parse(f"benchmarks.{path.stem}", path.read_text("utf-8")) for path in paths]
    assert [fault for module in modules for fault in rule(module)] == []

"""The race is fair: the GPT keeps its recipe, is scored as seqgen is, and its clock sees training alone."""

import math
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import bare, cells, gpt, own, plotting, race, rival, scoring
from benchmarks.bare import Bare
from benchmarks.gpt import RECIPES, Gpt, Recipe
from benchmarks.own import Glance, Look
from benchmarks.plotting import Panel
from benchmarks.rival import Attempt, Task
from seqgen import api
from seqgen.api import Progress
from seqgen.errors import UsageError
from seqgen.evaluation import UNKNOWN_NATS, Held
from tests.runs import SMALL, one_thread, write_book

TINY = Recipe(layers=2, heads=2, width=16, context=8, batch=4, steps=12)
V = 9


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    with one_thread():
        yield


def fresh(recipe: Recipe = TINY) -> Gpt:
    torch.manual_seed(0)
    return Gpt(V, recipe)


def task(recipe: Recipe = TINY) -> Task:
    ids_N = np.random.default_rng(0).integers(3, V, 500)
    return Task(recipe, ids_N, V, Glance(held(ids_N[:50]), recipe.context))


def held(ids_N: np.ndarray) -> Held:
    return Held(ids_N, np.ones(len(ids_N), int), 1)


@pytest.mark.parametrize(("name", "millions"), [("cpu", 0.80), ("gpu", 10.65)])
def test_a_recipe_has_as_many_parameters_as_is_said(name: str, millions: float) -> None:
    model = Gpt(65, RECIPES[name])
    count = sum(weight.numel() for weight in model.parameters()) - model.positions.weight.numel()
    assert count / 1e6 == pytest.approx(millions, abs=0.005)


def test_a_gpt_sees_what_came_before_and_its_place_and_nothing_after() -> None:
    model, ids_BT = fresh(), torch.randint(V, (1, 8), generator=torch.Generator().manual_seed(0))
    other_BT = ids_BT.clone()
    other_BT[0, 4] = (other_BT[0, 4] + 1) % V
    before, after = model(ids_BT)[0], model(other_BT)[0]
    assert torch.equal(before[:4], after[:4])
    assert not any(torch.equal(before[t], after[t]) for t in range(4, 8))
    same = model(torch.full((1, 8), 3))[0]
    assert not torch.allclose(same[0], same[7], atol=1e-4)


def test_the_schedule_is_a_line_and_half_a_cosine() -> None:
    shares = [(0, 0.0), (50, 0.025), (100, 0.05), (1050, 0.525), (1999, 0.9995)]
    rates = [gpt.rate(step, share, 0.05) for step, share in shares]
    assert rates == pytest.approx([1e-3 / 101, 1e-3 * 51 / 101, 1e-3, 5.5e-4, 1e-4], rel=1e-3)


def test_a_stretched_schedule_turns_where_the_line_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, float, float]] = []
    monkeypatch.setattr(gpt, "WARMUP", 3)

    def rate(step: int, share: float, risen: float) -> float:
        asked.append((step, share, risen))
        return 1e-3

    monkeypatch.setattr(gpt, "rate", rate)
    assert len(list(gpt.train(fresh(), task().ids_N, done=lambda step: step / 10, bfloat16=False))) == 10
    assert [risen for _, _, risen in asked] == pytest.approx([0, 0.1, 0.2, *[0.3] * 7])
    assert [share for _, share, _ in asked] == pytest.approx([step / 10 for step in range(10)])


def test_only_matrices_decay_and_nothing_is_left_out() -> None:
    model = fresh()
    groups = gpt.optimiser(model).param_groups
    assert {(group["weight_decay"], each.ndim) for group in groups for each in group["params"]} == {(0.1, 2), (0.0, 1)}
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_gpt_learns_what_needs_a_look_back(bfloat16: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpt, "WARMUP", 10)
    monkeypatch.setattr(gpt, "RATE", 3e-3)
    model, ids_N = fresh(replace(TINY, width=32)), np.tile(np.array([1, 2, 1, 3, 1, 4]), 50)
    losses = [loss.item() for loss in gpt.train(model, ids_N, done=lambda step: step / 250, bfloat16=bfloat16)]
    # What follows 1 is known from the symbol before it.
    assert scoring.cold(model, ids_N, 8).mean() < 0.3 < math.log(3) / 2 < losses[0]


def test_cold_windows_are_read_one_by_one_and_every_symbol_is_scored_once() -> None:
    model, ids_N = fresh(), task().ids_N[:45]
    found_N = scoring.cold(model, ids_N, 8)
    ids = torch.from_numpy(ids_N)
    with torch.inference_mode():
        each = [
            -model(ids[None, t - t % 8 : t + 1])[0, -1].log_softmax(-1)[ids[t + 1]].item() for t in range(len(ids) - 1)
        ]
    np.testing.assert_allclose(found_N, each, atol=1e-5)


def test_both_baselines_are_scored_in_the_same_windows() -> None:
    model, ids_N = Bare(V, width=6, embedding=5), task().ids_N
    seen: list[list[int]] = []

    def spy(ids_BT: torch.Tensor) -> torch.Tensor:
        seen.extend(ids_BT.tolist())
        return torch.zeros(*ids_BT.shape, V)

    scoring.cold(spy, ids_N, 8)
    assert [id for row in seen for id in row][: len(ids_N) - 1] == ids_N[:-1].tolist()
    assert bare.cold(model, ids_N, 8).shape == scoring.cold(spy, ids_N, 8).shape == (len(ids_N) - 1,)


def test_unknown_symbols_are_charged_and_boundaries_have_no_characters() -> None:
    some = Held(np.array([0, 2, 1, 3, 0]), np.array([0, 1, 1, 1, 0]), 1)
    assert scoring.per_character(np.array([0.5, 0.1, 0.5, 2.0]), some) == pytest.approx((3 + UNKNOWN_NATS) / 3)


def test_the_recipe_takes_its_steps_and_a_stretched_one_its_seconds() -> None:
    given = task()
    plain = rival.run(given, held(given.ids_N), seconds=None, looks=[0.5])
    timed = rival.run(given, held(given.ids_N), seconds=0.3, looks=[0.5])
    assert plain.steps == 12 and plain.nats.keys() == set()  # a context of 8 is no window that is scored
    assert timed.seconds == pytest.approx(0.3, abs=0.15) and timed.steps != 12


def test_the_clock_stands_still_during_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempt(task(), None)

    def score(glance: Glance) -> float:
        time.sleep(0.2)
        return 1 / attempt.steps

    monkeypatch.setattr(attempt, "score", score)
    spent = attempt.train([0.25, 0.5, 0.75])
    assert attempt.steps == 12 and len(attempt.looks) == 4
    assert spent < 0.4 and attempt.looks[-1].seconds < 0.4


def test_the_best_weights_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt, seen = Attempt(task(), None), []

    def score(glance: Glance) -> float:
        seen.append(attempt.model.norm.weight.detach().clone())
        return [3.0, 1.0, 2.0][len(seen) - 1]

    monkeypatch.setattr(attempt, "score", score)
    attempt.train([0.25, 0.5])
    assert [look.nats for look in attempt.looks] == [3.0, 1.0]
    assert torch.equal(attempt.model.norm.weight, seen[1]) and not torch.equal(seen[1], seen[2])


def test_a_score_is_free_of_dropout_and_leaves_training_as_it_was() -> None:
    attempt = Attempt(task(replace(TINY, dropout=0.5)), None)
    assert attempt.score(attempt.task.glance) == attempt.score(attempt.task.glance)
    assert attempt.model.training


def test_a_run_of_ours_tells_what_its_best_models_cost_in_cold_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = api.training

    def training(*told: Any, **options: Any) -> Iterator[Progress]:
        for each in real(*told, **options):
            worse = each.step == 20 and each.validation and replace(each.validation, best=False)
            yield replace(each, validation=worse) if worse else each

    monkeypatch.setattr(api, "training", training)
    book = str(write_book(tmp_path, lines=200))
    held_out = scoring.held_out(api.prepare(book))
    run = own.run(book, glance=Glance(held_out, 64), steps=30, validations=3, **SMALL)
    assert run.steps == 30 and run.parameters > 1000 and run.speed > 0
    first, last = run.looks  # those of steps 10 and 30
    assert first.seconds < last.seconds <= run.seconds and first.nats > last.nats
    assert last.nats == pytest.approx(run.nats["cold_64"], abs=1e-5)  # the glance takes in all of so little
    assert run.bits("carried") == pytest.approx(run.nats["carried"] / math.log(2))


def test_the_recipe_of_a_gpu_wants_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as ended:
        race.main(["--recipe", "gpu"])
    assert ended.value.code == 2 and "--recipe cpu" in capsys.readouterr().err


PANELS = [
    Panel("a", "nats", [(name, [Look(1, 3.0), Look(10, 2.0 + k)]) for k, name in enumerate(plotting.LINES)]),
    Panel("b", "nats", [("seqgen", [Look(1, 3.0)]), ("seqgen", [Look(2, 2.0), Look(3, 1.5)])]),
]


def test_a_plot_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("one.svg", "two.svg"):
        plotting.check(tmp_path / name)
        plotting.draw(tmp_path / name, PANELS)
    plotting.draw(tmp_path / "three.svg", PANELS[:1])
    one, two, three = ((tmp_path / f"{name}.svg").read_bytes() for name in ("one", "two", "three"))
    assert one == two != three
    text = one.decode()
    assert all(name in text for name in plotting.LINES) and text.count(">seqgen<") == 2  # once in each legend
    assert "<dc:date>" not in text and "atplotlib v" not in text


def test_lines_of_one_name_say_their_seconds_and_ticks_are_plain_numbers(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    plotting.draw(
        tmp_path / "a.svg", [Panel("a", "nats", [("seqgen", [Look(1, 3.0), Look(end, 2.0)]) for end in (9, 60)])]
    )
    said = re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "a.svg").read_text("utf-8"))
    assert {"1", "2", "5", "10", "20", "50", "9 s", "60 s"} <= set(said)
    assert "<tspan" not in (tmp_path / "a.svg").read_text("utf-8"), "a power of ten"


def test_a_plot_without_matplotlib_or_a_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"seqgen\[plot\]"):
        plotting.check(tmp_path / "a.svg")
    monkeypatch.undo()
    pytest.importorskip("matplotlib")
    for path in (tmp_path / "a.png", tmp_path / "none" / "a.svg"):
        with pytest.raises(UsageError, match=path.name):
            plotting.check(path)


def test_the_quick_race_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    race.main(["--quick", "--rows", "--plot", str(tmp_path / "race.svg")])
    assert ">GPT, its recipe<" in (tmp_path / "race.svg").read_text("utf-8")
    assert "beside GPT's recipe" in capsys.readouterr().out


def test_a_stack_is_its_cells_and_then_settings() -> None:
    assert cells.parse("lstm") == {"cell": "lstm"}
    found = cells.parse("rnn,lstm:4  width=64 learning_rate=4e-3 norm=true precision=float32")
    assert found.pop("learning_rate") == 0.004
    assert found == {"cell": "rnn,lstm:4", "width": 64, "norm": True, "precision": "float32"}


@pytest.mark.parametrize("text", ["", "width=64", "lstm width", "lstm, gru"])
def test_a_stack_that_is_not_so_written_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="the stack"):
        cells.parse(text)


@pytest.mark.parametrize("stack", ["lstn", "lstm widht=64", "lstm width=wide"])
def test_a_stack_that_cannot_be_is_refused_before_any_is_trained(
    stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "run", lambda *_, **__: pytest.fail("trained"))
    with pytest.raises(SystemExit):
        cells.main(["--stacks", "gru", stack, "--steps", "1", "--corpora", str(write_book(tmp_path))])


def test_stacks_stand_in_a_table_one_row_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, book = tmp_path / "table.md", str(write_book(tmp_path, lines=200))
    stacks = ["rnn width=32", "rnn,gru width=32 norm=true"]
    cells.main(["--stacks", *stacks, "--steps", "3", "--corpora", book, "--table", str(table)])
    header, _, *rows = table.read_text("utf-8").splitlines()
    assert len(rows) == 2 and all(row.count("|") == header.count("|") == len(cells.COLUMNS) + 1 for row in rows)
    assert all(f"`{stack}`" in row for stack, row in zip(stacks, rows, strict=True))
    assert "bits per character" in capsys.readouterr().out

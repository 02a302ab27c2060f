"""The Mogrifier: the laws of every cell, its fast scan, and the paper's equations."""

import itertools
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import seqgen
from seqgen import plugins
from seqgen.cells import CELLS, LSTM
from seqgen.nn import scan, scans
from seqgen_mogrifier import Mogrifier, window
from tests import test_playing as playing
from tests.laws import test_resets as resets
from tests.laws import test_twins as twins
from tests.runs import SMALL, write_book

NAMES = ("mogrifier", "mogrifier:2", "mogrifier:1,lstm")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "mogrifier", Mogrifier())


def sigmoid(p: float) -> float:
    return 1 / (1 + math.exp(-p))


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def unknown() -> Iterator[None]:
    """As in a process that has not asked for it yet."""
    del CELLS["mogrifier"]
    yield
    CELLS["mogrifier"] = Mogrifier()


@pytest.mark.parametrize("where", resets.RESETS.values(), ids=resets.RESETS)
def test_its_scan_equals_its_steps(where: list[int]) -> None:
    resets.test_the_fused_scan_equals_the_plain_one("mogrifier", where)


@pytest.mark.parametrize(("name", "stack", "bfloat16"), list(itertools.product(NAMES, resets.STACKS, (False, True))))
def test_its_resets_are_exact(name: str, stack: str, bfloat16: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    resets.test_what_follows_a_reset_is_bitwise_the_same_for_two_pasts(name, stack, bfloat16)
    resets.test_no_gradient_reaches_the_past_across_a_reset(name, stack, bfloat16, monkeypatch)


@pytest.mark.parametrize("name", NAMES)
def test_its_windows_may_be_cut_and_its_lanes_permuted(name: str) -> None:
    resets.test_cutting_a_window_leaves_the_result(name)
    resets.test_permuting_lanes_permutes_the_result(name)
    resets.test_a_reset_leaves_the_start_state(name)


@pytest.mark.parametrize(("name", "shape"), list(itertools.product(NAMES, twins.SHAPES)))
def test_torch_equals_numpy_and_playing(name: str, shape: str) -> None:
    twins.test_torch_over_windows_equals_numpy_step_by_step(name, shape)
    twins.test_torch_over_windows_equals_playing(name, shape)


@pytest.mark.parametrize("name", NAMES)
def test_a_player_of_it_equals_the_model(name: str) -> None:
    playing.test_a_player_of_a_mixed_or_a_normalised_stack_equals_the_model(name, 6, True)


@pytest.mark.parametrize("bfloat16", [False, True])
def test_the_gradients_of_state_and_input_equal_those_of_the_plain_scan(bfloat16: bool) -> None:
    cell, draw = Mogrifier(3), torch.Generator().manual_seed(0)
    params = {name: torch.randn(shape, generator=draw) / 3 for name, shape in cell.shapes(10, 16).items()}
    given = [torch.randn(shape, generator=draw).requires_grad_(True) for shape in ((7, 4, 10), (4, 16), (4, 16))]
    reset_TB = torch.rand((7, 4), generator=draw) < 0.2
    found = []
    for way in (scan, scans.plain_scan):
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            y_TBH, (h_BH, c_BH) = way(cell, params, given[0], (given[1], given[2]), reset_TB)
        assert h_BH.float().equal(y_TBH[-1].float())
        loss = y_TBH.float().square().sum() + h_BH.float().sum() + (c_BH.float() ** 3).sum()
        found.append([y_TBH.float(), c_BH.float(), *torch.autograd.grad(loss, given)])
    tolerance = 0.05 if bfloat16 else 1e-5
    for fast, plain in zip(*found, strict=True):
        torch.testing.assert_close(fast, plain, rtol=tolerance, atol=tolerance)


def test_it_is_stepped_where_no_way_back_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    stack, ids_BT = resets.make("mogrifier"), resets.ids_with([3])
    wanted, _ = stack.features(ids_BT, stack.start(resets.B))
    monkeypatch.setattr(window, "Window", None)
    with torch.inference_mode():
        found, _ = stack.features(ids_BT, stack.start(resets.B))
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)


def test_without_modulation_it_is_an_lstm() -> None:
    """2 sigmoid(0) = 1: with rounds of zeros the paper's equations are those of the LSTM, whose rows lie i, f, g, o."""
    rng, cell = np.random.default_rng(0), Mogrifier()
    params = {name: rng.normal(size=shape) * (name in "WUb") for name, shape in cell.shapes(6, 5).items()}
    i, f, o, g = range(4)
    swapped = {name: np.concatenate([np.split(params[name], 4)[k] for k in (i, f, g, o)]) for name in "WUb"}
    x_BD, state = rng.normal(size=(3, 6)), (rng.normal(size=(3, 5)), rng.normal(size=(3, 5)))
    wanted, _ = LSTM().step(swapped, np.column_stack([np.zeros(3), x_BD]), state)
    np.testing.assert_allclose(cell.step(params, x_BD, state)[0], wanted, rtol=1e-12)


def test_a_step_is_the_one_of_the_paper() -> None:
    """One channel, three rounds, each number written out."""
    params = {name: np.array([[value]]) for name, value in (("Q1", 0.5), ("R2", -0.3), ("Q3", 0.7))}
    params |= {"W": np.array([[1.0], [0], [0], [0.5]]), "U": np.array([[0.0], [1], [1], [0.25]])}
    params["b"], (x, h, c) = np.arange(4) / 10, (0.8, 0.4, -0.6)
    x1 = 2 * sigmoid(0.5 * h) * x
    h2 = 2 * sigmoid(-0.3 * x1) * h
    x3 = 2 * sigmoid(0.7 * h2) * x1
    i, f, o, g = sigmoid(x3), sigmoid(h2 + 0.1), sigmoid(h2 + 0.2), np.tanh(0.5 * x3 + 0.25 * h2 + 0.3)
    state = (np.array([[h]]), np.array([[c]]))
    y_BH, (_, c_BH) = Mogrifier(3).step(params, np.array([[x]]), state)
    assert c_BH.item() == pytest.approx(f * c + i * g) and y_BH.item() == pytest.approx(o * np.tanh(f * c + i * g))


def test_it_is_found_like_a_strangers(unknown: None) -> None:
    assert plugins.find().cell("mogrifier") == Mogrifier()


def test_it_learns_and_writes_without_torch(unknown: None, tmp_path: Path) -> None:
    options = SMALL | {"steps": 60, "learning_rate": 0.02, "warmup": 5, "validations": 3, "documents": "line"}
    seqgen.train(write_book(tmp_path), out=tmp_path / "run", cell="mogrifier:3", **options)
    losses = [look["validation"]["nats"] for look in metrics(tmp_path / "run") if "validation" in look]
    assert losses[-1] < losses[0] - 0.1
    program = (
        "import sys, seqgen\n"
        f"print(next(seqgen.load({str(tmp_path / 'run')!r}).generate(length=9)).text != '', 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"

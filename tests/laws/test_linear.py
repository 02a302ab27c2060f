"""Linear recurrences: the fast scan is the step, its gradients are right, and nothing gets past a reset.

Shapes: T steps, B lanes, D inputs, H width.
"""

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells import CELLS, RGLRU, Cell, LinearCell, MinGRU, MinLSTM, Parameters, State, steps_linearly
from seqgen.nn import linear, scan, walks
from seqgen.nn.gates import GATES
from seqgen.nn.scans import plain_scan
from seqgen.playing import Player
from seqgen.playing.linear import LinearLayer
from tests.test_playing import IDS, SIZES, check_the_law, random_parameters

T, B, D, H = 8, 3, 6, 5
RESETS = {
    "never": [],
    "first": [0],
    "last": [T - 1],
    "twice in a row": [3, 4],
    "every step": list(range(T)),
}


class Stranger(LinearCell):
    """A cell in ten lines: a quasi-recurrent network (Bradbury et al., arXiv 1611.01576)."""

    name: ClassVar[str] = "stranger"
    products: ClassVar[int] = 3

    def gates(self, params: Parameters, products: Sequence[Array]) -> tuple[Array, Array]:
        z, f, _ = products
        f = arrays.sigmoid(f)
        return f, (1 - f) * arrays.tanh(z)

    def read(self, params: Parameters, products: Sequence[Array], h: Array) -> Array:
        return arrays.sigmoid(products[2]) * h


class Learnt(Stranger):
    """One that begins somewhere else, and shows it."""

    name: ClassVar[str] = "learnt"

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return super().shapes(inputs, width) | {"s": (width,)}

    def start(self, params: Parameters, lanes: int) -> State:
        return (params["s"] + super().start(params, lanes)[0],)

    def output(self, state: State) -> Array:
        return 2 * state[0]


class Doubled(MinGRU):
    """One that takes over everything but its gates."""

    def gates(self, params: Parameters, products: Sequence[Array]) -> tuple[Array, Array]:
        a, b = super().gates(params, products)
        return a, 2 * b


class Unsaid(Learnt):
    """One that begins somewhere else, and outputs zeros there."""

    def output(self, state: State) -> None:
        return None


class Stepped(MinGRU):
    """One whose step is its own."""

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        y_BH, state = super().step(params, x_BD, state)
        return y_BH + 1, state


BUILT_IN: list[LinearCell] = [MinGRU(), MinLSTM(), RGLRU()]
LINEAR: list[LinearCell] = [*BUILT_IN, Stranger(), Learnt(), Unsaid(), Doubled()]


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def made(cell: Cell, dtype: torch.dtype = torch.float64) -> Parameters:
    return {name: draw(*shape, seed=len(name)).to(dtype) for name, shape in cell.shapes(D, H).items()}


def resets(steps: list[int]) -> Tensor:
    """At those steps in every lane, and in one lane somewhere else."""
    reset_TB = torch.zeros(T, B, dtype=torch.bool)
    reset_TB[steps] = True
    reset_TB[5, 1] = bool(steps)
    return reset_TB


def leaves(cell: Cell) -> dict[str, Tensor]:
    """Everything that has a gradient: parameters, input and state, the state far from all that the cell would reach."""
    found = {**made(cell), "x": draw(T, B, D, seed=1), "state": 50 * draw(B, H, seed=2)}
    return {name: value.requires_grad_() for name, value in found.items()}


def run(way: Any, cell: Cell, given: dict[str, Tensor], reset_TB: Tensor) -> tuple[Tensor, Tensor]:
    params = {name: value for name, value in given.items() if name not in ("x", "state")}
    y_TBH, (h_BH,) = way(cell, params, given["x"], (given["state"],), reset_TB)
    return y_TBH, h_BH


def gradients(found: tuple[Tensor, Tensor], given: dict[str, Tensor]) -> dict[str, Tensor]:
    """Of a sum that weighs every output and the last state differently."""
    loss = sum(((value * draw(*value.shape, seed=7)).sum() for value in found), start=torch.zeros(()))
    grads = torch.autograd.grad(loss, list(given.values()), allow_unused=True, materialize_grads=True)
    return dict(zip(given, grads, strict=True))


@pytest.mark.parametrize("steps", RESETS.values(), ids=RESETS)
@pytest.mark.parametrize("cell", LINEAR, ids=lambda cell: type(cell).__name__)
def test_the_scan_is_the_step_and_so_are_its_gradients(cell: LinearCell, steps: list[int]) -> None:
    assert steps_linearly(cell)
    given, reset_TB = leaves(cell), resets(steps)
    fast, plain = (run(way, cell, given, reset_TB) for way in (scan, plain_scan))
    torch.testing.assert_close(fast, plain, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(gradients(fast, given), gradients(plain, given), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("steps", RESETS.values(), ids=RESETS)
def test_resets_are_the_same_by_mask_and_by_place(steps: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """By mask, as on a GPU."""
    found = []
    for places in (True, False):
        monkeypatch.setattr(walks, "answers", lambda x, places=places: places)
        given = leaves(Learnt())
        values = run(scan, Learnt(), given, resets(steps))
        found.append((values, gradients(values, given)))
    torch.testing.assert_close(*found, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cell", LINEAR, ids=lambda cell: type(cell).__name__)
def test_gradients_are_slopes(cell: LinearCell) -> None:
    given, reset_TB = leaves(cell), resets([3])
    given["state"] = draw(B, H).requires_grad_()
    names = list(given)

    def found(*values: Tensor) -> tuple[Tensor, Tensor]:
        return run(scan, cell, dict(zip(names, values, strict=True)), reset_TB)

    assert torch.autograd.gradcheck(found, tuple(given.values()))


def test_a_scan_that_forgets_a_term_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "slopes", lambda g, h, begin, *, out_TBH: out_TBH.zero_())
    given, reset_TB = leaves(MinGRU()), resets([3])
    fast, plain = (gradients(run(way, MinGRU(), given, reset_TB), given) for way in (scan, plain_scan))
    torch.testing.assert_close(fast["state"], plain["state"])
    assert not torch.allclose(fast["W"], plain["W"])


@pytest.mark.parametrize("cell", LINEAR, ids=lambda cell: type(cell).__name__)
def test_nothing_gets_past_a_reset(cell: LinearCell) -> None:
    """Bit for bit, in float32: neither the past, nor a gradient to it."""
    given, at = {name: value.detach().float() for name, value in leaves(cell).items()}, 3
    reset_TB = resets([at])
    ends = []
    for factor in (1, -7):
        past = {"x": torch.cat([factor * given["x"][:at], given["x"][at:]]), "state": factor * given["state"]}
        own = {name: value.clone().requires_grad_() for name, value in (given | past).items()}
        y_TBH, h_BH = run(scan, cell, own, reset_TB)
        grads = gradients((y_TBH[at:].double(), h_BH.double()), own)
        assert not grads["x"][:at].any() and not grads["state"].any()
        assert grads["x"][at + 1 :].any() and torch.isfinite(torch.cat([g.flatten() for g in grads.values()])).all()
        ends.append((y_TBH[at:], h_BH))
    torch.testing.assert_close(ends[0], ends[1], rtol=0, atol=0)


def test_a_reset_that_is_not_quite_one_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def nearly(a_TBH: Tensor, b_TBH: Tensor, start_BH: Tensor, reset_TB: Tensor) -> None:
        a_TBH[reset_TB], b_TBH[reset_TB] = 1e-3, 0.0

    monkeypatch.setattr(linear, "fold", nearly)
    with pytest.raises(AssertionError):
        test_nothing_gets_past_a_reset(MinGRU())


def test_a_start_that_learns_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "cut", lambda g_TBH, reset_TB: torch.zeros_like(g_TBH[0]))
    with pytest.raises(AssertionError):
        test_the_start_is_learnt()


def test_the_start_is_learnt() -> None:
    cell, reset_TB = Learnt(), resets([3])
    given = leaves(cell)
    fast, plain = (gradients(run(way, cell, given, reset_TB), given)["s"] for way in (scan, plain_scan))
    assert plain.any()
    torch.testing.assert_close(fast, plain)


@pytest.mark.parametrize("cell", BUILT_IN, ids=lambda cell: cell.name)
def test_gates_by_hand_equal_those_of_the_cell_in_bfloat16_too(
    cell: LinearCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their products are rounded, but nothing is after them: states are in float32, and gradients nearly so."""
    given = {name: value.detach().float().requires_grad_() for name, value in leaves(cell).items()}
    reset_TB, found = resets([3]), []
    for known in (GATES, {}):
        monkeypatch.setattr(linear, "GATES", known)
        with torch.autocast("cpu", torch.bfloat16):
            y_TBH, h_BH = run(scan, cell, given, reset_TB)
        assert y_TBH.dtype == h_BH.dtype == torch.float32
        found.append((y_TBH, h_BH, gradients((y_TBH.double(), h_BH.double()), given)))
    (y, h, grads), (y_two, h_two, grads_two) = found
    torch.testing.assert_close((y, h), (y_two, h_two), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(grads, grads_two, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("cell", BUILT_IN, ids=lambda cell: cell.name)
@pytest.mark.parametrize("size", [-300.0, 300.0])
def test_gates_that_are_wide_open_or_shut_stay_finite(cell: LinearCell, size: float) -> None:
    given = {name: value.detach().float().requires_grad_() for name, value in leaves(cell).items()}
    with torch.no_grad():
        given["b"].fill_(size)
    for way in (scan, plain_scan):
        found = run(way, cell, given, resets([3]))
        grads = gradients((found[0].double(), found[1].double()), given)
        assert all(torch.isfinite(value).all() for value in (*found, *grads.values()))


@pytest.mark.parametrize("cell", LINEAR, ids=lambda cell: type(cell).__name__)
def test_nothing_is_kept_where_nothing_is_learnt(cell: LinearCell) -> None:
    given = leaves(cell)
    with torch.no_grad():
        one = run(scan, cell, given, resets([3]))
    with torch.inference_mode():
        two = run(scan, cell, given, resets([3]))
    assert not any(value.requires_grad for value in (*one, *two))
    torch.testing.assert_close(one, two)


def test_a_step_of_its_own_is_taken() -> None:
    cell = Stepped()
    assert not steps_linearly(cell)
    given = leaves(cell)
    torch.testing.assert_close(*(run(way, cell, given, resets([3])) for way in (scan, plain_scan)))


@pytest.mark.parametrize("cell", LINEAR, ids=lambda cell: type(cell).__name__)
@pytest.mark.parametrize("embedding", [0, 6])
def test_a_player_steps_as_the_cell_does(cell: LinearCell, embedding: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "mine", cell)
    settings = replace(SIZES, cell="mine", layers=2, embedding=embedding, reset_level=1)
    check_the_law(settings, IDS)
    player = Player(settings, random_parameters(settings))
    assert [(type(layer), layer.table is None) for layer in player._layers] == [
        (LinearLayer, False),
        (LinearLayer, True),
    ]


def test_rg_lru_forgets_at_every_pace_at_first() -> None:
    """a, where its gate is open, from 0.75^8 to 0.999^8."""
    cell = RGLRU()
    L_H = cell.initial("L", (1000,), np.random.default_rng(0))
    assert L_H is not None and cell.initial("W", (4, 4), np.random.default_rng(0)) is None
    a_H, _ = cell.gates({"L": L_H}, [np.full(1000, 50.0)] * 4)
    base_H = a_H ** (1 / 8)
    assert 0.75 < base_H.min() < 0.76 and 0.99 < base_H.max() < 0.999


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The kernels for a GPU, in Triton's interpreter."""
    pytest.importorskip("triton")
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    yield importlib.reload(importlib.import_module("seqgen.nn.walks_triton"))


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 3, 50), (5, 3, 129)])
def test_kernels_equal_their_twins(interpreted: Any, shape: tuple[int, int, int]) -> None:
    a_TBH, b_TBH, begin_BH = draw(*shape).sigmoid().float(), draw(*shape).float(), draw(*shape[1:]).float()
    for name, given in (("walk", (a_TBH, b_TBH, begin_BH)), ("walk_back", (a_TBH, b_TBH))):
        own, twin = torch.empty_like(a_TBH), torch.empty_like(a_TBH)
        getattr(interpreted, name)(*given, out_TBH=own)
        getattr(walks, name)(*given, out_TBH=twin)
        torch.testing.assert_close(own, twin)

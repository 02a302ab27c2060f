"""Weights of 8 bits: the definition is what the words say, and the compiled products keep to it."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from seqgen.cells import CELLS
from seqgen.errors import UsageError
from seqgen.model import ModelSettings
from seqgen.playing import Player, compiled
from seqgen.playing.quantised import quantise, rounded
from seqgen.playing.weights import LINE, aligned, columns
from tests.test_layers import loaded
from tests.test_playing import IDS, SIZES, difference, random_parameters

TOLERANCE = 1e-4


@pytest.fixture
def plain_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numba is missing, its products run uncompiled."""
    try:
        import numba  # noqa: F401
    except ImportError:
        monkeypatch.setattr(compiled, "multiply", lambda parallel: compiled.written(range))
        monkeypatch.setattr(compiled, "wake", lambda: 2)


def test_a_row_is_whole_numbers_of_its_scale() -> None:
    whole, scale = quantise(np.array([[12.7, -0.04, 0.06], [0, 0, 0], [-1, 0.5, 0.25]], np.float32))
    assert whole.tolist() == [[127, 0, 1], [0, 0, 0], [-127, 64, 32]] and whole.dtype == np.int8
    np.testing.assert_allclose(scale, [0.1, 1, 1 / 127], rtol=1e-6)


def test_no_weight_is_off_by_more_than_half_a_step() -> None:
    W = np.random.default_rng(0).normal(size=(50, 70)).astype(np.float32)
    whole, scale = quantise(W)
    off = np.abs(whole * scale[:, None] - W).max(1) / scale
    assert 0.4 < off.max() <= 0.5 + 1e-4


@pytest.mark.parametrize("tied", [True, False])
def test_what_stands_in_a_product_is_rounded_and_nothing_else(tied: bool) -> None:
    settings = replace(SIZES, head=6, tied=tied, horizon=2)
    before = random_parameters(settings)
    after = rounded(settings, before)
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    products = {"layers.0.W", "layers.0.U", "head.W", "chain.U"}
    assert changed == products | ({"embedding"} if tied else {"output.W"})
    again = rounded(settings, after)
    assert all(difference(again[name], after[name]) < 1e-6 for name in products)


def check_the_law(settings: ModelSettings) -> float:
    """The compiled player equals the twin; gives how far the twin is from the weights as they were."""
    params = random_parameters(settings)
    whole = rounded(settings, params)
    fast, twin, plain = Player(settings, whole, lay=compiled.packed), Player(settings, whole), Player(settings, params)
    loss = 0.0
    for id in IDS:
        for each in (fast, twin, plain):
            each.read(id)
        assert difference(fast.logits(), twin.logits()) < TOLERANCE, settings
        loss = max(loss, difference(twin.logits(), plain.logits()))
    return loss


@pytest.mark.usefixtures("plain_products")
@pytest.mark.parametrize("embedding", [0, 8])
@pytest.mark.parametrize("cell", [*CELLS, "lstm,attention:4,feedforward"])
def test_a_compiled_player_equals_its_twin(cell: str, embedding: int) -> None:
    settings = replace(SIZES, cell=cell, layers=2, embedding=embedding, reset_level=0, norm=embedding > 0)
    assert check_the_law(settings) > TOLERANCE, "the law could not fail"


@pytest.mark.usefixtures("plain_products")
def test_threads_share_a_large_product(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "LARGE", 1)
    for cell in ("lstm", "gru"):
        check_the_law(replace(SIZES, cell=cell, layers=2, width=7, residual=False))


@pytest.mark.usefixtures("plain_products")
def test_a_window_is_read_in_the_same_weights() -> None:
    settings = replace(SIZES, layers=2)
    params = rounded(settings, random_parameters(settings))
    fast, twin = Player(settings, params, lay=compiled.packed), Player(settings, params)
    for each in (fast, twin):
        each.read_all(IDS)
    assert difference(fast.logits(), twin.logits()) < TOLERANCE
    fork = fast.copy()
    fork.read(3)
    twin.read(3)
    assert difference(fork.logits(), twin.logits()) < TOLERANCE


@pytest.mark.usefixtures("plain_products")
def test_parts_of_a_packed_matrix_are_plain_arrays() -> None:
    rng = np.random.default_rng(0)
    found = compiled.packed(rng.normal(size=(6, 5)).astype(np.float32), rng.normal(size=6).astype(np.float32))
    assert type(found[:, :2]) is type(found @ np.ones(6, np.float32)) is np.ndarray
    np.testing.assert_array_equal(found.dot(np.eye(6, dtype=np.float32)), np.asarray(found))


def test_without_numba_there_is_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    compiled.multiply.cache_clear()
    with pytest.raises(UsageError, match=r"seqgen\[fast\]"):
        Player(SIZES, random_parameters(SIZES), lay=compiled.packed)


def test_where_nothing_can_be_kept_it_is_compiled_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def njit(signature: str, *, parallel: bool, fastmath: bool, cache: bool = False) -> Callable[[Any], Any]:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function 'product': no locator available for file")
        return lambda work: work

    monkeypatch.setitem(sys.modules, "numba", SimpleNamespace(prange=range, njit=njit))
    assert callable(compiled.multiply.__wrapped__(False)) and asked == [True, False]


def test_playing_in_numpy_does_not_wait_for_numba(checkout: Path) -> None:
    assert "numba" not in loaded("import seqgen.playing, seqgen.api.quantising", checkout)


def test_weights_lie_from_a_cache_line_on() -> None:
    for rows in range(1, 9):
        W = np.random.default_rng(rows).normal(size=(rows, 5)).astype(np.float32)
        for found in (columns(W, W[:, 0]), aligned(W)):
            assert found.ctypes.data % LINE == 0
        assert columns(np.zeros((1024, 513), np.float32)).flags.c_contiguous, "threads share a large one"
        assert np.array_equal(columns(W), W) and columns(W).flags.f_contiguous and aligned(W).flags.c_contiguous

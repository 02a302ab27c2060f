"""The law of playing: a Player equals `model.step` and `model.logits`, whatever the settings and the resets."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, ClassVar

import numpy as np
import pytest

from seqgen import model
from seqgen.arrays import Array
from seqgen.cells import CELLS, LSTM, Parameters, State
from seqgen.errors import UsageError
from seqgen.model import ModelSettings
from seqgen.playing import Player, player
from seqgen.playing.weights import Vector
from tests.cells import EXTRA, MIXED

TOLERANCE = 1e-5
SIZES = ModelSettings(vocabulary=11, width=8, embedding=6)


@pytest.fixture(autouse=True)
def more_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells of the mixed stacks are known while they are tested."""
    for name, cell in EXTRA.items():
        monkeypatch.setitem(CELLS, name, cell)


def random_parameters(settings: ModelSettings, seed: int = 0) -> Parameters:
    """As large as those of a new model, that a layer may multiply what it reads by itself and lose no digits."""
    rng, shapes = np.random.default_rng(seed), model.shapes(settings)
    scale = {
        name: 1.0 if len(shape) == 1 or name == "embedding" else shape[-1] ** -0.5 for name, shape in shapes.items()
    }
    return {name: rng.normal(0, scale[name], shape).astype(np.float32) for name, shape in shapes.items()}


def variants(**changes: Any) -> Iterator[ModelSettings]:
    for cell, layers, residual, embedding in product(CELLS, (1, 2, 3), (True, False), (0, 6, 8, 12)):
        plain = replace(SIZES, cell=cell, layers=layers, residual=residual, embedding=embedding, **changes)
        yield plain
        yield replace(plain, reset_level=1, head=5, horizon=3)
        if embedding:
            yield replace(plain, reset_level=0, head=embedding, tied=True)


def plain_logits(
    settings: ModelSettings, params: Parameters, ids: list[int], following: tuple[int, ...]
) -> Iterator[Vector]:
    state = model.start(settings, params, 1)
    for id in ids:
        y_BW, state = model.step(settings, params, np.array([id]), state)
        yield model.logits(settings, params, y_BW, following=[np.array([k]) for k in following])[0]


def difference(actual: Vector, wanted: Vector) -> float:
    return float(np.abs(actual - wanted).max() / np.abs(wanted).max())


def check_the_law(settings: ModelSettings, ids: list[int]) -> None:
    params = random_parameters(settings)
    played = Player(settings, params)
    followings = [(), (3,), (3, 4), (4,)] if settings.horizon > 1 else [()]
    plain = zip(*(plain_logits(settings, params, ids, following) for following in followings), strict=True)
    for id, wanted in zip(ids, plain, strict=True):
        played.read(id)
        for following, logits_V in zip(followings, wanted, strict=True):
            assert difference(played.logits(following), logits_V) < TOLERANCE, (settings, following)


IDS = [0, 0, 5, 1, 10, 2, 3, 4, 0, 7, 1, 0, 9, 9, 9, 8, 6, 5, 0]


@pytest.mark.parametrize("settings", list(variants()), ids=repr)
def test_a_player_equals_the_model(settings: ModelSettings) -> None:
    check_the_law(settings, IDS)


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("embedding", [0, 6, 8])
@pytest.mark.parametrize("cell", [*CELLS, *MIXED])
def test_a_player_of_a_mixed_or_a_normalised_stack_equals_the_model(cell: str, embedding: int, residual: bool) -> None:
    settings = replace(SIZES, cell=cell, layers=2, embedding=embedding, residual=residual, reset_level=1)
    for norm, head in product((True, False), (0, 5)):
        check_the_law(replace(settings, norm=norm, head=head), IDS)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("ids", [[5, 6, 7], [0], [1, 1, 1], [5, 0], [0, 5, 0, 6, 1, 7], list(range(11)) * 20], ids=str)
def test_resets_may_stand_anywhere(cell: str, ids: list[int]) -> None:
    check_the_law(replace(SIZES, cell=cell, layers=2, reset_level=1), ids)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("residual", "norm"), [(True, False), (False, False), (True, True)])
def test_a_large_vocabulary_is_read_through_its_embedding(
    cell: str, residual: bool, norm: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "TABLE_LIMIT", 10)
    settings = replace(SIZES, cell=cell, layers=2, residual=residual, norm=norm, reset_level=0)
    assert Player(settings, random_parameters(settings))._layers[0].table is None
    check_the_law(settings, IDS)


class Other(LSTM):
    """A cell of its own, as far as anyone knows."""

    name: ClassVar[str] = "other"

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        y_BH, state = super().step(params, x_BD, state)
        return y_BH * 2, state

    def output(self, state: State) -> Array:
        return state[0] * 2 + 1


def test_a_cell_without_a_preparation_is_stepped_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "other", Other())
    for embedding in (0, 6):
        check_the_law(replace(SIZES, cell="other", layers=2, reset_level=1, embedding=embedding), IDS)


@pytest.mark.parametrize("cell", [*CELLS, *MIXED, "other"])
@pytest.mark.parametrize("norm", [True, False])
def test_a_copy_goes_its_own_way(cell: str, norm: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "other", Other())
    settings = replace(SIZES, cell=cell, layers=2, norm=norm, horizon=2)
    played = Player(settings, random_parameters(settings))
    for id in (0, 5, 6):
        played.read(id)
    before = played.logits((4,)).copy()
    fork, same = played.copy(), played.copy()
    fork.read(7)
    fork_after = fork.logits().copy()
    assert np.array_equal(played.logits((4,)), before)
    assert np.array_equal(same.logits((4,)), before)
    played.read(7)
    assert np.array_equal(played.logits(), fork_after)
    assert not np.array_equal(same.logits(), fork_after)


@pytest.mark.parametrize("cell", CELLS)
def test_reset_forgets_everything(cell: str) -> None:
    settings = replace(SIZES, cell=cell, layers=2)
    played = Player(settings, random_parameters(settings))
    played.read(3)
    first = played.logits().copy()
    played.read(4)
    played.reset()
    played.read(3)
    assert np.array_equal(played.logits(), first)


def test_nothing_read_has_no_logits() -> None:
    played = Player(SIZES, random_parameters(SIZES))
    with pytest.raises(UsageError, match="it has read nothing yet"):
        played.logits()
    played.read(1)
    played.reset()
    with pytest.raises(UsageError):
        played.logits()


def test_the_parameters_are_left_alone() -> None:
    params = random_parameters(SIZES)
    before = copy.deepcopy(params)
    played = Player(SIZES, params)
    played.read(3)
    played.logits()
    assert all(np.array_equal(params[name], before[name]) for name in before)


def test_a_block_goes_on_from_the_last_call_only_while_the_features_last() -> None:
    settings = replace(SIZES, horizon=3)
    played, fresh = (Player(settings, random_parameters(settings)) for _ in range(2))
    played.read(3)
    played.logits((5,))
    played.read(4)
    for id in (3, 4):
        fresh.read(id)
    assert np.array_equal(played.logits((5, 6)), fresh.logits((5, 6)))

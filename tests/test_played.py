"""What a player and a reader remember, as a value: it is the state of `model.step`, and whoever takes it up goes on
bit for bit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seqgen import model
from seqgen.cells import CELLS
from seqgen.errors import UsageError
from seqgen.generation import Reader
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Played, Player
from tests.cells import MIXED
from tests.test_playing import (
    IDS,
    SIZES,
    Other,
    difference,
    more_cells,  # noqa: F401
    random_parameters,
)

STACKS = [*CELLS, *MIXED, "other", "convolution:1,lstm", "attention:3,gru", "convolution:3,attention:40,min-gru"]
READ = [*IDS, 3, 4, 5, 6, 7, 2, 3]


@pytest.fixture(autouse=True)
def one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "other", Other())


def settings_of(cell: str, **changes: Any) -> ModelSettings:
    return replace(SIZES, cell=cell, layers=2, **{"reset_level": 1, "norm": True} | changes)


def player(settings: ModelSettings, ids: Sequence[int] = (), *, seed: int = 0) -> Player:
    found = Player(settings, random_parameters(settings, seed))
    for id in ids:
        found.read(id)
    return found


@pytest.mark.parametrize("cell", STACKS)
def test_what_a_player_remembers_is_the_state_of_the_model(cell: str) -> None:
    settings = settings_of(cell)
    params = random_parameters(settings)
    played, state = Player(settings, params), model.start(settings, params, 1)
    for id in READ:
        played.read(id)
        y_BW, state = model.step(settings, params, np.array([id]), state)
        found = played.state()
        assert found.features_W is not None and difference(found.features_W, y_BW[0]) < 1e-5
        for part, wanted in zip(sum(found.layers, ()), sum(state, ()), strict=True):
            assert part.shape == wanted.shape and np.abs(part - wanted).max(initial=0) < 1e-5
    other = player(settings)
    other.resume(Played(state, y_BW[0]))
    for id in READ:
        played.read(id)
        other.read(id)
        assert difference(other.logits(), played.logits()) < 1e-5


@pytest.mark.parametrize("cell", STACKS)
@pytest.mark.parametrize("count", [0, 1, 5, len(READ)])
def test_whoever_takes_it_up_goes_on_bit_for_bit(cell: str, count: int) -> None:
    settings = settings_of(cell, horizon=2, reset_level=0)
    whole, before = player(settings, READ[:count]), player(settings, READ[:count])
    state = before.state()
    other = player(settings, [9, 0, 3, 3, 4])
    other.resume(state)
    for id in [9, 9, 9]:
        before.read(id)
    if count:
        assert np.array_equal(other.logits((4,)), whole.logits((4,)))
    for id in [*READ[count:], 3, 4, 5, 6, 7, 8, 9, 2]:
        whole.read(id)
        other.read(id)
        assert np.array_equal(other.logits(), whole.logits())
    assert not count or not np.array_equal(before.logits(), whole.logits())


def test_nothing_read_is_a_state_too() -> None:
    settings = settings_of("lstm")
    other = player(settings, [3])
    other.resume(player(settings).state())
    with pytest.raises(UsageError, match="it has read nothing yet"):
        other.logits()


@pytest.mark.parametrize("wrong", [settings_of("gru"), settings_of("lstm", width=12), settings_of("lstm,lstm")])
def test_the_state_of_another_shape_is_refused(wrong: ModelSettings) -> None:
    with pytest.raises(UsageError, match="its shapes are"):
        player(settings_of("lstm")).resume(player(wrong, [3]).state())
    layers, features_W, _ = player(settings_of("lstm"), [3]).state()
    for state in (Played(layers, np.zeros(3, np.float32)), Played(layers, features_W, (0,))):
        with pytest.raises(UsageError, match="its shapes are"):
            player(settings_of("lstm")).resume(state)


@pytest.mark.parametrize(
    "strategy", [Strategy(), Strategy("many-to-one", context=3), Strategy("one-to-many", horizon=3)], ids=str
)
@pytest.mark.parametrize("labels", [(), (9, 10)])
@pytest.mark.parametrize("count", range(9))
def test_a_reader_goes_on_too(strategy: Strategy, labels: tuple[int, ...], count: int) -> None:
    settings = settings_of("lstm", horizon=strategy.horizon)
    whole = Reader(player(settings), strategy, labels=labels)
    for id in READ[:count]:
        whole.read(id)
    other = Reader(player(settings), strategy)
    other.resume(whole.state())
    for id in READ[count:]:
        assert np.array_equal(other.logits(), whole.logits())
        whole.read(id)
        other.read(id)
    assert np.array_equal(other.logits(), whole.logits())

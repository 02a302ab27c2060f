"""The law of many lanes: each equals a Player of its own, whatever the cell and wherever its resets are."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from seqgen.cells import CELLS
from seqgen.model import ModelSettings
from seqgen.playing import Player
from seqgen.playing.many import Players
from seqgen.playing.many_layers import PlainLanes
from tests.cells import EXTRA, MIXED
from tests.test_playing import SIZES, TOLERANCE, difference, random_parameters

LANES, STEPS = 3, 14
SHORT = "attention:3", "convolution:2,attention:5,rnn"
"""Rings that are full before the last step."""
IDS = np.random.default_rng(0).integers(0, SIZES.vocabulary, (STEPS, LANES))
IDS[[3, 7, 8], [0, 1, 1]] = 0


@pytest.fixture(autouse=True)
def more_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, cell in EXTRA.items():
        monkeypatch.setitem(CELLS, name, cell)


def variants(cell: str) -> Iterator[ModelSettings]:
    for embedding in (0, 6, 8):
        yield replace(SIZES, cell=cell, layers=2, embedding=embedding, reset_level=1, norm=embedding == 6)
    yield replace(SIZES, cell=cell, residual=False, head=5, norm=True)
    yield replace(SIZES, cell=cell, layers=2, head=6, tied=True, residual=cell != "lstm", reset_level=0)


def check_the_law(players: Players, settings: ModelSettings) -> None:
    alone = [Player(settings, random_parameters(settings)) for _ in range(LANES)]
    for ids_B in IDS:
        players.read(ids_B)
        logits_BV = players.logits()
        for player, id, logits_V in zip(alone, ids_B.tolist(), logits_BV, strict=True):
            player.read(id)
            assert difference(logits_V, player.logits()) < TOLERANCE, settings


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("cell", [*CELLS, *MIXED, *SHORT])
def test_each_lane_equals_a_player(cell: str, plain: bool) -> None:
    for settings in variants(cell):
        check_the_law(Players(settings, random_parameters(settings), LANES, plain=plain), settings)


def test_the_comparison_sees_a_lane_that_is_not_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(SIZES, reset_level=1)
    monkeypatch.setattr("seqgen.playing.many._cleared", lambda ids_B, settings: [])
    with pytest.raises(AssertionError):
        check_the_law(Players(settings, random_parameters(settings), LANES), settings)


@pytest.mark.parametrize("cell", CELLS)
def test_a_large_vocabulary_is_read_through_its_embedding(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqgen.playing.player.TABLE_LIMIT", 10)
    settings = replace(SIZES, cell=cell, layers=2, norm=True, reset_level=0)
    players = Players(settings, random_parameters(settings), LANES)
    assert players._layers[0].table is None
    check_the_law(players, settings)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("cell", [*CELLS, *MIXED, *SHORT])
def test_a_lane_goes_on_from_where_a_player_was_and_the_others_go_on(cell: str, plain: bool) -> None:
    settings = replace(SIZES, cell=cell, layers=2, norm=True, head=5)
    players = Players(settings, random_parameters(settings), LANES, plain=plain)
    alone = [Player(settings, random_parameters(settings)) for _ in range(LANES)]
    for lane, player in enumerate(alone):
        for ids_B in IDS[: 2 if lane == 1 else 5]:
            player.read(int(ids_B[lane]))
    for ids_B in IDS[:5]:
        players.read(ids_B)
    players.resume(np.array([1]), alone[1].state())
    for step in (6, 9, 10):
        for player, logits_V in zip(alone, players.logits(), strict=True):
            assert difference(logits_V, player.logits()) < TOLERANCE
        players.read(IDS[step][: len(alone)])
        for player, id in zip(alone, IDS[step].tolist(), strict=False):
            player.read(id)
        if step == 9:
            players.keep(np.array([0, 2]))
            del alone[1]


@pytest.mark.parametrize("head", [0, 5])
def test_a_block_goes_on_in_some_lanes_and_begins_in_others(head: int) -> None:
    settings = replace(SIZES, horizon=4, head=head, layers=2)
    params = random_parameters(settings)
    players, alone = Players(settings, params, LANES), [Player(settings, params) for _ in range(LANES)]
    blocks: list[list[int]] = [[] for _ in alone]
    inside_TB = np.random.default_rng(1).random(IDS.shape) < 0.6
    inside_TB[0] = False
    for ids_B, inside_B in zip(IDS, inside_TB, strict=True):
        players.read(ids_B, inside_B)
        logits_BV = players.logits()
        for player, block, id, inside, logits_V in zip(alone, blocks, ids_B, inside_B, logits_BV, strict=True):
            block.append(int(id))
            if not inside:
                while block:
                    player.read(block.pop(0))
            assert difference(logits_V, player.logits(block)) < TOLERANCE


@pytest.mark.parametrize("cell", CELLS)
def test_lanes_of_every_recurrence_are_prepared(cell: str) -> None:
    settings = replace(SIZES, cell=cell)
    (layer,) = Players(settings, random_parameters(settings), LANES)._layers
    assert isinstance(layer, PlainLanes) is (cell == "feedforward")

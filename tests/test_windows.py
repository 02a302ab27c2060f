"""The law of windows: several ids read at once equal as many single reads, and so does the state behind each."""

from dataclasses import replace

import numpy as np
import pytest

from seqgen.cells import CELLS
from seqgen.model import ModelSettings
from seqgen.playing import Player, layers, player, prepared, products
from seqgen.playing.weights import Weights
from tests.cells import MIXED
from tests.test_playing import IDS, TOLERANCE, Other, difference, more_cells, random_parameters

SIZES = ModelSettings(vocabulary=11, width=8, embedding=6, layers=2, reset_level=1)
STACKS = [*CELLS, *MIXED, "other", "convolution:2,min-gru", "attention:3,feedforward", "lstm,attention:1"]
__all__ = ["more_cells"]


@pytest.fixture(autouse=True)
def another_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that nobody has prepared is known."""
    monkeypatch.setitem(CELLS, "other", Other())


@pytest.fixture(params=[False, True], ids=["whole", "one by one"])
def either_product(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of multiplying are tried, however many vectors there are."""
    if request.param:
        monkeypatch.setattr(products, "whole", products.one_by_one)
    else:
        monkeypatch.setattr(products, "one_by_one", products.whole)


def check_the_law(settings: ModelSettings, sizes: list[int], ids: list[int] = IDS) -> None:
    """Windows of these sizes, each gone back into at every place, against single reads."""
    params = random_parameters(settings)
    single, many = Player(settings, params), Player(settings, params)
    rest = [*ids]
    for size in sizes:
        part, rest = rest[:size], rest[size:]
        window = many.window(part)
        logits_TV = window.logits()
        behind = [_behind(single, id) for id in part]
        for count in range(len(part), 0, -1):
            window.keep(count)
            wanted, following = behind[count - 1]
            assert difference(many.logits().copy(), wanted) < TOLERANCE, (settings, part, count)
            assert difference(logits_TV[count - 1], wanted) < TOLERANCE, (settings, part, count)
            fork = many.copy()
            fork.read(7)
            assert difference(fork.logits(), following) < TOLERANCE, (settings, part, count)
        window.keep(len(part))


def _behind(single: Player, id: int) -> tuple[np.ndarray, np.ndarray]:
    """The logits behind the next id, and those after one more."""
    single.read(id)
    fork = single.copy()
    fork.read(7)
    return single.logits().copy(), fork.logits().copy()


@pytest.mark.parametrize(("embedding", "residual"), [(0, True), (6, False)])
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.usefixtures("either_product")
def test_a_window_equals_single_reads(stack: str, residual: bool, embedding: int) -> None:
    settings = replace(SIZES, cell=stack, residual=residual, embedding=embedding)
    for norm, head in ((True, 5), (False, 0)):
        check_the_law(replace(settings, norm=norm, head=head), [3, 1, 8, 2, 5])


@pytest.mark.parametrize("stack", CELLS)
def test_resets_may_stand_anywhere_in_a_window(stack: str) -> None:
    for ids in ([5, 6, 7, 2], [0], [1, 1, 1], [5, 0], [0, 5, 0, 6, 1, 7, 9], [9, 0, 0, 5]):
        check_the_law(replace(SIZES, cell=stack), [len(ids)], ids)


@pytest.mark.parametrize("stack", STACKS)
def test_a_large_vocabulary_is_read_through_its_embedding(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player, "TABLE_LIMIT", 10)
    check_the_law(replace(SIZES, cell=stack, norm=True), [4, 9, 3])


@pytest.mark.parametrize("stack", STACKS)
def test_any_number_of_ids_is_read_at_once(stack: str) -> None:
    settings = replace(SIZES, cell=stack)
    single, many = (Player(settings, random_parameters(settings)) for _ in range(2))
    ids = [*range(2, 11)] * 8
    many.read_all(ids)
    for id in ids:
        single.read(id)
    assert difference(many.logits(), single.logits()) < TOLERANCE


def test_copies_share_what_windows_are_read_with() -> None:
    weights = Weights(np.ones((32, 8 + 6 + 1), np.float32), (np.zeros(8, np.float32),) * 2, None)
    one = prepared.LSTMLayer(weights)
    alone = [layer._without_input()._weights for layer in (one, one.copy(), one.copy())]
    assert alone[0].memory.shape == (32, 8)
    assert alone[0] is alone[1] is alone[2]


def test_a_way_back_that_stays_put_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers.PlainLayer, "resume", lambda *_, **__: None)
    with pytest.raises(AssertionError):
        check_the_law(replace(SIZES, cell="other"), [5])


@pytest.mark.parametrize(("rows", "inputs"), [(64, 32), (96, 1000), (129, 4000), (8, 3)])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 16])
@pytest.mark.usefixtures("either_product")
def test_a_product_of_several_vectors_is_that_of_each(rows: int, inputs: int, count: int) -> None:
    rng = np.random.default_rng(0)
    W_GD = np.asfortranarray(rng.normal(size=(rows, inputs)).astype(np.float32))
    x_TD, b_G = rng.normal(size=(count, inputs)).astype(np.float32), rng.normal(size=rows).astype(np.float32)
    assert difference(products.product(W_GD, x_TD, b_G=b_G), x_TD @ W_GD.T + b_G) < TOLERANCE

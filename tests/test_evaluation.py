"""Every symbol of a split, scored once, as a plain loop over the model in numpy scores it."""

import math
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seqgen import evaluation, model, training
from seqgen.evaluation import UNKNOWN_NATS, Held, Scores
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.nn import Stack

V, UNKNOWN = 11, 2
ONE, CONTEXT, BLOCK = Strategy(), Strategy("many-to-one", context=4), Strategy("one-to-many", horizon=3)
LEVELS = {"never": -1, "window": -1, "document": 0, "paragraph": 1}


def ids_of(size: int, seed: int = 0) -> np.ndarray:
    """A split with documents and paragraphs, and no unknown symbol."""
    ids = np.random.default_rng(seed).integers(3, V, size=size)
    ids[::37], ids[11::19] = 0, 1
    ids[0] = ids[-1] = 0
    return ids


def held(ids: np.ndarray) -> Held:
    return Held(ids, np.array([0, 0] + [1] * (V - 2))[ids], UNKNOWN)


def stack_of(strategy: Strategy, reset: str, cell: str = "gru") -> Stack:
    level = 0 if strategy.context else LEVELS[reset]
    settings = ModelSettings(V, cell, layers=2, width=12, embedding=8, horizon=strategy.horizon, reset_level=level)
    return Stack.fresh(settings, seed=1)


class Plain:
    """The model, a symbol at a time: `nats` after reading."""

    def __init__(self, stack: Stack) -> None:
        self.settings, self.params = stack.settings, stack.arrays()
        self.forget()

    def forget(self) -> None:
        self.state = model.start(self.settings, self.params, 1)

    def read(self, id: int) -> None:
        self.y_BW, self.state = model.step(self.settings, self.params, np.array([id]), self.state)

    def nats(self, target: int, following: np.ndarray | tuple[int, ...] = ()) -> float:
        before = [np.array([id]) for id in following]
        logits = model.logits(self.settings, self.params, self.y_BW, following=before)[0].astype(np.float64)
        return float(np.log(np.exp(logits).sum()) - logits[target])


def plain_scores(stack: Stack, ids: np.ndarray, strategy: Strategy, window: int = 0) -> np.ndarray:
    """What each symbol costs: with the state carried, or in cold windows of that many symbols."""
    plain, found, phase, block = Plain(stack), np.zeros(len(ids)), 0, strategy.horizon
    for t, id in enumerate(ids[:-1]):
        if window and t % window == 0:
            plain.forget()
            phase = 0
        phase = 0 if id <= stack.settings.reset_level else phase
        plain.read(id)
        if phase % block == 0:
            for k, target in enumerate(ids[t + 1 : t + 1 + block], 1):
                found[t + k] = plain.nats(target, ids[t + 1 : t + k])
                if target <= stack.settings.reset_level:
                    break
        phase += 1
    return found


def plain_contexts(stack: Stack, ids: np.ndarray, context: int) -> np.ndarray:
    """What each symbol costs after the last `context` symbols, read from a fresh state."""
    plain, found = Plain(stack), np.zeros(len(ids))
    for t in range(1, len(ids)):
        plain.forget()
        for id in ids[max(0, t - context) : t]:
            plain.read(id)
        found[t] = plain.nats(ids[t])
    return found


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("reset", LEVELS)
@pytest.mark.parametrize("strategy", [ONE, BLOCK], ids=lambda each: each.name)
def test_figures_are_those_of_a_plain_loop(strategy: Strategy, reset: str, cell: str) -> None:
    stack, ids = stack_of(strategy, reset, cell), ids_of(300)
    ways: dict[int, Scores | None] = {0: evaluation.carried(stack, held(ids), strategy)}
    ways |= {window: evaluation.cold(stack, held(ids), strategy, window) for window in (64, 7, 2)}
    for window, scores in ways.items():
        assert scores is not None
        wanted = plain_scores(stack, ids, strategy, window)
        np.testing.assert_allclose(scores.nats_N, wanted, rtol=1e-4, atol=1e-5, err_msg=f"{window}")


@pytest.mark.parametrize("slots", [1, 3, 100])
@pytest.mark.parametrize("strategy", [ONE, BLOCK, CONTEXT], ids=lambda each: each.name)
def test_memory_is_bounded_and_figures_are_the_same(
    strategy: Strategy, slots: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def forward(*given: Any) -> Any:
        found = training.forward(*given)
        sizes.append(found[0].numel())
        return found

    floats = slots * V * strategy.horizon
    monkeypatch.setattr(evaluation, "FLOATS", floats)
    monkeypatch.setattr(evaluation, "forward", forward)
    stack, own = stack_of(strategy, "document"), held(ids_of(1200))
    context = strategy.context
    found = evaluation.contexts(stack, own, strategy) if context else evaluation.carried(stack, own, strategy)
    wanted = plain_contexts(stack, own.ids_N, context) if context else plain_scores(stack, own.ids_N, strategy)
    assert found is not None
    np.testing.assert_allclose(found.nats_N, wanted, rtol=1e-4, atol=1e-5)
    if cold := evaluation.cold(stack, own, strategy, 7):
        np.testing.assert_allclose(cold.nats_N, plain_scores(stack, own.ids_N, strategy, 7), rtol=1e-4, atol=1e-5)
    quick = evaluation.quick(stack, own, strategy)
    assert quick == pytest.approx(evaluation.nats_per_character(found, own), rel=5e-3)
    assert max(sizes) <= floats


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_contexts_are_read_anew_for_each_symbol(cell: str) -> None:
    stack, ids = stack_of(CONTEXT, "window", cell), ids_of(300)
    scores = evaluation.contexts(stack, held(ids), CONTEXT)
    np.testing.assert_allclose(scores.nats_N, plain_contexts(stack, ids, 4), rtol=1e-4, atol=1e-5)
    assert evaluation.carried(stack, held(ids), CONTEXT) is None
    assert evaluation.cold(stack, held(ids), CONTEXT, 64) is None


def test_the_state_is_carried_over_the_chunks_of_a_long_split() -> None:
    stack, ids = stack_of(ONE, "never"), ids_of(2 * evaluation.CHUNK + 50)
    scores = evaluation.carried(stack, held(ids), ONE)
    assert scores is not None
    wanted = plain_scores(stack, ids, ONE)
    np.testing.assert_allclose(scores.nats_N, wanted, rtol=1e-4, atol=1e-5)
    assert np.abs(plain_scores(stack, ids, ONE, evaluation.CHUNK) - wanted)[evaluation.CHUNK + 1] > 1e-4


Way = Callable[[Stack, Held, Strategy], Scores | None]
WAYS: dict[str, Way] = {
    "cold": lambda stack, own, strategy: evaluation.cold(stack, own, strategy, 64),
    "carried": evaluation.carried,
    "contexts": evaluation.contexts,
}


def even(strategy: Strategy, reset: str = "document") -> Stack:
    """A model that holds every symbol as probable as every other."""
    stack = stack_of(strategy, reset)
    return Stack(stack.settings, {name: value * 0 for name, value in stack.params.items()})


@pytest.mark.parametrize("size", [5, 64, 65, 66, 1025, 70 * 64])
@pytest.mark.parametrize("strategy", [ONE, BLOCK, CONTEXT], ids=lambda each: each.name)
def test_every_symbol_is_scored_once(strategy: Strategy, size: int) -> None:
    stack, own = even(strategy), held(ids_of(size))
    for way, score in WAYS.items():
        scores = score(stack, own, strategy) if (way == "contexts") == bool(strategy.context) else None
        if scores is not None:
            assert scores.nats_N[0] == 0
            np.testing.assert_allclose(scores.nats_N[1:], math.log(V), rtol=1e-5, err_msg=way)
    wanted = (size - 1) * math.log(V) / own.characters
    assert evaluation.quick(stack, own, strategy) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("size", [1025, 1400])
def test_a_look_during_training_is_nearly_the_carried_figure(size: int) -> None:
    stack, own = stack_of(ONE, "document"), held(ids_of(size))
    carried = evaluation.carried(stack, own, ONE)
    assert carried is not None
    assert evaluation.quick(stack, own, ONE) == pytest.approx(evaluation.nats_per_character(carried, own), rel=2e-3)


def test_an_unknown_symbol_costs_a_choice_among_all_code_points() -> None:
    assert pytest.approx(math.log2(1114112) * math.log(2)) == UNKNOWN_NATS
    ids = ids_of(200)
    ids[[50, 99]] = UNKNOWN
    stack = even(ONE)
    scores = evaluation.carried(stack, held(ids), ONE)
    assert scores is not None
    assert scores.nats_N[[50, 99]] == pytest.approx(20.0875 * math.log(2), rel=1e-4)
    total = 2 * UNKNOWN_NATS + (len(ids) - 3) * math.log(V)
    assert evaluation.nats_per_character(scores, held(ids)) == pytest.approx(total / (ids > 1).sum(), rel=1e-5)


def made_up(ids: list[int], guesses: list[int]) -> tuple[Scores, Held]:
    size = len(ids)
    return Scores(np.ones(size), np.zeros(size, int), np.array(guesses)), held(np.array(ids))


def test_boundaries_are_measured_as_a_prediction() -> None:
    scores, own = made_up([0, 3, 1, 4, 0, 5, 1, 6, 1, 0], [0, 1, 1, 1, 3, 1, 1, 3, 0, 0])
    found = evaluation.boundaries(scores, own, ("document", "paragraph", "page"))
    assert found == {
        "document": {"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "count": 2},
        "paragraph": {"precision": 2 / 5, "recall": 2 / 3, "f1": 1 / 2, "count": 3},
    }


def test_a_boundary_never_said_has_f1_0() -> None:
    found = evaluation.boundaries(*made_up([0, 3, 1, 4, 0], [3, 3, 3, 3, 3]), ("document", "paragraph"))
    assert found["paragraph"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "count": 1}


def test_ranks_and_guesses_are_those_of_the_plain_logits() -> None:
    stack, ids = stack_of(ONE, "document"), ids_of(120)
    scores = evaluation.carried(stack, held(ids), ONE)
    assert scores is not None
    plain, ranks = Plain(stack), np.zeros(len(ids), int)
    for t, id in enumerate(ids[:-1]):
        plain.read(id)
        each = [plain.nats(target) for target in range(V)]
        ranks[t + 1] = sorted(each).index(each[ids[t + 1]])
        assert scores.guesses_N[t + 1] == np.argmin(each)
    assert (scores.ranks_N == ranks).all()
    for top in (1, 5):
        assert evaluation.accuracy(scores, held(ids), top) == pytest.approx((ranks[1:] < top).mean())
    shares = [evaluation.accuracy(scores, held(ids), top) for top in (1, 5, V)]
    assert shares[0] < shares[1] < 1 == shares[2]


def test_an_interval_is_as_wide_as_documents_differ() -> None:
    ids = np.array([0, *[3, 4, 5, 0] * 60])
    own, cost = held(ids), np.repeat(np.random.default_rng(0).normal(2, 0.5, size=60), 4)
    alike = Scores(np.append(0, np.full(240, 3 / 4)), ids, ids)
    assert evaluation.interval(alike, own) == pytest.approx((1.0, 1.0))
    differing = replace(alike, nats_N=np.append(0, cost * 3 / 4))
    low, high = evaluation.interval(differing, own)
    mean, error = evaluation.nats_per_character(differing, own), 0.5 / math.sqrt(60)
    assert low < mean < high and high - low == pytest.approx(2 * 1.96 * error, rel=0.2)
    assert evaluation.interval(differing, own) == (low, high) != evaluation.interval(differing, own, seed=1)


def test_an_interval_over_many_documents_needs_little_memory() -> None:
    ids = np.tile([0, 3], 20_000)
    scores, own = Scores(np.ones(len(ids)), ids, ids), held(ids)
    tracemalloc.start()
    assert evaluation.interval(scores, own) == pytest.approx((2.0, 2.0), rel=1e-2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * len(ids)


def test_an_interval_of_few_documents_is_over_blocks() -> None:
    ids = np.array([0, *[3] * 3000, 0])
    own, draw = held(ids), np.random.default_rng(0)
    scores = Scores(np.abs(draw.normal(2, 1, size=len(ids))), ids, ids)
    low, high = evaluation.interval(scores, own)
    assert low < evaluation.nats_per_character(scores, own) < high
    assert high - low == pytest.approx(2 * 1.96 / math.sqrt(3000), rel=0.4)


def test_the_comparison_can_fail() -> None:
    stack, ids = stack_of(BLOCK, "paragraph"), ids_of(300)
    scores = evaluation.carried(stack, held(ids), BLOCK)
    assert scores is not None
    deaf = Stack(replace(stack.settings, reset_level=-1), stack.params)
    for wrong in (plain_scores(stack, ids, BLOCK, 64), plain_scores(deaf, ids, BLOCK)):
        assert np.abs(wrong - scores.nats_N).max() > 1e-2

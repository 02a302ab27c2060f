"""Dynamic evaluation: scored before it is learnt, carried nowhere past a reset, and worth something."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from seqgen import adapting, evaluation, model, training
from seqgen.adapting import Segment, segments
from seqgen.errors import InputError, UsageError
from seqgen.evaluation import UNKNOWN_NATS, Held
from seqgen.generation import Solo
from seqgen.generation.turning import Turning
from seqgen.lanes import Lanes, Strategy
from seqgen.model import ModelSettings
from seqgen.nn import Stack
from seqgen.plan import AdaptSettings
from seqgen.playing import Player
from tests.runs import one_thread

V, UNKNOWN = 11, 2
ONE, CONTEXT, BLOCK = Strategy(), Strategy("many-to-one", context=4), Strategy("one-to-many", horizon=3)
LEVELS = {"never": -1, "document": 0, "paragraph": 1}
EAGER = AdaptSettings(adapt_rate=3e-2, adapt_segment=8)


@pytest.fixture(autouse=True)
def few_own_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapting, "OWN", 48)


def held(ids: Sequence[int] | np.ndarray) -> Held:
    return Held(np.array(ids), np.ones(len(ids), int), UNKNOWN)


def ids_of(size: int, seed: int = 0) -> np.ndarray:
    """Documents and paragraphs, and no unknown symbol."""
    ids = np.random.default_rng(seed).integers(3, V, size=size)
    ids[::97], ids[31::19] = 0, 1
    ids[0] = ids[-1] = 0
    return ids


def stack_of(strategy: Strategy, reset: str, cell: str = "lstm") -> Stack:
    level = 0 if strategy.context else LEVELS[reset]
    settings = ModelSettings(V, cell, width=12, embedding=8, horizon=strategy.horizon, reset_level=level)
    return Stack.fresh(settings, seed=1)


def nats(stack: Stack, ids: np.ndarray, strategy: Strategy = ONE, settings: AdaptSettings = EAGER) -> np.ndarray:
    with one_thread():
        return adapting.adapted(stack, held(ids), strategy, settings).nats_N


def carried(stack: Stack, ids: np.ndarray, strategy: Strategy = ONE) -> np.ndarray:
    scores = evaluation.carried(stack, held(ids), strategy)
    assert scores is not None
    return scores.nats_N


def test_a_row_is_cut_where_a_reset_is_read() -> None:
    ids = np.array([0, 5, 6, 7, 1, 5, 1, 0, 5, 6, 0])
    assert [(each.start, each.stop) for each in segments(ids, 1, 3)] == [(0, 3), (3, 4), (4, 6), (6, 7), (7, 10)]
    assert list(segments(ids, 0, 4)) == [
        Segment(0, 4, True, False),
        Segment(4, 7, False, True),
        Segment(7, 10, True, True),
    ]
    assert list(segments(ids, -1, 20)) == [Segment(0, 10, True, True)]


@pytest.mark.parametrize("learn", [adapting.adapted, adapting.learnt])
def test_who_learns_too_fast_is_told(learn: Any) -> None:
    wild = AdaptSettings(adapt_rate=1, adapt_segment=8, adapt_across=True)
    stack, row = stack_of(ONE, "never", "convolution"), held(ids_of(400))
    with one_thread(), np.errstate(all="ignore"), pytest.raises(InputError, match=r"--adapt-rate 1: .* a lower one"):
        learn(stack, row, ONE, wild)
    learn(stack, row, ONE, replace(wild, adapt_rate=1e-4))


STACKS = [(ONE, "gru"), (ONE, "lstm"), (ONE, "convolution,attention"), (BLOCK, "rnn"), (BLOCK, "min-gru,lstm")]


@pytest.mark.parametrize("reset", LEVELS)
@pytest.mark.parametrize(("strategy", "cell"), STACKS, ids=lambda each: each if isinstance(each, str) else each.name)
def test_without_a_rate_nothing_is_learnt(strategy: Strategy, reset: str, cell: str) -> None:
    stack, ids = stack_of(strategy, reset, cell), ids_of(60)
    still = replace(EAGER, adapt_rate=0.0)
    np.testing.assert_allclose(nats(stack, ids, strategy, still), carried(stack, ids, strategy), atol=1e-5)
    learning = nats(stack, ids, strategy)
    assert np.abs(learning - carried(stack, ids, strategy)).max() > 1e-2, "a rate changes something"


@pytest.mark.parametrize("strategy", [ONE, BLOCK], ids=lambda each: each.name)
def test_a_symbol_is_scored_before_it_is_learnt_from(strategy: Strategy) -> None:
    stack, ids = stack_of(strategy, "document"), ids_of(60)
    own = nats(stack, ids, strategy)
    for changed in (8, 9, 10, 26, 50):
        other = ids.copy()
        other[changed] = 3 + (ids[changed] - 2) % (V - 3)
        costs = nats(stack, other, strategy)
        assert (costs[:changed] == own[:changed]).all(), changed
        assert (costs[changed:] != own[changed:]).any(), changed


def test_learning_from_a_segment_first_would_be_seen() -> None:
    """The negative control: a learner that takes its step before it scores fails the test above."""
    stack, ids = stack_of(ONE, "document"), ids_of(97)
    costs = []
    for last in (3, 4):
        learner = adapting._Learner(stack, held(ids), ONE, EAGER)
        row = held([*ids[:8], last])
        (heard,) = learner.read(row)
        learner.learn(heard.loss)
        (again,) = learner.read(row)
        costs.append(again.judged()[0][:-1])
    assert (costs[0] != costs[1]).any()


@pytest.mark.parametrize(("strategy", "cell"), STACKS, ids=lambda each: each if isinstance(each, str) else each.name)
def test_nothing_passes_a_reset(strategy: Strategy, cell: str) -> None:
    stack, end = stack_of(strategy, "paragraph", cell), ids_of(40, seed=3)[1:]
    for boundary in (0, 1):
        pasts = [np.array([0, *ids_of(40, seed)[2:30], boundary]) for seed in (1, 2)]
        behind = [nats(stack, np.array([*past, *end]), strategy)[len(past) :] for past in pasts]
        assert (behind[0] == behind[1]).all()
        across = replace(EAGER, adapt_across=True)
        behind = [nats(stack, np.array([*past, *end]), strategy, across)[len(past) :] for past in pasts]
        assert (behind[0] != behind[1]).any(), "across resets, something does"


def test_what_is_behind_a_reset_does_not_change_what_is_before() -> None:
    stack, ids = stack_of(ONE, "document"), ids_of(97)
    assert (nats(stack, np.array([*ids, *ids[1:]]))[: len(ids)] == nats(stack, ids)).all()


def plain(stack: Stack, ids: np.ndarray, settings: AdaptSettings) -> np.ndarray:
    """The same from the paper, with all mean squares and weights by name."""
    trained = {name: value.clone() for name, value in stack.params.items()}
    squares, count = {name: torch.zeros_like(value) for name, value in trained.items()}, 0
    for _, _, _, gradients in walk(stack, adapting.drawn(stack, ONE, adapting.OWN), settings, dict(trained)):
        squares = {name: square + gradients[name] ** 2 for name, square in squares.items()}
        count += 1
    rms = {name: torch.sqrt(square / count) for name, square in squares.items()}
    mean = float(torch.cat([each.flatten() for each in rms.values()]).mean())
    found, params = np.zeros(len(ids)), dict(trained)
    for segment, costs, last, gradients in walk(stack, ids, settings, params):
        found[segment] = costs
        for name, now in params.items():
            back = torch.clamp(settings.adapt_decay * rms[name] / mean, max=1) * (trained[name] - now)
            moved = now - settings.adapt_rate * gradients[name] / rms[name].clamp(min=adapting.EPSILON * mean) + back
            params[name] = trained[name] if last else moved
    return found


def walk(
    stack: Stack, ids: np.ndarray, settings: AdaptSettings, params: dict[str, torch.Tensor]
) -> Iterator[tuple[slice, np.ndarray, bool, dict[str, torch.Tensor]]]:
    """Each segment: where its targets stand, their costs, whether it ends a unit, and gradients by name."""
    state = stack.start(1)
    for start, stop, first, last in segments(ids, stack.settings.reset_level, settings.adapt_segment):
        leaves = {name: value.clone().requires_grad_() for name, value in params.items()}
        batch = Lanes(1, stop - start, ONE).gather(ids, *(np.array([each]) for each in (start, stop, first)))
        logits, _, state = training.forward(Stack(stack.settings, leaves), batch, state)
        costs = -logits[0, :, 0].log_softmax(1)[range(stop - start), ids[start + 1 : stop + 1]]
        gradients = torch.autograd.grad(costs.sum() / settings.adapt_segment, list(leaves.values()))
        state = tuple(tuple(part.detach() for part in layer) for layer in state)
        yield slice(start + 1, stop + 1), costs.detach().numpy(), last, dict(zip(leaves, gradients, strict=True))


def test_the_rule_is_that_of_the_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapting, "OWN", 200)
    stack, ids = stack_of(ONE, "document"), ids_of(97)
    stack.params["output.b"][UNKNOWN] = -50  # so that the model draws none
    settings = AdaptSettings(adapt_rate=1e-3, adapt_segment=8, adapt_decay=0.02)
    wanted = plain(stack, ids, settings)
    np.testing.assert_allclose(nats(stack, ids, ONE, settings), wanted, rtol=1e-4)
    assert np.abs(carried(stack, ids)[1:] - wanted[1:]).max() > 1e-2
    for other in (replace(settings, adapt_decay=0.0), replace(settings, adapt_segment=9)):
        assert np.abs(nats(stack, ids, ONE, other) - wanted).max() > 1e-3


def test_a_text_that_repeats_itself_gets_cheaper() -> None:
    stack, ids = stack_of(ONE, "never"), np.array([0, *[3, 4, 5, 6, 7] * 30])
    own, base = nats(stack, ids), carried(stack, ids)
    assert own[-50:].mean() < 0.7 * base[-50:].mean()
    strong = nats(stack, ids, ONE, replace(EAGER, adapt_decay=1.0))
    assert own[-50:].mean() < strong[-50:].mean(), "and less so where the weights are drawn back"


def test_unknown_symbols_are_charged_and_not_learnt() -> None:
    stack, ids = stack_of(ONE, "never"), ids_of(60)
    ids[20:40] = UNKNOWN
    costs = nats(stack, ids)
    assert costs[20:40] == pytest.approx(UNKNOWN_NATS, rel=1e-6)
    params = adapting.learnt(stack, held([0, *[UNKNOWN] * 20]), ONE, replace(EAGER, adapt_decay=0.0))
    assert all((value == params[name]).all() for name, value in stack.arrays().items())


def test_many_to_one_is_refused() -> None:
    with pytest.raises(UsageError, match="many-to-one") as refused:
        adapting.adapted(stack_of(CONTEXT, "document"), held(ids_of(30)), CONTEXT, EAGER)
    assert "fresh state" in str(refused.value)


def test_what_is_learnt_is_learnt_behind_the_last_reset() -> None:
    stack, ids = stack_of(ONE, "document"), ids_of(97)
    behind = adapting.learnt(stack, held(ids[:-1]), ONE, EAGER)
    more = adapting.learnt(stack, held([0, *ids_of(30, 4)[2:28], *ids[:-1]]), ONE, EAGER)
    assert all((value == more[name]).all() for name, value in behind.items())
    assert any((value != behind[name]).any() for name, value in stack.arrays().items())
    ended = adapting.learnt(stack, held(ids), ONE, EAGER)
    assert all((value == ended[name]).all() for name, value in stack.arrays().items())


def test_the_stack_is_left_as_it_is() -> None:
    stack = stack_of(ONE, "document")
    before = stack.arrays()
    nats(stack, ids_of(97))
    assert all((value == before[name]).all() for name, value in stack.arrays().items())
    assert not any(param.requires_grad for param in stack.params.values())


def players(strategy: Strategy) -> tuple[Player, Player]:
    stack = stack_of(strategy, "paragraph")
    changed = {name: value * np.float32(0.5) for name, value in stack.arrays().items()}
    return Player(stack.settings, stack.arrays()), Player(stack.settings, changed)


@pytest.mark.parametrize("unit", [0, 1, 2])
@pytest.mark.parametrize("strategy", [ONE, BLOCK], ids=lambda each: each.name)
def test_another_voice_speaks_in_its_own_unit_alone(strategy: Strategy, unit: int) -> None:
    usual, own = (Solo(player, strategy) for player in players(strategy))
    both = Turning(usual, own, level=1, unit=unit).begin([9])
    readings = usual.begin([9]), own.begin([9])
    at = 0
    for id in [4, 5, 1, 6, 7, 8, 0, 3, 1, 4]:
        for reading in (both, *readings):
            reading.read(id)
        at += id <= 1
        for reading in (both, both.copy()):
            assert (reading.logits() == readings[at == unit].logits()).all()
        assert np.abs(readings[0].logits() - readings[1].logits()).max() > 1e-3
    twin = both.copy()
    twin.read(5)
    twin.read(6)
    assert (both.logits() == readings[0].logits()).all()


def test_settings_have_bounds() -> None:
    for name, wrong in (("adapt_rate", -1.0), ("adapt_segment", 0), ("adapt_decay", 1.1)):
        with pytest.raises(UsageError, match=name.replace("_", "-")):
            AdaptSettings(**{name: wrong})  # type: ignore[arg-type]


def test_what_the_model_draws_has_its_probabilities() -> None:
    stack = stack_of(ONE, "never")
    flat = Stack(stack.settings, {name: value * 0 for name, value in stack.params.items()})
    bias_V = np.log(np.arange(1, V + 1) / np.arange(1, V + 1).sum())
    flat.params["output.b"] = torch.from_numpy(bias_V).float()
    ids = adapting.drawn(flat, ONE, 4000)
    shares_V = np.bincount(ids[1:], minlength=V) / 4000
    np.testing.assert_allclose(shares_V, np.exp(bias_V), atol=0.02)
    assert (ids == adapting.drawn(flat, ONE, 4000)).all()
    assert model.shapes(stack.settings).keys() == stack.params.keys()

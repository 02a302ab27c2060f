"""Training still does what it did: twenty losses for each cell, strategy and reset (`tests/goldens.py` writes them)."""

import itertools
import json

import pytest

from seqgen import optimisers
from seqgen.nn import Stack
from seqgen.training import step
from tests.goldens import CASES, FILE, losses

TOLERANCE = 1e-3
"""Machines differ in the order of their sums; after twenty steps that is far below a thousandth."""


@pytest.fixture(scope="module")
def golden() -> dict[str, list[float]]:
    kept: dict[str, list[float]] = json.loads(FILE.read_text(encoding="utf-8"))
    return kept


@pytest.mark.parametrize("case", CASES)
def test_losses_are_golden(case: str, golden: dict[str, list[float]]) -> None:
    assert losses(case) == pytest.approx(golden[case], rel=TOLERANCE)


def test_every_case_is_kept_and_no_two_are_alike(golden: dict[str, list[float]]) -> None:
    assert list(golden) == CASES
    for one, other in itertools.combinations(golden.values(), 2):
        assert one != pytest.approx(other, rel=3 * TOLERANCE)


def test_every_case_learns(golden: dict[str, list[float]]) -> None:
    assert all(values[-1] < values[0] - 0.2 for values in golden.values())


@pytest.mark.parametrize("change", ["less momentum", "smaller weights", "state not carried"])
def test_a_small_change_is_seen(change: str, golden: dict[str, list[float]], monkeypatch: pytest.MonkeyPatch) -> None:
    case, initial = "gru one-to-one paragraph", Stack.fresh
    if change == "less momentum":
        monkeypatch.setattr(optimisers, "BETAS", (0.88, 0.99))
    elif change == "smaller weights":
        monkeypatch.setattr(Stack, "fresh", lambda *given, **more: _scaled(initial(*given, **more), 0.98))
    else:
        monkeypatch.setattr(step, "renew", lambda stack, state, fresh_B: stack.start(len(state[0][0])))
    assert losses(case) != pytest.approx(golden[case], rel=TOLERANCE)


def _scaled(stack: Stack, factor: float) -> Stack:
    return Stack(stack.settings, {name: value * factor for name, value in stack.params.items()})

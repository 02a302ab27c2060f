"""The walk over the stream: each transition once an epoch, resets respected, strategies as they are written."""

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqgen.errors import UsageError
from seqgen.lanes import Lanes, Position, ResetPolicy, Strategy, as_generated
from seqgen.vocabulary import Vocabulary

STREAM = np.array([0, *(range(2, 40)), 0, *(range(2, 20)), 0])
STRATEGIES = {
    "one-to-one": Strategy(),
    "many-to-one": Strategy("many-to-one", context=3),
    "one-to-many": Strategy("one-to-many", horizon=3),
}


def scored(lanes: Lanes, ids: np.ndarray, epoch: int = 0) -> np.ndarray:
    """How often each transition is scored as the next symbol in an epoch."""
    counts = np.zeros(len(ids) - 1, int)
    for start_B, stop_B, _ in lanes.spans(len(ids) - 1, epoch):
        for start, stop in zip(start_B, stop_B, strict=True):
            counts[start:stop] += 1
    return counts


@given(st.integers(2, 200), st.integers(1, 9), st.integers(1, 40), st.integers(0, 3), st.booleans())
def test_every_transition_is_scored_once_an_epoch(
    size: int, count: int, window: int, epoch: int, shuffle: bool
) -> None:
    lanes = Lanes(count, window, carry=not shuffle, shuffle=shuffle, seed=7)
    assert (scored(lanes, np.arange(size), epoch) == 1).all()


@given(st.integers(2, 200), st.integers(1, 9), st.integers(1, 40))
def test_what_windows_cannot_fill_is_dropped_and_counted(size: int, count: int, window: int) -> None:
    lanes = Lanes(count, window, keep=False, seed=7)
    counts = scored(lanes, np.arange(size))
    assert counts.max() == 1
    assert lanes.left_out(size - 1) == int((counts == 0).sum())


def test_state_is_carried_but_where_a_lane_begins_or_wraps() -> None:
    lanes, ids = Lanes(2, 5, seed=3), np.arange(101)
    stops = np.full(2, -1)
    for start_B, stop_B, fresh_B in lanes.spans(100, 0):
        assert (fresh_B == (start_B != stops)).all()
        stops = stop_B
    assert {int(x) for x in ids[lanes.gather(ids, *next(lanes.spans(100, 0))).inputs_BT.ravel()]} <= set(range(101))


@given(st.integers(2, 300), st.integers(1, 5), st.integers(1, 40), st.integers(0, 3), st.booleans())
def test_no_state_is_carried_out_of_a_window_that_is_not_full(
    size: int, count: int, window: int, epoch: int, keep: bool
) -> None:
    spans = list(Lanes(count, window, keep=keep, seed=5).spans(size - 1, epoch))
    for (start_B, stop_B, _), (_, _, fresh_B) in pairwise(spans):
        assert (fresh_B | (stop_B - start_B == window)).all()


def test_epochs_differ_and_seeds_repeat() -> None:
    first, second, again = (
        list(islice((span[0].tolist() for span in Lanes(4, 5, seed=s).spans(100, e)), 3))
        for s, e in ((1, 0), (1, 1), (1, 0))
    )
    assert first != second
    assert first == again


def test_a_walk_goes_on_from_any_position() -> None:
    lanes = Lanes(3, 7, seed=1)
    whole = list(islice(lanes.walk(STREAM), 20))
    for i, (position, _) in enumerate(whole[:-1]):
        _, batch = next(lanes.walk(STREAM, position))
        assert (batch.inputs_BT == whole[i + 1][1].inputs_BT).all()


def test_epochs_are_counted_in_windows() -> None:
    lanes = Lanes(3, 7, seed=1)
    positions = [position for position, _ in islice(lanes.walk(STREAM), 40)]
    assert positions[lanes.windows(len(STREAM) - 1, 2) - 1].epoch == 1
    assert positions[lanes.windows(len(STREAM) - 1, 2)] == Position(2, 1)


def test_one_to_many_scores_nothing_behind_a_reset() -> None:
    lanes = Lanes(1, len(STREAM) - 1, STRATEGIES["one-to-many"], reset_level=0)
    (batch,) = lanes.once(STREAM)
    at = int(np.flatnonzero(STREAM[1:] == 0)[0])
    assert batch.scored_BSK[0, at - 1].tolist() == [True, True, False]
    assert batch.scored_BSK[0, at].tolist() == [True, False, False]
    assert batch.targets_BSK[0, at, 0] == 0


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("window", [4, 64])
def test_as_generated_scores_each_symbol_once(name: str, window: int) -> None:
    strategy = STRATEGIES[name]
    lanes = Lanes(1, window, strategy, reset_level=0, carry=not strategy.context)
    phase_B, counts = np.zeros(1, int), np.zeros(len(STREAM), int)
    for start_B, stop_B, fresh_B in lanes.spans(len(STREAM) - 1, 0):
        batch, phase_B = as_generated(lanes, lanes.gather(STREAM, start_B, stop_B, fresh_B), phase_B)
        for _, s, k in np.argwhere(batch.scored_BSK):
            counts[start_B[0] + s + 1 + k] += 1
    assert counts[0] == 0
    assert (counts[1:] == 1).all()


def test_contexts_of_many_to_one_begin_at_their_document() -> None:
    lanes = Lanes(1, 1, STRATEGIES["many-to-one"], reset_level=0, carry=False)
    batches = list(lanes.once(STREAM))
    assert batches[0].inputs_BT.tolist() == [[0, 0, 0]]
    assert batches[1].inputs_BT.tolist() == [[0, 0, 2]]
    assert batches[5].inputs_BT.tolist() == [[4, 5, 6]]
    assert batches[5].targets_BSK.tolist() == [[[7]]]


def test_policies_are_comparisons_of_ids() -> None:
    vocabulary = Vocabulary(("document", "chapter", "paragraph"), "ab")
    levels = {
        name: ResetPolicy(name).level(vocabulary, Strategy()) for name in ("never", "window", "document", "paragraph")
    }
    assert levels == {"never": -1, "window": -1, "document": 0, "paragraph": 2}
    assert ResetPolicy("window").level(vocabulary, STRATEGIES["many-to-one"]) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Strategy("one-to-one", context=3),
        lambda: Strategy("many-to-one"),
        lambda: Strategy("one-to-many"),
        lambda: Lanes(1, 4, shuffle=True),
        lambda: ResetPolicy("document").level(Vocabulary(("document",), "a"), STRATEGIES["many-to-one"]),
    ],
)
def test_what_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(UsageError, match=r".+: .+\. .+\."):
        wrong()  # type: ignore[operator]

"""Copies from the training ids are found exactly, whatever the hashes and stretches."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from seqgen import copying
from seqgen.copying import Copy, copy_report, longest_copy

Ids = NDArray[Any]
few_ids = st.lists(st.integers(0, 2), max_size=40).map(np.array)


def plain_longest(sample: Ids, training: Ids) -> int:
    """The definition, by the table of common suffixes."""
    best, row = 0, [0] * (len(training) + 1)
    for symbol in sample:
        row = [0] + [row[k] + 1 if symbol == training[k] else 0 for k in range(len(training))]
        best = max(best, *row)
    return best


def check(sample: Ids, training: Ids) -> None:
    length, i, k = longest_copy(sample, training)
    assert length == plain_longest(sample, training)
    assert sample[i : i + length].tolist() == training[k : k + length].tolist()


@given(few_ids, few_ids)
def test_the_longest_copy_is_that_of_the_definition(sample: Ids, training: Ids) -> None:
    check(sample, training)


@given(few_ids, few_ids, st.integers(1, 9))
def test_stretches_leave_no_trace(sample: Ids, training: Ids, stretch: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copying, "STRETCH", stretch)
        check(sample, training)


@given(few_ids, few_ids)
def test_equal_hashes_prove_nothing(sample: Ids, training: Ids) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copying, "BASE", 1)
        check(sample, training)


def thue_morse(size: int) -> Ids:
    """The sequence on which polynomial hashes modulo 2^64 collide, whatever the base."""
    found = np.zeros(1, np.uint8)
    while len(found) < size:
        found = np.concatenate([found, 1 - found])
    return found


def test_windows_that_collide_are_compared() -> None:
    half = thue_morse(1 << 11)
    assert copying._Hashed(half).windows(1 << 11) == copying._Hashed(1 - half).windows(1 << 11)
    assert longest_copy(half, 1 - half).length == 1 << 10


def test_nothing_in_common() -> None:
    empty = np.zeros(0, np.int32)
    some = np.array([1, 2, 3])
    for sample, training in ((empty, some), (some, empty), (empty, empty), (some, some + 3)):
        assert longest_copy(sample, training).length == 0


def test_types_of_ids_may_differ() -> None:
    assert longest_copy(np.array([9, 200, 7], np.int32), np.array([1, 200, 7, 3], np.uint8)) == Copy(2, 1, 1)


def test_a_planted_copy_is_found_in_a_long_stream() -> None:
    rng = np.random.default_rng(0)
    training = rng.integers(0, 60, 3 * copying.STRETCH // 2, dtype=np.uint8)
    sample = rng.integers(0, 60, 5000, dtype=np.int32)
    at = copying.STRETCH - 100
    sample[1000:1500] = training[at : at + 500]
    sample[1500], sample[999] = training[at + 500] + 1, training[at - 1] + 1
    assert longest_copy(sample, training) == Copy(500, 1000, at)


def test_a_report_counts_copies_and_whole_samples() -> None:
    training = np.array([0, 5, 6, 7, 0, 8, 9, 0])
    samples = [np.array(ids) for ids in ([5, 6, 7], [6, 7, 8], [1, 2], [])]
    report = copy_report(samples, training)
    assert report == copying.CopyReport(samples=4, symbols=8, longest=3, mean_longest=5 / 4, whole=1 / 4)
    marked = [np.array(ids) for ids in ([0, 5, 6, 7, 0], [0, 5, 6, 0])]
    assert copy_report(marked, training).whole == 1 / 2
    assert copy_report([], training) == copying.CopyReport(0, 0, 0, 0, 0)

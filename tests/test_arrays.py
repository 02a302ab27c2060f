"""What the helpers promise: the same figures from numpy and from torch."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from seqgen import arrays
from seqgen.arrays import Array

X = np.concatenate([np.linspace(-9, 9, 21), [-1e4, 1e4, 0.0]]).astype(np.float32).reshape(4, 6)


@pytest.mark.parametrize("function", [arrays.tanh, arrays.sigmoid, arrays.silu, arrays.softmax, arrays.unit])
def test_numpy_and_torch_agree(function: Callable[[Array], Array]) -> None:
    found = function(X)
    assert found.dtype == np.float32
    np.testing.assert_allclose(function(torch.from_numpy(X)).numpy(), found, rtol=1e-5, atol=1e-6)


def test_a_share_of_minus_infinity_is_exactly_nothing() -> None:
    x = np.where(X > 0, X, -np.inf).astype(np.float32)[1:]
    for shares in (arrays.softmax(x), arrays.softmax(torch.from_numpy(x)).numpy()):
        assert not shares[x == -np.inf].any()
        np.testing.assert_allclose(shares.sum(-1), 1, rtol=1e-6)


def test_shares_are_taken_in_float32() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert arrays.softmax(torch.zeros(2, 3, dtype=torch.bfloat16)).dtype == torch.float32


def test_parts_are_joined_along_any_axis() -> None:
    for axis in (0, 1, -1):
        joined = arrays.concat([X, X], axis=axis)
        assert np.array_equal(arrays.concat([torch.from_numpy(X)] * 2, axis=axis).numpy(), joined)
        assert joined.shape == ((8, 6) if axis == 0 else (4, 12))

"""The handful of operations that numpy and torch share, so that a cell is written once.

Everything else a cell needs is an operator (`+ - * @`), slicing, or `.T`, and those are the same in both.
This module imports no torch: an array that is not numpy's is taken for a tensor.
"""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = Any
"""A numpy array or a torch tensor."""

TINY = 1e-5
"""Added to a mean square, so that a row of zeros stays one."""


def is_tensor(x: Array) -> bool:
    """Whether `x` is torch's, without asking torch."""
    return not isinstance(x, (np.ndarray, np.generic))


def tanh(x: Array) -> Array:
    """The hyperbolic tangent."""
    return x.tanh() if is_tensor(x) else np.tanh(x)


def sigmoid(x: Array) -> Array:
    """The logistic function; in numpy by way of tanh, which cannot overflow."""
    if is_tensor(x):
        return x.sigmoid()
    return 0.5 * np.tanh(0.5 * x) + 0.5


def softplus(x: Array) -> Array:
    """log(1 + e^x), which is -log sigmoid(-x)."""
    return _torch().nn.functional.softplus(x) if is_tensor(x) else np.logaddexp(0, x)


def exp(x: Array) -> Array:
    """e to that power."""
    return x.exp() if is_tensor(x) else np.exp(x)


def silu(x: Array) -> Array:
    """x times its logistic function: Elfwing et al., arXiv 1702.03118."""
    return _torch().nn.functional.silu(x) if is_tensor(x) else x * sigmoid(x)


def softmax(x: Array) -> Array:
    """Shares along the last axis, which torch takes in float32 whatever the precision; -inf has none, but not every
    value may be -inf."""
    if is_tensor(x):
        return x.float().softmax(-1)
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def where(mask: Array, x: Array, y: Array) -> Array:
    """`x` where the mask holds, `y` elsewhere."""
    return _torch().where(mask, x, y) if is_tensor(x) else np.where(mask, x, y)


def choose(mask_B: Array, x: Array, y: Array) -> Array:
    """`x` in the lanes where the mask holds, `y` in the others; the lane is the first axis."""
    return where(mask_B.reshape(-1, *[1] * (y.ndim - 1)), x, y)


def unit(x: Array) -> Array:
    """x over its root mean square along the last axis, which torch takes in float32 whatever the precision."""
    if is_tensor(x):
        x = x.float()
        return x * (x.square().mean(-1, keepdim=True) + TINY).rsqrt()
    return x / np.sqrt(np.square(x).mean(-1, keepdims=True) + TINY)


def concat(parts: Sequence[Array], *, axis: int = -1) -> Array:
    """Along the last axis, or another."""
    return _torch().cat(list(parts), dim=axis) if is_tensor(parts[0]) else np.concatenate(parts, axis=axis)


def rows(table: Array, ids: Array) -> Array:
    """table[ids]; in torch by way of `embedding`, whose gradient is quicker than that of an index."""
    return _torch().nn.functional.embedding(ids, table) if is_tensor(table) else table[ids]


def split(x: Array, count: int) -> tuple[Array, ...]:
    """`count` equal parts along the last axis."""
    width = x.shape[-1] // count
    return tuple(x[..., i * width : (i + 1) * width] for i in range(count))


def zeros(like: Array, shape: tuple[int, ...]) -> Array:
    """Zeros of that shape, of the kind, type and device of `like`."""
    return like.new_zeros(shape) if is_tensor(like) else np.zeros(shape, like.dtype)


def _torch() -> Any:
    return sys.modules["torch"]

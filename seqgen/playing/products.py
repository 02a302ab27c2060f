"""One matrix times several vectors, in the way that is quickest on this kind of machine.

Many libraries copy the matrix into an order of their own before a product of matrices, which takes as long as several
products with one vector. Some do without where a product is small; there, blocks of the matrix are taken one by one.

Shapes: T vectors, D entries of a vector, G rows of the matrix, N blocks of them.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from seqgen.playing.weights import Matrix, Vector

GROUP = 4
"""Kernels take so many vectors at a time, or a multiple; fewer cost no less."""
LARGER_GROUP, NARROW = 8, 512
"""Blocks take this many of vectors that are no longer than that."""
MOST = 16
"""More vectors than these are as quick, or quicker, in one product of the whole matrix."""
SMALL = 1_000_000
"""Multiplications in a product that counts as small, at most."""
# Four vectors at once, one thread, microseconds block by block and whole: with OpenBLAS's kernels for AVX-512, 26 and
# 105 for a matrix of 1024 x 256, 70 and 440 for 2048 x 512, 550 and 2,100 for 4096 x 1024; with those for AVX2, 57 and
# 48, 218 and 182, 1,060 and 930. A trial at run time would choose now one and now the other, whose last digits differ.
WIDE = frozenset({"AVX512_SKX", "X86_V4"})
"""What numpy calls AVX-512, before and since 2.4."""


def product(W_GD: Matrix, x_TD: Matrix, *, b_G: Vector | None = None) -> Matrix:
    """W x + b for each row of x, (T, G); W is as `columns` lays it out, or a part."""
    count = len(x_TD)
    if count == 1 or (count < GROUP and not blocks_pay()):
        y_TG = _one_by_one(W_GD, x_TD)
    else:
        short = -count % GROUP
        padded = np.concatenate([x_TD, np.zeros((short, x_TD.shape[1]), np.float32)]) if short else x_TD
        y_TG = (by_blocks if count <= MOST and blocks_pay() else _whole)(W_GD, padded)[:count]
    if b_G is not None:
        y_TG += b_G
    return y_TG


@cache
def blocks_pay() -> bool:
    """Whether a product goes much faster block by block here: in OpenBLAS, on a processor with AVX-512."""
    built: Any = np.show_config(mode="dicts")  # which leaves out what is empty
    found = built.get("SIMD Extensions", {})
    wide = WIDE & {*found.get("baseline", ()), *found.get("found", ())}
    return bool(wide) and "openblas" in built["Build Dependencies"].get("blas", {}).get("name", "")


def by_blocks(W_GD: Matrix, x_TD: Matrix) -> Matrix:
    """W x for each row of x, whose number is a multiple of `GROUP`: products of blocks of W and groups of vectors."""
    (rows, inputs), count = W_GD.shape, len(x_TD)
    group = LARGER_GROUP if count % LARGER_GROUP == 0 and inputs <= NARROW else GROUP
    blocks = _blocks(rows, group * inputs)
    if not blocks:
        return _whole(W_GD, x_TD)
    size, (down, along) = rows // blocks, W_GD.strides
    W_NGD = as_strided(W_GD, (blocks, 1, size, inputs), (size * down, 0, down, along))
    y = np.matmul(W_NGD, x_TD.reshape(-1, group, inputs).transpose(0, 2, 1))
    y_TG: Matrix = y.transpose(1, 3, 0, 2).reshape(count, rows)
    return y_TG


def _blocks(rows: int, each: int) -> int:
    """The fewest equal blocks of so many rows whose products are small; 0 if none are."""
    wanted = max(1, -(-rows * each // SMALL))
    return next((count for count in range(wanted, rows // GROUP + 1) if rows % count == 0), 0)


def _whole(W_GD: Matrix, x_TD: Matrix) -> Matrix:
    y_TG: Matrix = np.matmul(x_TD, W_GD.T)
    return y_TG


def _one_by_one(W_GD: Matrix, x_TD: Matrix) -> Matrix:
    y_TG = np.empty((len(x_TD), len(W_GD)), np.float32)
    for x_D, y_G in zip(np.ascontiguousarray(x_TD, np.float32), y_TG, strict=True):
        np.matmul(W_GD, x_D, y_G)  # which, unlike `dot`, does not copy a part of a larger matrix
    return y_TG

"""One matrix times several vectors.

A library copies the matrix into an order of its own before a product of matrices, which takes as long as two products
with one vector. Up to four vectors are quicker one by one: the matrix comes from memory for the first, and the others
find it in the cache. Eight take hardly longer in one product than four.

Shapes: T vectors, D entries of a vector, G rows of the matrix.
"""

import numpy as np

from seqgen.playing.weights import Matrix, Vector

FEW = 4
"""At most so many vectors are taken one by one, and so many, or a multiple, in one product: kernels want it so."""


def product(W_GD: Matrix, x_TD: Matrix, *, b_G: Vector | None = None) -> Matrix:
    """W x + b for each row of x, (T, G); W is as `columns` lays it out, or a part."""
    y_TG = (one_by_one if len(x_TD) <= FEW else whole)(W_GD, x_TD)
    if b_G is not None:
        y_TG += b_G
    return y_TG


def one_by_one(W_GD: Matrix, x_TD: Matrix) -> Matrix:
    """W x for each row of x, by a product for each."""
    y_TG = np.empty((len(x_TD), len(W_GD)), np.float32)
    for x_D, y_G in zip(np.ascontiguousarray(x_TD, np.float32), y_TG, strict=True):
        np.matmul(W_GD, x_D, y_G)  # which, unlike `dot`, does not copy a part of a larger matrix
    return y_TG


def whole(W_GD: Matrix, x_TD: Matrix) -> Matrix:
    """W x for each row of x, by one product for all."""
    short = -len(x_TD) % FEW
    padded = np.concatenate([x_TD, np.zeros((short, x_TD.shape[1]), np.float32)]) if short else x_TD
    y_TG: Matrix = np.matmul(padded, W_GD.T)
    return y_TG[: len(x_TD)]

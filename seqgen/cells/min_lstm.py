"""The minimal long short-term memory: Feng et al., arXiv 2410.01201, section 3.2, its gates made to sum to 1.

f, i = sigmoid(W_f x + b_f), sigmoid(W_i x + b_i)     n = W_n x + b_n
h' = f / (f + i) * h + i / (f + i) * n
"""

from collections.abc import Sequence
from typing import ClassVar

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Parameters
from seqgen.cells.linear import LinearCell


class MinLSTM(LinearCell):
    """Rows of W and b in the order f, i, n."""

    name: ClassVar[str] = "min-lstm"
    products: ClassVar[int] = 3

    def gates(self, params: Parameters, products: Sequence[Array]) -> tuple[Array, Array]:
        f, i, n = products
        # f / (f + i) = sigmoid(log f - log i), which is finite where both gates are shut.
        a = arrays.sigmoid(arrays.softplus(-i) - arrays.softplus(-f))
        return a, (1 - a) * n

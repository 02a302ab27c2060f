"""The minimal gated recurrent unit: Feng et al., arXiv 2410.01201, section 3.1.

z = sigmoid(W_z x + b_z)     n = W_n x + b_n     h' = (1 - z) * h + z * n
"""

from collections.abc import Sequence
from typing import ClassVar

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Parameters
from seqgen.cells.linear import LinearCell


class MinGRU(LinearCell):
    """Rows of W and b in the order z, n."""

    name: ClassVar[str] = "min-gru"
    products: ClassVar[int] = 2

    def gates(self, params: Parameters, products: Sequence[Array]) -> tuple[Array, Array]:
        z, n = products
        z = arrays.sigmoid(z)
        return 1 - z, z * n

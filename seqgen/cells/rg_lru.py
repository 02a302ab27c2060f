"""The real-gated linear recurrent unit: De et al., "Griffin", arXiv 2402.19427, section 2.4, with the gated branch of
the block that it stands in there.

r, i = sigmoid(W_r x + b_r), sigmoid(W_i x + b_i)     u = W_u x + b_u     g = W_g x + b_g
log a = -8 * softplus(L) * r     h' = a * h + sqrt(1 - a^2) * (i * u)     y = h' * silu(g)
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells.cell import Parameters
from seqgen.cells.linear import LinearCell

POWER = 8.0
FLOOR = 1e-6
"""Added to 1 - a^2: where a rounds to 1 the square root would have no slope."""
SLOWEST, FASTEST = 0.999, 0.75
"""Bounds of exp(-softplus(L)) at first, whose power r * POWER is a. The paper has 0.9 for 0.75, and takes these for
bounds of a itself: then no channel, or hardly one, forgets within a word, and characters are learnt far more slowly."""


class RGLRU(LinearCell):
    """Rows of W and b in the order r, i, u, g; L, one a channel, says how fast it forgets.

    It departs from the paper where text is learnt better at the same cost. All four products are of x, so that one
    matrix product serves them. The block's last projection is left out, for the next layer has its own, and its gelu is
    a silu, which takes a fifth of the time. Channels that forget fast at first are more.
    """

    name: ClassVar[str] = "rg-lru"
    products: ClassVar[int] = 4

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return super().shapes(inputs, width) | {"L": (width,)}

    def initial(self, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray | None:
        return np.log(1 / rng.uniform(FASTEST, SLOWEST, shape) - 1) if name == "L" else None

    def gates(self, params: Parameters, products: Sequence[Array]) -> tuple[Array, Array]:
        r, i, u, _ = products
        a = arrays.exp(-POWER * arrays.softplus(params["L"]) * arrays.sigmoid(r))
        return a, (1 + FLOOR - a * a) ** 0.5 * arrays.sigmoid(i) * u

    def read(self, params: Parameters, products: Sequence[Array], h: Array) -> Array:
        return h * arrays.silu(products[3])

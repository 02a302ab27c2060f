"""Several symbols read in one go: the weights, which are what is dear, go through the processor once for all of them.

Shapes: T symbols, E channels into the first layer, D into any, W out of the last one, V vocabulary.
"""

from collections.abc import Callable, Sequence

import numpy as np

from seqgen import arrays, model
from seqgen.model import ModelSettings
from seqgen.playing.layers import Layer, Trail
from seqgen.playing.weights import Matrix, Vector

SIZE = 64
"""Symbols read at once, where there are many: more are hardly quicker."""


class Window:
    """What a player has made of some ids. Law: it equals as many single reads within 1e-5, and so does the state behind
    each of the ids."""

    def __init__(
        self, features_TW: Matrix, trail: Trail, *, head: Callable[[Matrix], Matrix], behind: Callable[[Vector], None]
    ) -> None:
        self.features_TW, self._trail, self._head, self._behind = features_TW, trail, head, behind

    def logits(self) -> Matrix:
        """The logits_TV of the symbol after each id, which begins a block."""
        return self._head(self.features_TW)

    def keep(self, count: int) -> None:
        """Put the player behind the first `count` of the ids, 1 or more; it must have read nothing since."""
        self._trail(count)
        self._behind(self.features_TW[count - 1])


def run(
    settings: ModelSettings,
    layers: Sequence[Layer],
    ids: Sequence[int],
    *,
    x_TD: Matrix,
    gains: Sequence[Vector | None],
) -> tuple[Matrix, Trail]:
    """Let layers read one id or more, of which x holds the channels: the features_TW, and the way back.

    The last of the gains is for the features.
    """
    resets = [place for place, id in enumerate(ids) if id <= settings.reset_level]
    table, trails = layers[0].table, list[Trail]()
    rows = None if table is None else table[list(ids)]
    for layer, gain in zip(layers, gains[:-1], strict=True):
        y_TD, trail = _run(layer, _normal(x_TD, gain) if rows is None else x_TD, rows, resets=resets)
        x_TD, rows = model.add_residual(y_TD, x_TD) if settings.residual else y_TD, None
        trails.append(trail)

    def back(count: int) -> None:
        for trail in trails:
            trail(count)

    return _normal(x_TD, gains[-1]), back


def _normal(x_TD: Matrix, gain_D: Vector | None) -> Matrix:
    """The fast twin of `model.normal`."""
    if gain_D is None:
        return x_TD
    squares_T = np.einsum("td,td->t", x_TD, x_TD)
    y_TD: Matrix = x_TD * (1 / np.sqrt(squares_T / x_TD.shape[1] + np.float32(arrays.TINY)))[:, None]
    y_TD *= gain_D
    return y_TD


def _run(layer: Layer, x_TD: Matrix, rows: Matrix | None, *, resets: Sequence[int]) -> tuple[Matrix, Trail]:
    """A layer's run over a window, in parts between the resets."""
    if not resets:
        return layer.run(x_TD, rows)
    outputs: list[Matrix] = []
    parts: list[tuple[int, Trail]] = []
    begin = 0
    for reset in [*resets, len(x_TD)]:
        if begin < reset:
            y_TD, trail = layer.run(x_TD[begin:reset], None if rows is None else rows[begin:reset])
            outputs.append(y_TD)
            parts.append((begin, trail))
        if reset < len(x_TD):
            layer.clear()
            outputs.append(layer.y[None].copy())
            parts.append((reset, lambda _: layer.clear()))
        begin = reset + 1

    def back(count: int) -> None:
        place, trail = next(part for part in reversed(parts) if part[0] < count)
        trail(count - place)

    return np.concatenate(outputs), back

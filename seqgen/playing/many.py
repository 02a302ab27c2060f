"""Many lanes of a model, read in lockstep: the fast twin of `model.step` and `model.logits` for B sequences at once.

A step of one lane is bound by the memory that its weights come from; a step of many takes them once for all. What a
single player has as a vector is here a matrix with a column a lane, so that the rows of a gate lie together.

Shapes: B lanes, V vocabulary, W channels out of the last layer, E channels into the first, F channels into the output
layer, D into any, H width, G rows of all gates of a layer.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from seqgen import arrays, model
from seqgen.cells import GRU, LSTM, RNN, Cell, Parameters, steps_linearly
from seqgen.model import GAIN, ModelSettings
from seqgen.playing.many_layers import GRULanes, Ids, Lanes, LinearLanes, LSTMLanes, PlainLanes, RNNLanes
from seqgen.playing.many_mixers import MIXERS
from seqgen.playing.player import Played, channels_of, tabulation
from seqgen.playing.prepared import ROWS, weights_of
from seqgen.playing.weights import Matrix, Weights

Mask = NDArray[np.bool_]


class Players:
    """B lanes of a model, each with a state of its own. Law: each equals a `Player`, within 1e-5.

    `plain` steps every cell as it is written, which is the definition.
    """

    def __init__(self, settings: ModelSettings, params: Parameters, lanes: int, *, plain: bool = False) -> None:
        params = {name: np.ascontiguousarray(value, np.float32) for name, value in params.items()}
        self.settings, self._params = settings, params
        self._channels_VE = channels_of(settings, params)
        self._output_VF = model.output(settings, params)
        self._gains = [params.get(f"layers.{layer}.{GAIN}") for layer in range(len(settings.cells))]
        self._layers: list[Lanes] = [_lanes_of(settings, params, layer, plain) for layer in range(len(settings.cells))]
        for layer in self._layers:
            layer.lay_out(lanes)
        self._lay_out(lanes)
        self.clear(slice(None))

    def _lay_out(self, lanes: int) -> None:
        self.lanes = lanes
        self._logits_VB = np.zeros((self.settings.vocabulary, lanes), np.float32)
        self._z_FB = np.zeros((self.settings.features, lanes), np.float32)

    def clear(self, lanes: Ids | slice) -> None:
        """Let these lanes forget everything read."""
        for layer in self._layers:
            layer.clear(lanes)

    def resume(self, lanes: Ids, state: Played) -> None:
        """Let lanes go on from where a single player was, at the beginning of a block."""
        for layer, part in zip(self._layers, state.layers, strict=True):
            layer.resume(lanes, part)
        if state.features_W is not None:
            self._z_FB[:, lanes] = self._hidden(state.features_W[:, None])

    def keep(self, lanes: Ids) -> None:
        """Go on with these lanes alone."""
        z_FB = self._z_FB[:, lanes]
        self._lay_out(len(lanes))
        self._z_FB[:] = z_FB
        for layer in self._layers:
            layer.keep(lanes)

    def read(self, ids_B: Ids, inside_B: Mask | None = None) -> None:
        """Read one symbol a lane; one up to the settings' `reset_level` clears the state of its lane.

        A lane that is `inside` a block after it goes on with the block, and says what follows by the chain.
        """
        x, rows, clear = self._channels_VE[ids_B].T, self._layers[0].rows(ids_B), _cleared(ids_B, self.settings)
        for layer, gain_D in zip(self._layers, self._gains, strict=True):
            if rows is None:
                layer.x[:] = x if gain_D is None else _normal(x, gain_D)
            layer.step(rows)
            if len(clear):
                layer.clear(clear)
            x, rows = model.add_residual(layer.y.T, x.T).T if self.settings.residual else layer.y, None
        last = self._params.get(GAIN)
        z_FB = self._hidden(x if last is None else _normal(x, last))
        self._z_FB = z_FB if inside_B is None else np.where(inside_B, self._chained(ids_B), z_FB)

    def logits(self) -> Matrix:
        """The logits_BV of the next symbol of each lane; the next call overwrites the array."""
        np.dot(self._output_VF, self._z_FB, self._logits_VB)
        np.add(self._logits_VB, self._params["output.b"][:, None], self._logits_VB)
        return self._logits_VB.T

    def _hidden(self, features_WB: Matrix) -> Matrix:
        """What the output layer reads where a block begins."""
        if not self.settings.head:
            return features_WB.copy()
        hidden_FB: Matrix = np.tanh(self._params["head.W"] @ features_WB + self._params["head.b"][:, None])
        return hidden_FB

    def _chained(self, ids_B: Ids) -> Matrix:
        """What it reads behind one more symbol of a block."""
        params = self._params
        moved_FB: Matrix = params["chain.U"] @ self._z_FB + (params["chain.E"][ids_B] + params["chain.b"]).T
        return self._z_FB + np.tanh(moved_FB)


def _cleared(ids_B: Ids, settings: ModelSettings) -> Ids:
    """The lanes that are cleared."""
    return np.flatnonzero(ids_B <= settings.reset_level)


def _normal(x_DB: Matrix, gain_D: Matrix) -> Matrix:
    """The fast twin of `model.normal`, for lanes in columns."""
    scale_B = 1 / np.sqrt(np.einsum("db,db->b", x_DB, x_DB) / np.float32(len(x_DB)) + np.float32(arrays.TINY))
    scaled_DB: Matrix = x_DB * scale_B * gain_D[:, None]
    return scaled_DB


def _lanes_of(settings: ModelSettings, params: Parameters, layer: int, plain: bool) -> Lanes:
    """The lanes of a layer: prepared where its cell is known here, and stepped as it is written where not."""
    cell, own = settings.cells[layer], model.layer_of(params, layer)
    inputs, outputs = settings.channels[layer : layer + 2]
    tabulate = _no_table if layer else tabulation(settings, params)
    if not plain and type(cell) in MIXERS:
        return MIXERS[type(cell)](cell, own)
    if plain or not (type(cell) in ROWS or steps_linearly(cell)):
        return PlainLanes(cell, own, inputs=inputs, outputs=outputs)
    if steps_linearly(cell):
        return LinearLanes(cell, own, tabulate=tabulate)
    return GATED[type(cell)](weights_of(cell, own, inputs=inputs, tabulate=tabulate, lay=_rows))


def _rows(*parts: Matrix) -> Matrix:
    """One matrix of these columns, lying row by row, as suits a product with many lanes."""
    return np.ascontiguousarray(np.column_stack(parts))


def _no_table(W_GE: Matrix, b_G: Matrix) -> None:
    return None


GATED: dict[type[Cell], Callable[[Weights], Lanes]] = {RNN: RNNLanes, GRU: GRULanes, LSTM: LSTMLanes}
"""The prepared lanes of the cells in `ROWS`, by the exact type of the cell."""

"""One lane of a model, read symbol by symbol.

Shapes: V vocabulary, W channels out of the last layer, E channels into the first, D into any, G rows of all gates of a
layer.
"""

import copy
import math
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from seqgen import arrays, model
from seqgen.cells import Parameters, State
from seqgen.errors import UsageError
from seqgen.model import GAIN, ModelSettings
from seqgen.playing.head import Head
from seqgen.playing.layers import Layer
from seqgen.playing.prepared import prepare
from seqgen.playing.weights import Lay, Matrix, Tabulate, Vector, aligned, columns
from seqgen.playing.windows import SIZE, Window, run

TABLE_LIMIT = 1 << 22
"""Entries in the first layer's table of gates at most; a larger vocabulary is read through its embedding."""


class Played(NamedTuple):
    """What a player remembers, in arrays of its own.

    `layers` is the state that `model.step` carries, of one lane. `places` says where the rings of layers stand, 0 where
    there is none: a state that comes from elsewhere may leave it out, at the price of the last bits. `features_W` are
    those behind the last symbol, as `model.step` gives them; None before the first.
    """

    layers: tuple[State, ...]
    features_W: Vector | None
    places: tuple[int, ...] = ()


class Player:
    """The fast twin of `model.step` and `model.logits` for one lane. Law: it equals them within 1e-5.

    The weights are laid out at construction, by `lay` if it is given, and shared by copies.
    """

    def __init__(self, settings: ModelSettings, params: Parameters, *, lay: Lay | None = None) -> None:
        params = {name: np.ascontiguousarray(value, np.float32) for name, value in params.items()}
        self.settings = settings
        self._reset_level = settings.reset_level
        self._channels_VE = channels_of(settings, params)
        self._gains = [params.get(f"layers.{layer}.{GAIN}") for layer in range(len(settings.cells))]
        self._last_gain = params.get(GAIN)
        self._head = Head(settings, params, lay=lay or aligned)
        self._wire([_layer(settings, params, layer, lay=lay or columns) for layer in range(len(settings.cells))])
        self.reset()

    def reset(self) -> None:
        """Forget everything read."""
        for layer in self._layers:
            layer.clear()
        self._blank = True

    def read(self, id: int) -> None:
        """Read one symbol; one up to the settings' `reset_level` clears the state."""
        x, clear, row = self._channels_VE[id], id <= self._reset_level, None
        first = self._layers[0]
        if first.table is not None:
            row = first.table[id]
        elif self._gains[0] is None:
            first.x[:] = x
        for layer, gain, out in self._stages:
            if clear:
                layer.clear()
            else:
                if gain is not None and row is None:
                    _normal(x, gain, layer.x)
                layer.step(row)
            self._join(layer.y, x, out)
            x, row = out, None
        if self._last_gain is not None:
            _normal(x, self._last_gain, self._features_W)
        self._head.forget()
        self._blank = False

    def window(self, ids: Sequence[int]) -> Window:
        """Read one symbol or more at once: the fast twin of as many single reads, from which there is a way back."""
        gains = [*self._gains, self._last_gain]
        features_TW, trail = run(self.settings, self._layers, ids, x_TD=self._channels_VE[list(ids)], gains=gains)
        self._behind(features_TW[-1])
        return Window(features_TW, trail, head=self._head.window, behind=self._behind)

    def read_all(self, ids: Sequence[int]) -> None:
        """Read any number of symbols, many at once where that is quicker."""
        fewest = max(layer.pays for layer in self._layers)
        for begin in range(0, len(ids), SIZE):
            part = ids[begin : begin + SIZE]
            if len(part) >= fewest:
                self.window(part)
                continue
            for id in part:
                self.read(id)

    def _behind(self, features_W: Vector) -> None:
        """The features after what was read are these."""
        self._features_W[:] = features_W
        self._head.forget()
        self._blank = False

    def logits(self, following: Sequence[int] = ()) -> Vector:
        """The logits_V of the symbol after `following`, the block so far; the next call overwrites the array.

        Raises UsageError before anything is read.
        """
        if self._blank:
            raise UsageError("the logits of a model", "it has read nothing yet", "Read a symbol first")
        return self._head.logits(self._features_W, following)

    def state(self) -> Played:
        """All that was read, as a value."""
        features_W = None if self._blank else self._features_W.copy()
        layers = self._layers
        return Played(tuple(layer.state() for layer in layers), features_W, tuple(layer.place for layer in layers))

    def resume(self, state: Played) -> None:
        """Go on from there. The reverse of `state`, bit for bit. Raises UsageError for a state of another shape."""
        layers, features_W, places = state
        wanted, found = shapes_of(self.state().layers), shapes_of(layers)
        given = self._features_W.shape if features_W is None else features_W.shape
        if found != wanted or given != self._features_W.shape or len(places) not in (0, len(wanted)):
            raise UsageError("the state of a player", f"its shapes are {found}, not {wanted}", "Take the model's own")
        for layer, part, place in zip(self._layers, layers, places or [0] * len(layers), strict=True):
            layer.resume(part, place=place)
        self._blank = features_W is None
        self._features_W[:] = 0 if features_W is None else features_W
        self._head.forget()

    def copy(self) -> Self:
        """A player in the same state, which goes its own way from here."""
        twin = copy.copy(self)
        twin._head = self._head.copy()
        twin._wire([layer.copy() for layer in self._layers])
        twin._features_W[:] = self._features_W
        return twin

    def _wire(self, layers: list[Layer]) -> None:
        """Let each layer's output go where the next one reads it, the last one's into the features; or, where that is
        scaled first, into a buffer in between."""
        self._layers = layers
        self._features_W = np.zeros(self.settings.channels[-1], np.float32)
        outs = [*(layer.x for layer in layers[1:]), self._features_W]
        if self._last_gain is not None:
            outs = [np.zeros_like(out) for out in outs]
        self._stages = list(zip(layers, self._gains, outs, strict=True))
        self._join = _add if self.settings.residual else _pass


def shapes_of(layers: Sequence[State]) -> list[list[tuple[int, ...]]]:
    """The shapes of a state of a stack, layer by layer."""
    return [[part.shape for part in parts] for parts in layers]


def _layer(settings: ModelSettings, params: Parameters, layer: int, *, lay: Lay) -> Layer:
    inputs, outputs = settings.channels[layer : layer + 2]
    tabulate = _no_table if layer else tabulation(settings, params)
    own = model.layer_of(params, layer)
    return prepare(settings.cells[layer], own, inputs=inputs, outputs=outputs, tabulate=tabulate, lay=lay)


def channels_of(settings: ModelSettings, params: Parameters) -> Matrix:
    """What `model.embed` makes of each symbol, (V, E); one-hot rows are windows on a single 1."""
    if settings.embedding:
        embedding: Matrix = params["embedding"]
        return embedding
    base = np.zeros(settings.vocabulary - 1 + settings.inputs, np.float32)
    base[settings.vocabulary] = 1
    return sliding_window_view(base, settings.inputs)[::-1]


def tabulation(settings: ModelSettings, params: Parameters) -> Tabulate:
    """How the first layer's table is made: `W x + b` of every symbol, one-hot input picking columns of W."""
    gain_E = params.get(f"layers.0.{GAIN}")

    def tabulate(W_GE: Matrix, b_G: Vector) -> Matrix | None:
        if not settings.embedding:
            one_hot_E = np.eye(1, settings.inputs, dtype=np.float32)[0]
            columns_GE = W_GE if gain_E is None else W_GE * (gain_E * arrays.unit(one_hot_E)[0])
            return np.ascontiguousarray(columns_GE.T[1 : settings.vocabulary + 1] + b_G)
        if settings.vocabulary * len(b_G) > TABLE_LIMIT:
            return None
        table: Matrix = model.normal(params["embedding"], gain_E) @ W_GE.T + b_G
        return table

    return tabulate


def _normal(x_D: Vector, gain_D: Vector, out_D: Vector) -> None:
    """The fast twin of `model.normal`."""
    np.multiply(x_D, 1 / math.sqrt(x_D.dot(x_D) / len(x_D) + arrays.TINY), out_D)
    np.multiply(out_D, gain_D, out_D)


def _no_table(W_GE: Matrix, b_G: Vector) -> None:
    return None


def _add(y_W: Vector, x: Vector, out_W: Vector) -> None:
    """The fast twin of `model.add_residual`."""
    width, channels = len(y_W), len(x)
    if channels == width:
        np.add(y_W, x, out_W)
    elif channels > width:
        np.add(y_W, x[:width], out_W)
    else:
        out_W[...] = y_W
        shared = out_W[:channels]
        np.add(shared, x, shared)


def _pass(y_W: Vector, x: Vector, out_W: Vector) -> None:
    out_W[...] = y_W

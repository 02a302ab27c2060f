"""The whole stack as a pure function of ids: embedding, layers of cells, a head. The plain twin of `nn` and `playing`.

Shapes: B lanes, D channels into a layer, E embedding, F channels into the output layer, V vocabulary, W channels out of
the last layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells import CELLS, Cell, Parameters, State
from seqgen.errors import UnknownName, UsageError, shown
from seqgen.records import flag, option, within

CHANNELS = 32
"""The one-hot input is as wide as the vocabulary and the reserved channel 0, rounded up to this (fused kernels want
it)."""


@dataclass(frozen=True)
class ModelSettings:
    """What fixes the shapes and the arithmetic of a model.

    `cell` names the cells of a block, one layer each, with commas between them; the stack repeats it `layers` times.
    `attention:128` is a cell with its size. `norm` scales the input of each layer and of the head to a root mean
    square of 1, times a learnt gain. `embedding` 0 reads symbols one-hot. `residual` adds each layer's input to its
    output, padded with zeros where the layer is wider, cut where it is narrower; so a boundary symbol's embedding
    reaches the head past a cell that it resets. `head` is the width of an optional hidden layer before the output.
    `horizon` above 1 gives the head a chain over the symbols of a block. Ids up to `reset_level` clear the state; -1
    never does.
    """

    vocabulary: int
    cell: str = option("lstm", "The cell, or several separated by commas: the layers of a block; name:size sets a size")
    layers: int = option(1, "How often the block of cells is repeated")
    width: int = option(512, "Channels of each layer")
    embedding: int = option(128, "Channels of the embedding; 0 reads symbols one-hot")
    residual: bool = option(True, "Add each layer's input to its output")
    norm: bool = option(False, "Scale the input of each layer and of the output to a root mean square of 1 (RMSNorm)")
    head: int = option(0, "Width of a hidden layer before the output; 0 for none")
    tied: bool = option(False, "Use the embedding as the output matrix too")
    horizon: int = 1
    reset_level: int = -1

    def __post_init__(self) -> None:
        for name, low, high in _BOUNDS:
            within(name if name in DERIVED else flag(name), getattr(self, name), low, high)
        within("the number of layers in all", len(self.cells), 1, MOST_LAYERS)
        if self.tied and self.embedding != self.features:
            there = f"the embedding is {self.embedding} wide and the output layer reads {self.features}"
            raise UsageError("a tied output", there, f"Set the embedding to {self.features}, or do not tie")

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cell of every layer."""
        return tuple(_cell(text) for text in self.cell.split(",")) * self.layers

    @cached_property
    def channels(self) -> tuple[int, ...]:
        """Channels into each layer, and last those out of the stack."""
        found = [self.inputs]
        for cell in self.cells:
            found.append(cell.channels(found[-1], self.width))
        return tuple(found)

    @property
    def inputs(self) -> int:
        """Channels into the first layer."""
        return self.embedding or -(-(self.vocabulary + 1) // CHANNELS) * CHANNELS

    @property
    def features(self) -> int:
        """Channels into the output layer."""
        return self.head or self.channels[-1]


MOST_LAYERS = 256
MOST_STEPS = 1 << 14
"""The largest size of a cell."""

DERIVED = ("vocabulary", "horizon", "reset_level")
"""Fields that follow from the corpus, the strategy and the reset, and are no options."""

_BOUNDS = (
    ("vocabulary", 2, 1 << 22),
    ("layers", 1, 64),
    ("width", 2, 1 << 14),
    ("embedding", 0, 1 << 14),
    ("head", 0, 1 << 14),
    ("horizon", 1, 64),
    ("reset_level", -1, 255),
)


def names_of(stack: str) -> list[str]:
    """The names of the cells in a block, their sizes left out."""
    return [text.partition(":")[0] for text in stack.split(",")]


def _cell(text: str) -> Cell:
    """The cell that `name` or `name:size` stands for."""
    name, colon, size = text.partition(":")
    if name not in CELLS:
        raise UnknownName("the cell", name, CELLS)
    cell: Any = CELLS[name]
    if not colon:
        return CELLS[name]
    options = [field.name for field in fields(type(cell))] if is_dataclass(type(cell)) else []
    if "size" not in options:
        raise UsageError(f"the cell {shown(text)}", f"a cell {name} has no size", f"Write {name} alone")
    if not (size.isascii() and size.isdecimal()) or len(size) > len(str(MOST_STEPS)):
        there = f"{shown(size)} is no number from 1 to {MOST_STEPS}"
        raise UsageError(f"the cell {shown(text)}", there, f"Write {name}:{cell.size}, say")
    within(f"the size of {name}", int(size), 1, MOST_STEPS)
    sized: Cell = replace(cell, size=int(size))
    return sized


def shapes(settings: ModelSettings) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter, by its full name."""
    found: dict[str, tuple[int, ...]] = {}
    if settings.embedding:
        found["embedding"] = (settings.vocabulary, settings.embedding)
    for layer, cell in enumerate(settings.cells):
        inputs = settings.channels[layer]
        if settings.norm:
            found[f"layers.{layer}.{GAIN}"] = (inputs,)
        for name, shape in cell.shapes(inputs, settings.width).items():
            found[f"layers.{layer}.{name}"] = shape
    if settings.norm:
        found[GAIN] = (settings.channels[-1],)
    if settings.head:
        found |= {"head.W": (settings.head, settings.channels[-1]), "head.b": (settings.head,)}
    if settings.horizon > 1:
        found |= {
            "chain.E": (settings.vocabulary, settings.features),
            "chain.U": (settings.features, settings.features),
        }
        found["chain.b"] = (settings.features,)
    if not settings.tied:
        found["output.W"] = (settings.vocabulary, settings.features)
    return found | {"output.b": (settings.vocabulary,)}


GAIN = "norm"
"""The gain of a normalisation: of a layer's input as `layers.N.norm`, of the features before the head as `norm`."""


def layer_of(params: Parameters, layer: int) -> Parameters:
    """The parameters of one layer's cell, by the cell's own names."""
    prefix = f"layers.{layer}."
    own = {name[len(prefix) :]: value for name, value in params.items() if name.startswith(prefix)}
    own.pop(GAIN, None)
    return own


def start(settings: ModelSettings, params: Parameters, lanes: int) -> tuple[State, ...]:
    """The state of every layer after a reset."""
    return tuple(cell.start(layer_of(params, layer), lanes) for layer, cell in enumerate(settings.cells))


def step(
    settings: ModelSettings, params: Parameters, ids_B: Array, state: tuple[State, ...]
) -> tuple[Array, tuple[State, ...]]:
    """Read one symbol a lane: the features y_BW that the head turns into logits, and the next state."""
    x, after = embed(settings, params, ids_B), []
    reset_B = ids_B <= settings.reset_level
    for layer, cell in enumerate(settings.cells):
        own, read = layer_of(params, layer), normal(x, params.get(f"layers.{layer}.{GAIN}"))
        y, layer_state = reset_step(cell, own, read, state[layer], reset_B)
        x = add_residual(y, x) if settings.residual else y
        after.append(layer_state)
    return normal(x, params.get(GAIN)), tuple(after)


def normal(x: Array, gain: Array | None) -> Array:
    """x with a root mean square of 1 over its channels, times the gain; x itself where there is none.

    RMSNorm: Zhang and Sennrich, arXiv 1910.07467.
    """
    return x if gain is None else arrays.unit(x) * gain


def reset_step(cell: Cell, params: Parameters, x_BD: Array, state: State, reset_B: Array) -> tuple[Array, State]:
    """One step of a cell under the law of the reset: the definition that every fast scan must meet."""
    y_BH, after = cell.step(params, x_BD, state)
    begin = cell.start(params, x_BD.shape[0])
    kept = tuple(arrays.choose(reset_B, fresh, old) for fresh, old in zip(begin, after, strict=True))
    return arrays.choose(reset_B, blank(cell, begin, like=y_BH), y_BH), kept


def blank(cell: Cell, begin: State, *, like: Array) -> Array:
    """What a cell outputs in its start state."""
    y = cell.output(begin)
    return arrays.zeros(like, like.shape) if y is None else y


def embed(settings: ModelSettings, params: Parameters, ids: Array) -> Array:
    """Ids of any shape to the channels of the first layer. One-hot input leaves channel 0 to the reset flag."""
    if settings.embedding:
        return arrays.rows(params["embedding"], ids)
    like = params["output.b"]
    eye = arrays.zeros(like, (settings.vocabulary, settings.inputs))
    # The diagonal above the main one, as a slice: a GPU would have to wait for two lists of indices.
    eye.reshape(-1)[1 :: settings.inputs + 1] = 1
    return arrays.rows(eye, ids)


def add_residual(y: Array, x: Array) -> Array:
    """y + x in the channels that both have."""
    width, channels = y.shape[-1], x.shape[-1]
    if channels >= width:
        return y + x[..., :width]
    return arrays.concat([y[..., :channels] + x, y[..., channels:]])


def logits(settings: ModelSettings, params: Parameters, y_BW: Array, *, following: Sequence[Array] = ()) -> Array:
    """The logits of the symbol after `following`, the symbols of the block so far (ids_B each), logits_BV."""
    return hidden(settings, params, y_BW, following=following) @ output(settings, params).T + params["output.b"]


def hidden(settings: ModelSettings, params: Parameters, y_BW: Array, *, following: Sequence[Array] = ()) -> Array:
    """What the output layer reads for the symbol after `following`, z_BF."""
    z = y_BW
    if settings.head:
        z = arrays.tanh(z @ params["head.W"].T + params["head.b"])
    for ids_B in following:
        z = z + arrays.tanh(z @ params["chain.U"].T + arrays.rows(params["chain.E"], ids_B) + params["chain.b"])
    return z


def output(settings: ModelSettings, params: Parameters) -> Array:
    """The matrix of the output layer, W_VF."""
    return params["embedding"] if settings.tied else params["output.W"]

"""The whole stack as a pure function of ids: embedding, layers of one cell, a head. The plain twin of `nn` and
`playing`.

Shapes: B lanes, E embedding, W width, V vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells import CELLS, Cell, Parameters, State
from seqgen.errors import UnknownName, UsageError
from seqgen.records import option, within

CHANNELS = 32
"""The one-hot input is as wide as the vocabulary and the reserved channel 0, rounded up to this (fused kernels want
it)."""


@dataclass(frozen=True)
class ModelSettings:
    """What fixes the shapes and the arithmetic of a model.

    `embedding` 0 reads symbols one-hot. `residual` adds each layer's input to its output, padded with zeros
    where the layer is wider, cut where it is narrower; so a boundary symbol's embedding reaches the head past a cell
    that it resets. `head` is the width of an optional hidden layer before the output. `horizon` above 1 gives the
    head a chain over the symbols of a block. Ids up to `reset_level` clear the state; -1 never does.
    """

    vocabulary: int
    cell: str = option("lstm", "The recurrence: rnn, gru or lstm")
    layers: int = option(1, "Layers of the cell")
    width: int = option(512, "Channels of each layer")
    embedding: int = option(128, "Channels of the embedding; 0 reads symbols one-hot")
    residual: bool = option(True, "Add each layer's input to its output")
    head: int = option(0, "Width of a hidden layer before the output; 0 for none")
    tied: bool = option(False, "Use the embedding as the output matrix too")
    horizon: int = 1
    reset_level: int = -1

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise UnknownName("the cell", self.cell, CELLS)
        for name, low, high in _BOUNDS:
            within(name, getattr(self, name), low, high)
        if self.tied and self.embedding != self.features:
            there = f"the embedding is {self.embedding} wide and the output layer reads {self.features}"
            raise UsageError("a tied output", there, f"Set the embedding to {self.features}, or do not tie")

    @property
    def recurrence(self) -> Cell:
        return CELLS[self.cell]

    @property
    def inputs(self) -> int:
        """Channels into the first layer."""
        return self.embedding or -(-(self.vocabulary + 1) // CHANNELS) * CHANNELS

    @property
    def features(self) -> int:
        """Channels into the output layer."""
        return self.head or self.width


_BOUNDS = (
    ("vocabulary", 2, 1 << 22),
    ("layers", 1, 64),
    ("width", 2, 1 << 14),
    ("embedding", 0, 1 << 14),
    ("head", 0, 1 << 14),
    ("horizon", 1, 64),
    ("reset_level", -1, 255),
)


def shapes(settings: ModelSettings) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter, by its full name."""
    found: dict[str, tuple[int, ...]] = {}
    if settings.embedding:
        found["embedding"] = (settings.vocabulary, settings.embedding)
    for layer in range(settings.layers):
        inputs = settings.width if layer else settings.inputs
        for name, shape in settings.recurrence.shapes(inputs, settings.width).items():
            found[f"layers.{layer}.{name}"] = shape
    if settings.head:
        found |= {"head.W": (settings.head, settings.width), "head.b": (settings.head,)}
    if settings.horizon > 1:
        found |= {
            "chain.E": (settings.vocabulary, settings.features),
            "chain.U": (settings.features, settings.features),
        }
        found["chain.b"] = (settings.features,)
    if not settings.tied:
        found["output.W"] = (settings.vocabulary, settings.features)
    return found | {"output.b": (settings.vocabulary,)}


def layer_of(params: Parameters, layer: int) -> Parameters:
    """The parameters of one layer, by the cell's own names."""
    prefix = f"layers.{layer}."
    return {name[len(prefix) :]: value for name, value in params.items() if name.startswith(prefix)}


def start(settings: ModelSettings, params: Parameters, lanes: int) -> tuple[State, ...]:
    """The state of every layer after a reset."""
    cell = settings.recurrence
    return tuple(cell.start(layer_of(params, layer), lanes) for layer in range(settings.layers))


def step(
    settings: ModelSettings, params: Parameters, ids_B: Array, state: tuple[State, ...]
) -> tuple[Array, tuple[State, ...]]:
    """Read one symbol a lane: the features y_BW that the head turns into logits, and the next state."""
    x, after = embed(settings, params, ids_B), []
    reset_B = ids_B <= settings.reset_level
    for layer in range(settings.layers):
        own = layer_of(params, layer)
        y, layer_state = reset_step(settings.recurrence, own, x, state[layer], reset_B)
        x = add_residual(y, x) if settings.residual else y
        after.append(layer_state)
    return x, tuple(after)


def reset_step(cell: Cell, params: Parameters, x_BD: Array, state: State, reset_B: Array) -> tuple[Array, State]:
    """One step of a cell under the law of the reset: the definition that every fast scan must meet."""
    y_BH, after = cell.step(params, x_BD, state)
    begin = cell.start(params, x_BD.shape[0])
    reset_B1 = reset_B[:, None]
    kept = tuple(arrays.where(reset_B1, fresh, old) for fresh, old in zip(begin, after, strict=True))
    return arrays.where(reset_B1, cell.output(begin), y_BH), kept


def embed(settings: ModelSettings, params: Parameters, ids: Array) -> Array:
    """Ids of any shape to the channels of the first layer. One-hot input leaves channel 0 to the reset flag."""
    if settings.embedding:
        return arrays.rows(params["embedding"], ids)
    like = params["output.b"]
    eye = arrays.zeros(like, (settings.vocabulary, settings.inputs))
    eye[range(settings.vocabulary), range(1, settings.vocabulary + 1)] = 1
    return arrays.rows(eye, ids)


def add_residual(y: Array, x: Array) -> Array:
    """y + x in the channels that both have."""
    width, channels = y.shape[-1], x.shape[-1]
    if channels >= width:
        return y + x[..., :width]
    return arrays.concat([y[..., :channels] + x, y[..., channels:]])


def logits(settings: ModelSettings, params: Parameters, y_BW: Array, *, following: Sequence[Array] = ()) -> Array:
    """The logits of the symbol after `following`, the symbols of the block so far (ids_B each), logits_BV."""
    z = y_BW
    if settings.head:
        z = arrays.tanh(z @ params["head.W"].T + params["head.b"])
    for ids_B in following:
        z = z + arrays.tanh(z @ params["chain.U"].T + arrays.rows(params["chain.E"], ids_B) + params["chain.b"])
    weight = params["embedding"] if settings.tied else params["output.W"]
    return z @ weight.T + params["output.b"]

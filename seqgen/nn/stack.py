"""The stack over whole windows: embedding, scans, residuals, head.

Shapes: B lanes, T steps, E embedding, F channels into the output layer, W width, V vocabulary, K horizon. Inside, time
comes first: the fused kernels want it so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from seqgen import model
from seqgen.cells import State
from seqgen.model import GAIN, ModelSettings
from seqgen.nn.scans import scan
from seqgen.plan import Dropout

StackState = tuple[State, ...]


@dataclass(frozen=True)
class Noise:
    """Dropout masks for one window, already divided by the share kept; none at all outside training.

    `between` has one for the output of each layer, `recurrent` one for the matrix U of each layer that has one.
    """

    input_BE: Tensor | None = None
    between: tuple[Tensor, ...] | None = None
    output_BW: Tensor | None = None
    recurrent: Mapping[int, Tensor] = field(default_factory=dict)

    @classmethod
    def draw(cls, stack: "Stack", dropout: Dropout, lanes: int, generator: torch.Generator) -> "Noise":
        """Fresh masks for `lanes` lanes."""
        settings, device = stack.settings, stack.device

        def mask(share: float, *shape: int) -> Tensor | None:
            if not share:
                return None
            kept = torch.rand(shape, generator=generator, device=device) >= share
            return kept / (1 - share)

        matrices = {layer: stack.params.get(f"layers.{layer}.U") for layer in range(len(settings.cells))}
        dropped = {layer: mask(dropout.weight_drop, *U.shape) for layer, U in matrices.items() if U is not None}
        input_BE = mask(dropout.input_dropout, lanes, settings.inputs)
        between = [mask(dropout.layer_dropout, lanes, channels) for channels in settings.channels[1:]]
        return cls(
            input_BE,
            tuple(m for m in between if m is not None) or None,
            mask(dropout.output_dropout, lanes, settings.channels[-1]),
            {layer: m for layer, m in dropped.items() if m is not None},
        )

    def tensors(self) -> list[Tensor]:
        """All masks, in an order that follows from which there are."""
        alone = [mask for mask in (self.input_BE, self.output_BW) if mask is not None]
        return [*alone, *(self.between or ()), *self.recurrent.values()]


SILENCE = Noise()


class Stack:
    """A model's parameters in torch, and the map from windows of ids to logits."""

    def __init__(self, settings: ModelSettings, params: Mapping[str, Tensor]) -> None:
        self.settings = settings
        self.params = dict(params)

    @classmethod
    def fresh(cls, settings: ModelSettings, seed: int, *, device: str = "cpu") -> "Stack":
        """A stack with new parameters."""
        generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
        params = {}
        for name, shape in model.shapes(settings).items():
            own = _own(name, shape, settings, rng)
            value = _initial(name, shape, generator, tied=settings.tied) if own is None else torch.tensor(own).float()
            params[name] = value.to(device)
        return cls(settings, params)

    def expect(self, counts_V: np.ndarray) -> None:
        """Let common symbols seem likely before anything is learnt: the bias of the output begins at half the logarithm
        of the frequencies, one added to each count. The whole of it is ahead for longer, and behind in the end."""
        shares_V = (counts_V + 1) / (counts_V.sum() + len(counts_V))
        self.params["output.b"].copy_(torch.from_numpy(0.5 * np.log(shares_V * len(counts_V))))

    @classmethod
    def from_arrays(cls, settings: ModelSettings, arrays: Mapping[str, np.ndarray], *, device: str = "cpu") -> "Stack":
        """A stack with these parameters. The reverse of `arrays`."""
        return cls(settings, {name: torch.tensor(value, device=device) for name, value in arrays.items()})

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of the parameters, in numpy."""
        return {name: value.detach().float().cpu().numpy().copy() for name, value in self.params.items()}

    @property
    def device(self) -> torch.device:
        """Where its parameters are."""
        return self.params["output.b"].device

    def start(self, lanes: int) -> StackState:
        """The state of `lanes` lanes after a reset."""
        return model.start(self.settings, self.params, lanes)

    def features(self, ids_BT: Tensor, state: StackState, *, noise: Noise = SILENCE) -> tuple[Tensor, StackState]:
        """Read a window: what the head reads at each step, y_BTW, and the state behind the window."""
        settings = self.settings
        ids_TB = ids_BT.T
        reset_TB = ids_TB <= settings.reset_level
        x, after = _masked(model.embed(settings, self.params, ids_TB), noise.input_BE), []
        for layer, cell in enumerate(settings.cells):
            own = model.layer_of(self.params, layer)
            if layer in noise.recurrent:
                own["U"] = own["U"] * noise.recurrent[layer]
            read = model.normal(x, self.params.get(f"layers.{layer}.{GAIN}"))
            y, layer_state = scan(cell, own, read, state[layer], reset_TB)
            x = model.add_residual(y, x) if settings.residual else y
            if noise.between and layer + 1 < len(settings.cells):
                x = x * noise.between[layer]
            after.append(layer_state)
        x = model.normal(x, self.params.get(GAIN))
        return _masked(x, noise.output_BW).transpose(0, 1), tuple(after)

    def logits(self, y_BTW: Tensor, targets_BTK: Tensor) -> Tensor:
        """The logits of each block of targets, each symbol given those before it in its block, logits_BTKV."""
        return self._columns(model.logits, y_BTW, targets_BTK)

    def hidden(self, y_BTW: Tensor, targets_BTK: Tensor) -> Tensor:
        """What the output layer reads for those logits, z_BTKF."""
        return self._columns(model.hidden, y_BTW, targets_BTK)

    def _columns(self, way: Callable[..., Tensor], y_BTW: Tensor, targets_BTK: Tensor) -> Tensor:
        following = [targets_BTK[..., k] for k in range(self.settings.horizon - 1)]
        columns = [
            way(self.settings, self.params, y_BTW, following=following[:k]) for k in range(self.settings.horizon)
        ]
        return torch.stack(columns, dim=2) if len(columns) > 1 else columns[0][:, :, None]


def _masked(x: Tensor, mask: Tensor | None) -> Tensor:
    return x if mask is None else x * mask


def _own(name: str, shape: tuple[int, ...], settings: ModelSettings, rng: np.random.Generator) -> np.ndarray | None:
    """The first values that the cell of a layer gives its own parameter, if it does."""
    room, _, rest = name.partition(".")
    layer, _, kind = rest.partition(".")
    if room != "layers" or kind == GAIN:
        return None
    return settings.cells[int(layer)].initial(kind, shape, rng)


def _initial(name: str, shape: tuple[int, ...], generator: torch.Generator, *, tied: bool) -> Tensor:
    """Orthogonal recurrent matrices, a gate at a time (Saxe et al., arXiv 1312.6120); embeddings normal with variance
    1; the rest, and an embedding that is the output matrix too, normal with variance 1/inputs; gains 1, biases 0."""
    kind = name.rsplit(".", 1)[-1]
    if len(shape) == 1:
        return torch.ones(shape) if kind == GAIN else torch.zeros(shape)
    normal = torch.randn(shape, generator=generator)
    if kind == "U" and name.startswith("layers."):
        return torch.cat([torch.linalg.qr(gate)[0] for gate in normal.split(shape[-1])])
    if kind == "E" or (kind == "embedding" and not tied):
        return normal
    return normal / shape[-1] ** 0.5

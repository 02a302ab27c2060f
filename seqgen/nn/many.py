"""Many lanes of a model in torch: `playing.many.Players` for thousands of them, which draw where their logits are.

On a GPU reading and drawing are each recorded once and replayed, so that no kernel waits for Python. A graph reads and
writes the memory that it was recorded on: ids and random numbers go in, and symbols come out, in buffers that stay
where they are. On a CPU the buffers are the same and nothing is recorded, which is how the tests hold it to numpy.

Shapes: B lanes, D channels into a layer, F channels into the output layer, V vocabulary.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from seqgen import arrays, model
from seqgen.arrays import Array
from seqgen.cells import GRU, LSTM, RNN, Cell, Parameters, State
from seqgen.errors import no_number
from seqgen.model import GAIN, ModelSettings
from seqgen.nn.picking import Chain
from seqgen.playing import Played

WARM = 2
"""How often a work is done one kernel at a time before it is recorded: the first times make kernels and memory."""
MOST, FEWEST = 4096, 64
"""Lanes that a GPU draws with."""
EACH = 256
"""Bytes that a lane takes for each symbol of the vocabulary: a dozen numbers of 8 bytes while it draws, twice over (a
graph has memory of its own), and some to spare."""


class FusedLSTM(LSTM):
    """Its step in three kernels."""

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        after = torch.lstm_cell(
            x_BD[:, 1:], state, params["W"], params["U"], params["b"], torch.zeros_like(params["b"])
        )
        return after[0], tuple(after)


class FusedGRU(GRU):
    """Its step in three kernels."""

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        c_G = torch.nn.functional.pad(params["c"], (len(params["b"]) - len(params["c"]), 0))
        h_BH = torch.gru_cell(x_BD[:, 1:], state[0], params["W"], params["U"], params["b"], c_G)
        return h_BH, (h_BH,)


class FusedRNN(RNN):
    """Its step in three kernels."""

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        none_G = torch.zeros_like(params["b"])
        h_BH = torch.rnn_tanh_cell(x_BD, state[0], params["W"], params["U"], params["b"], none_G)
        return h_BH, (h_BH,)


FUSED: dict[type[Cell], Cell] = {LSTM: FusedLSTM(), GRU: FusedGRU(), RNN: FusedRNN()}


def lanes_within(free: int, vocabulary: int) -> int:
    """How many lanes so many free bytes of a GPU are enough for."""
    return max(FEWEST, min(MOST, free // (EACH * vocabulary)))


@contextmanager
def _precise() -> Iterator[None]:
    """Products in float32 with all the bits of its fraction, whatever training has set."""
    flags = torch.backends.cuda.matmul
    before, flags.allow_tf32 = flags.allow_tf32, False
    try:
        yield
    finally:
        flags.allow_tf32 = before


def _there(device: torch.device, array: np.ndarray) -> Tensor:
    return torch.tensor(array, device=device)


def _embed(settings: ModelSettings, params: Parameters, ids_B: Tensor) -> Tensor:
    """The fast twin of `model.embed`, which makes a one-hot row for every symbol there is."""
    if settings.embedding:
        found: Tensor = model.embed(settings, params, ids_B)
        return found
    return ids_B.new_zeros(len(ids_B), settings.inputs, dtype=torch.float32).scatter_(1, ids_B[:, None] + 1, 1)


class Works:
    """Works done often, on the same memory: on a GPU by a graph each, or a kernel at a time where one cannot be
    recorded."""

    def __init__(self, device: torch.device) -> None:
        self._stream = torch.cuda.Stream() if device.type == "cuda" else None
        self._records, self._broken = self._stream is not None, list[torch.cuda.CUDAGraph]()
        self.forget()

    def forget(self) -> None:
        """The memory is another now."""
        self._done = Counter[str]()
        self.graphs: dict[str, torch.cuda.CUDAGraph] = {}

    def do(self, name: str, work: Callable[[], None]) -> None:
        """Do a work: by its graph, once it has been done often enough for one to be recorded."""
        if self._stream is None:
            work()
            return
        if self._records and self._done[name] == WARM:
            self._record(name, work)
        self._done[name] += 1
        if name in self.graphs:
            self.graphs[name].replay()
            return
        here = torch.cuda.current_stream()
        self._stream.wait_stream(here)
        with torch.cuda.stream(self._stream):
            work()
        here.wait_stream(self._stream)

    def _record(self, name: str, work: Callable[[], None]) -> None:
        """Record a work, which does none; from then on, if it cannot be done, record nothing."""
        graph = torch.cuda.CUDAGraph()
        try:
            # The outer stream is restored even where the recording breaks off.
            with torch.cuda.stream(torch.cuda.current_stream()), torch.cuda.graph(graph, stream=self._stream):
                work()
        except RuntimeError:
            self._records = False
            # Kept, for the allocator still knows the graph.
            self._broken.append(graph)
            return
        self.graphs[name] = graph


class Captured:
    """B lanes of a model on a device. Law: each equals `model.step` and `model.logits`, and draws what `Picker` draws,
    within the rounding of products."""

    def __init__(
        self,
        settings: ModelSettings,
        params: Mapping[str, np.ndarray],
        lanes: int,
        *,
        chain: Chain = (),
        shut: Sequence[int] = (),
        device: str = "cpu",
    ) -> None:
        self.settings, self.device = settings, torch.device(device)
        self._params = {name: _there(self.device, np.asarray(value, np.float32)) for name, value in params.items()}
        self._cells = [FUSED.get(type(cell), cell) for cell in settings.cells]
        self._own = [model.layer_of(self._params, layer) for layer in range(len(self._cells))]
        self._gains = [self._params.get(f"layers.{layer}.{GAIN}") for layer in range(len(self._cells))]
        self._chain, self._shut = chain, _there(self.device, np.array(shut, np.int64))
        self._works = Works(self.device)
        self._lay_out(
            model.start(settings, self._params, lanes), _there(self.device, np.zeros((lanes, settings.features)))
        )

    @torch.inference_mode()
    def _lay_out(self, state: tuple[State, ...], z_BF: Tensor) -> None:
        self.lanes = len(z_BF)
        self._state = tuple(tuple(part.clone() for part in layer) for layer in state)
        self._z_BF = z_BF.float().clone()
        self._ids_B, self._drawn_B = torch.zeros(2, self.lanes, dtype=torch.int64, device=self.device)
        self._inside_B = torch.zeros(self.lanes, dtype=torch.bool, device=self.device)
        self._uniform_B, self._shares_B = torch.zeros(2, self.lanes, dtype=torch.float64, device=self.device)
        self._works.forget()

    @torch.inference_mode()
    def clear(self, lanes: np.ndarray | slice) -> None:
        """Let these lanes forget everything read."""
        chosen = lanes if isinstance(lanes, slice) else _there(self.device, lanes)
        for cell, own, parts in zip(self._cells, self._own, self._state, strict=True):
            for part, begin in zip(parts, cell.start(own, 1), strict=True):
                part[chosen] = begin

    @torch.inference_mode()
    @_precise()
    def resume(self, lanes: np.ndarray, state: Played) -> None:
        """Let lanes go on from where a single player was, at the beginning of a block."""
        chosen = _there(self.device, lanes)
        for parts, values in zip(self._state, state.layers, strict=True):
            for part, value in zip(parts, values, strict=True):
                part[chosen] = _there(self.device, value)
        if state.features_W is not None:
            self._z_BF[chosen] = model.hidden(self.settings, self._params, _there(self.device, state.features_W)[None])

    @torch.inference_mode()
    def keep(self, lanes: np.ndarray) -> None:
        """Go on with these lanes alone."""
        chosen = _there(self.device, lanes)
        self._lay_out(tuple(tuple(part[chosen] for part in layer) for layer in self._state), self._z_BF[chosen])

    @torch.inference_mode()
    @_precise()
    def read(self, ids_B: np.ndarray, inside_B: np.ndarray | None = None) -> None:
        """Read one symbol a lane; a lane that is `inside` a block after it goes on with the block."""
        self._ids_B.copy_(torch.from_numpy(np.ascontiguousarray(ids_B)))
        self._inside_B.zero_() if inside_B is None else self._inside_B.copy_(torch.from_numpy(inside_B))
        self._works.do("read", self._read)

    @torch.inference_mode()
    @_precise()
    def logits(self) -> np.ndarray:
        """The logits_BV of the next symbol of each lane."""
        found: np.ndarray = self._logits().cpu().numpy()
        return found

    @torch.inference_mode()
    @_precise()
    def draw(self, uniform_B: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The symbols drawn, ids_B, and their probabilities under the model itself. Raises InputError if the logits are
        not finite."""
        self._uniform_B.copy_(torch.from_numpy(uniform_B))
        self._works.do("draw", self._draw)
        ids_B, shares_B = self._drawn_B.cpu().numpy(), self._shares_B.cpu().numpy()
        if not np.isfinite(shares_B).all():
            raise no_number("what is no number")
        return ids_B, shares_B

    def _read(self) -> None:
        settings, params, after = self.settings, self._params, []
        x = _embed(settings, params, self._ids_B)
        reset_B = self._ids_B <= settings.reset_level
        for cell, own, gain, state in zip(self._cells, self._own, self._gains, self._state, strict=True):
            y, new = model.reset_step(cell, own, model.normal(x, gain), state, reset_B)
            x = model.add_residual(y, x) if settings.residual else y
            after.append(new)
        z_BF = model.hidden(settings, params, model.normal(x, params.get(GAIN)))
        if settings.horizon > 1:
            moved_BF = (
                self._z_BF @ params["chain.U"].T + arrays.rows(params["chain.E"], self._ids_B) + params["chain.b"]
            )
            z_BF = torch.where(self._inside_B[:, None], self._z_BF + moved_BF.tanh(), z_BF)
        self._z_BF.copy_(z_BF)
        for parts, new in zip(self._state, after, strict=True):
            for part, value in zip(parts, new, strict=True):
                part.copy_(value)

    def _logits(self) -> Tensor:
        return torch.addmm(self._params["output.b"], self._z_BF, model.output(self.settings, self._params).T)

    def _draw(self) -> None:
        all_BV = self._logits().double()
        z_BV = all_BV.index_fill(1, self._shut, -math.inf)
        peak_B1 = z_BV.amax(1, keepdim=True)
        z_BV, shut = z_BV - peak_B1, all_BV.index_select(1, self._shut) - peak_B1
        p_BV = z_BV.exp()
        total_B = p_BV.sum(1) + shut.clamp(max=700).exp().sum(1)
        for sampler in self._chain:
            z_BV = sampler(z_BV)
        sums_BV = (z_BV - z_BV.amax(1, keepdim=True)).exp().cumsum(1)
        whole_B = sums_BV[:, -1]
        ids_B = (sums_BV <= (self._uniform_B * whole_B)[:, None]).sum(1)
        last_B = (sums_BV < whole_B[:, None]).sum(1)
        ids_B = torch.where(ids_B == sums_BV.shape[1], last_B, ids_B)
        self._drawn_B.copy_(ids_B)
        self._shares_B.copy_(p_BV.gather(1, ids_B[:, None])[:, 0] / total_B)

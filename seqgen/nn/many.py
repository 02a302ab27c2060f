"""Many lanes of a model in torch: `playing.many.Players` for thousands of them, which draw where their logits are.

On a GPU reading and drawing are each recorded once and replayed, so that no kernel waits for Python. A graph reads and
writes the memory that it was recorded on: ids and random numbers go in, and symbols come out, in buffers that stay
where they are. On a CPU the buffers are the same and nothing is recorded, which is how the tests hold it to numpy.

Shapes: B lanes, D channels into a layer, F channels into the output layer, V vocabulary.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqgen import arrays, model
from seqgen.arrays import Array
from seqgen.cells import GRU, LSTM, RNN, Cell, Parameters, State
from seqgen.errors import InputError
from seqgen.model import GAIN, ModelSettings
from seqgen.playing import Played

WARM = 2
"""How often a work is done one kernel at a time before it is recorded: the first times make kernels and memory."""
Chain = Sequence[Callable[[Tensor], Tensor]]
"""Samplers of rows z_BV in float64: what each leaves, cut off at -inf."""


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


def _there(device: torch.device, array: np.ndarray) -> Tensor:
    return torch.tensor(array, device=device)


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
        self._stream = torch.cuda.Stream() if self.device.type == "cuda" else None
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
        self._done: dict[str, int] = {}
        self._graphs: dict[str, torch.cuda.CUDAGraph] = {}

    @torch.inference_mode()
    def clear(self, lanes: np.ndarray | slice) -> None:
        """Let these lanes forget everything read."""
        chosen = lanes if isinstance(lanes, slice) else _there(self.device, lanes)
        for cell, own, parts in zip(self._cells, self._own, self._state, strict=True):
            for part, begin in zip(parts, cell.start(own, 1), strict=True):
                part[chosen] = begin

    @torch.inference_mode()
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
    def read(self, ids_B: np.ndarray, inside_B: np.ndarray | None = None) -> None:
        """Read one symbol a lane; a lane that is `inside` a block after it goes on with the block."""
        self._ids_B.copy_(torch.from_numpy(np.ascontiguousarray(ids_B)))
        self._inside_B.zero_() if inside_B is None else self._inside_B.copy_(torch.from_numpy(inside_B))
        self._do("read", self._read)

    @torch.inference_mode()
    def logits(self) -> np.ndarray:
        """The logits_BV of the next symbol of each lane."""
        found: np.ndarray = self._logits().cpu().numpy()
        return found

    @torch.inference_mode()
    def draw(self, uniform_B: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The symbols drawn, ids_B, and their probabilities under the model itself. Raises InputError if the logits are
        not finite."""
        self._uniform_B.copy_(torch.from_numpy(uniform_B))
        self._do("draw", self._draw)
        ids_B, shares_B = self._drawn_B.cpu().numpy(), self._shares_B.cpu().numpy()
        if not np.isfinite(shares_B).all():
            raise InputError(
                "the model's output", "it holds what is no number", "Train the model anew, at a lower rate"
            )
        return ids_B, shares_B

    def _do(self, name: str, work: Callable[[], None]) -> None:
        """Do a work: on a GPU by its graph, once it has been done often enough for one to be recorded."""
        done = self._done[name] = self._done.get(name, 0) + 1
        if self._stream is None:
            work()
            return
        if done == WARM + 1:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=self._stream):
                work()
            self._graphs[name] = graph
        if name in self._graphs:
            self._graphs[name].replay()
            return
        here = torch.cuda.current_stream()
        self._stream.wait_stream(here)
        with torch.cuda.stream(self._stream):
            work()
        here.wait_stream(self._stream)

    def _read(self) -> None:
        settings, params, after = self.settings, self._params, []
        x = model.embed(settings, params, self._ids_B)
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


def chain(samplers: Any) -> Chain:
    """The twins of `generation.picking.rows` in torch, for a record with the same fields."""
    temperature, k = samplers.temperature, samplers.top_k
    possible: list[tuple[bool, Callable[[Tensor], Tensor]]] = [
        (temperature == 0, _likeliest),
        (temperature not in (0, 1), lambda z_BV: z_BV / temperature),
        (k > 0, lambda z_BV: _cut(z_BV, z_BV < z_BV.topk(min(k, z_BV.shape[1]))[0][:, -1:])),
        (samplers.typical < 1, lambda z_BV: _up_to(z_BV, _oddness(z_BV), samplers.typical)),
        (samplers.top_p < 1, lambda z_BV: _up_to(z_BV, -z_BV, samplers.top_p)),
        (samplers.min_p > 0, lambda z_BV: _cut(z_BV, z_BV < z_BV.amax(1, keepdim=True) + math.log(samplers.min_p))),
        (samplers.eta > 0, lambda z_BV: _eta(z_BV, samplers.eta)),
    ]
    return [sampler for wanted, sampler in possible if wanted]


def _cut(z_BV: Tensor, gone_BV: Tensor) -> Tensor:
    return z_BV.masked_fill(gone_BV, -math.inf)


def _likeliest(z_BV: Tensor) -> Tensor:
    places_V = torch.arange(z_BV.shape[1], device=z_BV.device)
    return _cut(z_BV, places_V != z_BV.argmax(1, keepdim=True))


def _up_to(z_BV: Tensor, key_BV: Tensor, share: float) -> Tensor:
    """The first, by rising key, that together reach the share."""
    order_BV = key_BV.sort(dim=1, stable=True)[1]
    sorted_BV = z_BV.gather(1, order_BV)
    powers_BV = (sorted_BV - z_BV.amax(1, keepdim=True)).exp()
    sums_BV = powers_BV.cumsum(1)
    gone_BV = torch.nn.functional.pad(sums_BV[:, :-1] >= share * sums_BV[:, -1:], (1, 0))
    return torch.empty_like(z_BV).scatter(1, order_BV, _cut(sorted_BV, gone_BV))


def _entropy(log_p_BV: Tensor) -> Tensor:
    return -torch.where(log_p_BV > -math.inf, log_p_BV.exp() * log_p_BV, 0.0).sum(1, keepdim=True)


def _oddness(z_BV: Tensor) -> Tensor:
    log_p_BV = z_BV.log_softmax(1)
    return (log_p_BV + _entropy(log_p_BV)).abs()


def _eta(z_BV: Tensor, epsilon: float) -> Tensor:
    log_p_BV = z_BV.log_softmax(1)
    least_B1 = (math.log(epsilon) / 2 - _entropy(log_p_BV)).clamp(max=math.log(epsilon))
    return _cut(z_BV, log_p_BV < torch.minimum(least_B1, log_p_BV.amax(1, keepdim=True)))

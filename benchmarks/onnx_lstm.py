"""A stack of LSTMs in ONNX Runtime, for `generate`: one symbol a run, its state carried on without being copied."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from seqgen.cells import Parameters
from seqgen.model import ModelSettings
from seqgen.playing.weights import Vector

GATES = (0, 3, 1, 2)
"""The blocks of our rows, i f g o, in the order of ONNX: i o f c."""


class Session:
    """The network of these parameters. Two sets of buffers take turns: what one run gives, the next one reads."""

    def __init__(self, settings: ModelSettings, params: Parameters) -> None:
        import onnxruntime

        self._session = onnxruntime.InferenceSession(graph(settings, params), providers=["CPUExecutionProvider"])
        states = [f"{part}{layer}" for layer in range(settings.layers) for part in "hc"]
        self._id, self.logits_V = np.zeros((1, 1), np.int64), np.zeros(settings.vocabulary, np.float32)
        turns = [{name: np.zeros((1, 1, settings.width), np.float32) for name in states} for _ in range(2)]
        self._states = turns
        self._bindings = [self._bind(before, after) for before, after in zip(turns, reversed(turns), strict=True)]
        self.reset()

    def reset(self) -> None:
        """Forget everything read."""
        for state in self._states[0].values():
            state[:] = 0
        self._turn = 0

    def read(self, id: int) -> Vector:
        """The logits_V behind one more symbol; the next call overwrites the array."""
        self._id[0, 0] = id
        self._session.run_with_iobinding(self._bindings[self._turn])
        self._turn ^= 1
        return self.logits_V

    def _bind(self, before: dict[str, Vector], after: dict[str, Vector]) -> Any:
        binding = self._session.io_binding()
        inputs: dict[str, Any] = {"id": self._id, **before}
        for name, array in inputs.items():
            binding.bind_input(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        outputs = {
            "logits": self.logits_V.reshape(1, 1, -1),
            **{f"{name}_next": array for name, array in after.items()},
        }
        for name, array in outputs.items():
            binding.bind_output(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        return binding


def graph(settings: ModelSettings, params: Parameters) -> bytes:
    """The network as ONNX has it: an embedding, LSTMs, a product."""
    from onnx import TensorProto, helper, numpy_helper

    weights = {"embedding": params["embedding"], "out.W": params["output.W"].T, "out.b": params["output.b"]}
    nodes, x = [helper.make_node("Gather", ["embedding", "id"], ["x"])], "x"
    for layer in range(settings.layers):
        weights |= dict(_layer(params, layer))
        names = [f"{name}{layer}" for name in ("W", "R", "B")]
        inputs, outputs = [x, *names, "", f"h{layer}", f"c{layer}"], ["", f"h{layer}_next", f"c{layer}_next"]
        nodes.append(helper.make_node("LSTM", inputs, outputs, hidden_size=settings.width))
        x = outputs[1]
    nodes.append(helper.make_node("MatMul", [x, "out.W"], ["product"]))
    nodes.append(helper.make_node("Add", ["product", "out.b"], ["logits"]))
    states = [f"{part}{layer}" for layer in range(settings.layers) for part in "hc"]

    def value(name: str, channels: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, channels])

    ins = [helper.make_tensor_value_info("id", TensorProto.INT64, [1, 1]), *(value(s, settings.width) for s in states)]
    outs = [value("logits", settings.vocabulary), *(value(f"{s}_next", settings.width) for s in states)]
    kept = [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in weights.items()]
    made = helper.make_graph(nodes, "stack", ins, outs, kept)
    whole = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(whole.SerializeToString())


def _layer(params: Parameters, layer: int) -> Iterator[tuple[str, Any]]:
    """The weights of a layer, with their rows in the order of ONNX."""
    W, U, b = (params[f"layers.{layer}.{name}"] for name in ("W", "U", "b"))
    whole = np.pad(W, ((0, 0), (1, 0))), U, b  # our W does not read the first channel
    W, U, b = (np.concatenate([np.split(rows, 4)[gate] for gate in GATES]) for rows in whole)
    yield f"W{layer}", W[None]
    yield f"R{layer}", U[None]
    yield f"B{layer}", np.concatenate([b, np.zeros_like(b)])[None]

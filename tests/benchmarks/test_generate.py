"""`generate` sets like beside like: as much is streamed as a player reads, and the same network runs elsewhere."""

import pytest

from benchmarks import generate
from benchmarks.measuring import Goal
from seqgen.playing import Player


@pytest.mark.parametrize(("layers", "width"), [(1, 16), (3, 8)])
def test_what_is_streamed_is_what_a_player_reads(layers: int, width: int) -> None:
    settings, params = generate.network(layers, width)
    read = [vars(layer)["_weights"].memory for layer in Player(settings, params)._layers]
    streamed = generate.streamed(settings, params)
    assert [each.shape for each in streamed] == [*(each.shape for each in read), params["output.W"].shape]
    assert generate.stream(streamed, 0.001)() > 0


def test_the_goals_are_those_of_the_sizes() -> None:
    found = {"ours": [100.0], "nn.LSTM": [1000.0], "streaming": [80.0]}
    told = {each.figure: each for each in generate._compared(2, 512, found, bytes=12_000_000)}
    assert told["2 x 512"].goal == Goal("value", "most", 300) and told["2 x 512"].reached
    assert told["2 x 512, beside streaming"].ratio == 1.25 and told["2 x 512, beside streaming"].reached
    assert told["2 x 512, beside ONNX Runtime: left out, not installed"].baseline is None
    small = {each.figure: each for each in generate._compared(1, 256, found, bytes=1_000_000)}
    assert small["1 x 256, beside streaming"].goal is None and small["1 x 256"].goal is None


def test_onnx_runtime_has_the_same_network(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    settings, params = generate.network(2, 16)
    generate.onnx_loop(settings, params)(3)
    monkeypatch.setattr("benchmarks.onnx_lstm.GATES", (0, 1, 2, 3))
    with pytest.raises(RuntimeError, match="other logits"):
        generate.onnx_loop(settings, params)

"""How fast one sample is written, in microseconds a symbol, sampling included; every side has the same sizes.

nn.LSTM: a loop that steps `nn.LSTM`, `nn.Linear` and `torch.multinomial`. ONNX Runtime: the same weights as ours, drawn
from by numpy; left out where it is not installed. streaming: the time to read once all weights that a symbol needs,
from arrays laid out as ours are, with as many threads as the libraries choose. Two readers are tried, `torch.sum` and
the matrix-vector product of numpy's library alone, and the faster is taken: the product may win, for it has more loads
under way. 8 bits: ours with `--weights int8`, beside ours; left out without numba.

With --minutes, a model is trained for so long, and scored with its own weights and with those of 8 bits.
"""

import argparse
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from benchmarks.bare import Bare
from benchmarks.measuring import Figure, Goal, Work, alternate, show
from benchmarks.onnx_lstm import Session
from seqgen import api, model
from seqgen.cells import Parameters
from seqgen.codec import Codec
from seqgen.generation import GenerateSettings, Solo, generate
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Player
from seqgen.playing.quantised import rounded
from seqgen.playing.weights import Lay, Matrix, aligned, columns
from seqgen.vocabulary import Vocabulary
from seqgen_chars import Chars

BESIDE_TORCH, BESIDE_STREAMING = Goal("ratio", "most", 0.2), Goal("ratio", "most", 1.5)
STREAMED = 8e6
"""Bytes of weights from which on the goal beside streaming holds."""
ALONE = {(2, 128): Goal("value", "most", 25), (2, 512): Goal("value", "most", 300)}
SIZES = ((2, 128), (1, 256), (1, 512), (2, 512), (1, 1024), (2, 1024))
VOCABULARY = Vocabulary(("document",), [chr(ord("0") + i) for i in range(64)])
EMBEDDING = 128
SECONDS, TURNS = 0.25, 9
"""How long a turn takes, about, and how many there are."""
QUICK_SIZES, QUICK_SECONDS, QUICK_TURNS = ((2, 16),), 0.01, 2
UNIT = "microseconds"
TOLERANCE = 1e-4

Loop = Callable[[int], None]
"""Writes that many symbols."""


def main(arguments: Sequence[str]) -> None:
    """Print the figures, size by size."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """What is trained to see the loss of 8 bits."""
    parser.add_argument("--minutes", type=float, default=0, help="train for so long; 0 leaves the loss of 8 bits out")
    parser.add_argument("--corpora", nargs="+", default=["tinyshakespeare"])


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """The microseconds of all sides, and what 8 bits cost."""
    seconds, turns = (QUICK_SECONDS, QUICK_TURNS) if given.quick else (SECONDS, TURNS)
    for layers, width in QUICK_SIZES if given.quick else SIZES:
        yield from _speeds(layers, width, seconds=seconds, turns=turns)
    for corpus in given.corpora if given.minutes else ():
        yield from losses(corpus, given.minutes)


def _speeds(layers: int, width: int, *, seconds: float, turns: int) -> Iterator[Figure]:
    settings, params = network(layers, width)
    weights = streamed(settings, params)
    works = {
        "ours": _work(own_loop(layers, width), seconds),
        "nn.LSTM": _work(bare_loop(layers, width), seconds),
        "streaming": stream(weights, seconds),
    }
    if find_spec("onnx") and find_spec("onnxruntime"):
        works["ONNX Runtime"] = _work(onnx_loop(settings, params), seconds)
    if find_spec("numba"):
        works["8 bits"] = _work(own_loop(layers, width, packed=True), seconds)
    found = dict(zip(works, alternate([*works.values()], turns), strict=True))
    yield from _compared(layers, width, found, bytes=sum(each.nbytes for each in weights))


def _compared(layers: int, width: int, found: dict[str, list[float]], *, bytes: int) -> Iterator[Figure]:
    """The figures of one size."""
    name, ours = f"{layers} x {width}", found["ours"]
    yield Figure(name, UNIT, statistics.median(ours), goal=ALONE.get((layers, width)))
    held = BESIDE_STREAMING if bytes >= STREAMED else None
    for side, goal in {"nn.LSTM": BESIDE_TORCH, "ONNX Runtime": None, "streaming": held}.items():
        if side in found:
            yield Figure.beside(f"{name}, beside {side}", UNIT, own=ours, base=found[side], goal=goal)
        else:
            yield Figure(f"{name}, beside {side}: left out, not installed", UNIT, statistics.median(ours))
    if "8 bits" in found:
        yield Figure.beside(f"{name}, 8 bits", UNIT, own=found["8 bits"], base=ours, goal=None)
    else:
        yield Figure(f"{name}, 8 bits: left out, numba is not installed", UNIT, statistics.median(ours))


def network(layers: int, width: int) -> tuple[ModelSettings, Parameters]:
    """A network with random weights."""
    settings = ModelSettings(VOCABULARY.size, layers=layers, width=width, embedding=EMBEDDING, residual=False)
    rng, shapes = np.random.default_rng(0), model.shapes(settings).items()
    return settings, {name: rng.normal(size=shape, scale=0.05).astype(np.float32) for name, shape in shapes}


def own_loop(layers: int, width: int, *, packed: bool = False) -> Loop:
    """The product's way, from the start of a document on."""
    settings, params = network(layers, width)
    lay: Lay | None = None
    if packed:
        from seqgen.playing.compiled import packed as packing

        lay, params = packing, rounded(settings, params)
    player, codec = Player(settings, params, lay=lay), Codec(Chars(), VOCABULARY)

    def loop(count: int) -> None:
        deque(generate(Solo(player, Strategy()), codec, GenerateSettings(length=count)), maxlen=0)

    return loop


def bare_loop(layers: int, width: int) -> Loop:
    """The customary way."""
    network = Bare(VOCABULARY.size, layers=layers, width=width, embedding=EMBEDDING)

    def loop(count: int) -> None:
        id, state = torch.zeros(1, 1, dtype=torch.long), None
        with torch.inference_mode():
            for _ in range(count):
                logits, state = network(id, state)
                id = torch.multinomial(torch.softmax(logits[0], dim=-1), 1)

    return loop


def onnx_loop(settings: ModelSettings, params: Parameters) -> Loop:
    """The same weights in ONNX Runtime; that they are the same is checked first."""
    session, player = Session(settings, params), Player(settings, params)
    for id in range(8):
        player.read(id)
        wanted_V = player.logits()
        if np.abs(session.read(id) - wanted_V).max() > TOLERANCE * np.abs(wanted_V).max():
            raise RuntimeError("ONNX Runtime has other logits from the same weights")

    def loop(count: int) -> None:
        session.reset()
        id = 0
        for number in np.random.default_rng(0).random(count).tolist():
            logits_V = session.read(id)
            sums_V = np.exp(logits_V - logits_V.max()).cumsum()
            id = int(sums_V.searchsorted(number * sums_V[-1]))

    return loop


def streamed(settings: ModelSettings, params: Parameters) -> list[Matrix]:
    """The weights that are read for each symbol, laid out as a player has them."""
    found = [columns(params["layers.0.U"])]
    for layer in range(1, settings.layers):
        W, U, b = (params[f"layers.{layer}.{name}"] for name in ("W", "U", "b"))
        found.append(columns(np.pad(W, ((0, 0), (1, 0))), U, b))
    return [*found, aligned(params["output.W"])]


def stream(weights: Sequence[Matrix], seconds: float) -> Work:
    """Microseconds to read these once, by the faster of two readers."""
    flat = [torch.from_numpy(matrix if matrix.flags.c_contiguous else matrix.T) for matrix in weights]
    ends = [(np.ones(matrix.shape[1], np.float32), np.empty(len(matrix), np.float32)) for matrix in weights]

    def total(count: int) -> None:
        for _ in range(count):
            for each in flat:
                each.sum()

    def product(count: int) -> None:
        for _ in range(count):
            for matrix, (x, y) in zip(weights, ends, strict=True):
                matrix.dot(x, y)

    works = [_work(loop, seconds / 2) for loop in (total, product)]
    return lambda: min(work() for work in works)


def losses(corpus: str, minutes: float) -> Iterator[Figure]:
    """Bits per character of the whole validation part, carried, with weights of 8 bits beside those of 32."""
    with TemporaryDirectory() as folder:
        trained = api.train(corpus, out=Path(folder, "run"), minutes=minutes)
        own, light = (each.evaluate(samples=0) for each in (trained, api.quantised(trained, compiled=False)))
    for way, base in own.bits_per_character.items():
        bits = light.bits_per_character[way]
        if bits is not None and base is not None:
            name = f"{corpus}, {minutes:g} min, 8 bits, {way}"
            yield Figure(name, "bits per character", bits, base, bits / base)


def _work(loop: Loop, seconds: float) -> Work:
    """Writes for about so many seconds a turn, and gives microseconds a symbol."""
    count = max(20, int(seconds * speed(loop, 20)))
    return lambda: 1e6 / speed(loop, count)


def speed(loop: Loop, count: int) -> float:
    """Symbols a second, with a few written before the clock starts."""
    loop(20)
    start = time.perf_counter()
    loop(count)
    return count / (time.perf_counter() - start)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Samples drawn side by side, sampling included, in symbols a second: 64 lanes beside one, in numpy and in torch.

One in numpy is `generate`. One in torch is a single lane of the same code as 64. On a GPU, 4,096 lanes are recorded and
stand beside one lane of numpy on the processor.
"""

import argparse
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from benchmarks.measuring import Figure, Goal, Work, alternate, show
from seqgen import model
from seqgen.cells import Parameters
from seqgen.codec import Codec, Prompt
from seqgen.generation import GenerateSettings, Solo, generate
from seqgen.generation.many import Many
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.nn.many import Captured
from seqgen.playing import Player
from seqgen.playing.many import Players
from seqgen.vocabulary import Vocabulary
from seqgen_chars import Chars

IN_NUMPY, IN_TORCH = Goal("ratio", "least", 6), Goal("ratio", "least", 20)
STACKS = (("lstm", 2, 128), ("lstm", 1, 256), ("lstm", 2, 512), ("min-gru,feedforward", 2, 256))
LANES, ON_GPU = 64, 4096
VOCABULARY = Vocabulary(("document",), [chr(ord("0") + i) for i in range(64)])
CODEC = Codec(Chars(), VOCABULARY)
SECONDS, TURNS = 0.5, 9
"""How long a turn takes, about, and how many there are."""
QUICK_STACKS, QUICK_SECONDS, QUICK_TURNS = (("lstm", 2, 16),), 0.01, 2

Loop = Callable[[int], int]
"""Draws so many steps, and gives how many symbols they were."""


def main(arguments: Sequence[str]) -> None:
    """Print three figures a stack, and one more on a GPU."""
    show(figures, arguments, about=__doc__)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Symbols a second of all, in turns."""
    seconds, turns = (QUICK_SECONDS, QUICK_TURNS) if given.quick else (SECONDS, TURNS)
    for cell, layers, width in QUICK_STACKS if given.quick else STACKS:
        settings = ModelSettings(VOCABULARY.size, cell=cell, layers=layers, width=width, residual="," in cell)
        loops = [alone(settings), in_numpy(settings), in_torch(settings, 1), in_torch(settings, LANES)]
        if torch.cuda.is_available():
            loops.append(in_torch(settings, ON_GPU, device="cuda"))
        one, many, torch_one, torch_many, *on_gpu = alternate([_work(loop, seconds) for loop in loops], turns)
        name = f"{layers} x {width} {cell}"
        yield Figure.beside(f"{name}, numpy", "symbols/s", own=many, base=one, goal=IN_NUMPY)
        yield Figure.beside(f"{name}, torch", "symbols/s", own=torch_many, base=torch_one, goal=IN_TORCH)
        yield Figure.beside(f"{name}, torch beside one in numpy", "symbols/s", own=torch_many, base=one, goal=None)
        for each in on_gpu:
            yield Figure.beside(f"{name}, GPU beside one in numpy", "symbols/s", own=each, base=one, goal=IN_TORCH)


def parameters(settings: ModelSettings) -> Parameters:
    """Small random weights."""
    rng = np.random.default_rng(0)
    return {
        name: rng.normal(scale=0.05, size=shape).astype(np.float32) for name, shape in model.shapes(settings).items()
    }


def alone(settings: ModelSettings) -> Loop:
    """One sample, as it is drawn alone."""
    voice = Solo(Player(settings, parameters(settings)), Strategy())

    def loop(count: int) -> int:
        deque(generate(voice, CODEC, GenerateSettings(length=count)), maxlen=0)
        return count

    return loop


def in_numpy(settings: ModelSettings) -> Loop:
    """Many samples at once."""
    params = parameters(settings)
    voice = Solo(Player(settings, params), Strategy())
    return lambda count: _drawn(voice, Players(settings, params, LANES), count)


def in_torch(settings: ModelSettings, lanes: int, *, device: str = "cpu") -> Loop:
    """Many samples at once in torch, or one."""
    params = parameters(settings)
    voice = Solo(Player(settings, params), Strategy())

    def loop(count: int) -> int:
        return _drawn(voice, Captured(settings, params, lanes, shut=[VOCABULARY.unknown], device=device), count)

    return loop


def _drawn(voice: Solo, lanes: Players | Captured, count: int) -> int:
    """As many samples as there are lanes, each of so many symbols."""
    samples = lanes.lanes
    prompts, constraints = [Prompt()] * samples, [None] * samples
    settings = GenerateSettings(length=count)
    drawn = Many(voice, lanes, CODEC, settings, prompts=prompts, constraints=constraints)
    for number in range(samples):
        deque(drawn.sample(number), maxlen=0)
    return samples * count


def _work(loop: Loop, seconds: float) -> Work:
    """Draws for about so many seconds a turn, and gives symbols a second."""
    loop(2)
    _, taken = _timed(loop, 20)
    count = max(20, int(20 * seconds / taken))

    def turn() -> float:
        symbols, taken = _timed(loop, count)
        return symbols / taken

    return turn


def _timed(loop: Loop, count: int) -> tuple[int, float]:
    start = time.perf_counter()
    return loop(count), time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1:])

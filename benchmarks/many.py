"""Samples drawn side by side, sampling included, in symbols a second: 64 lanes beside one, in numpy and in torch.

One in numpy is `generate`. One in torch is a single lane of the same code as 64. On a GPU, 4,096 lanes are recorded and
stand beside one lane of numpy on the processor.

The last figure is how far samples are the same drawn together and alone: in numpy, for products in float32 are rounded
otherwise.
"""

import argparse
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

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

IN_NUMPY, IN_TORCH, NO_LOSS = Goal("ratio", "least", 6), Goal("ratio", "least", 20), Goal("ratio", "least", 1)
STACKS = (
    ("lstm", 2, 128),
    ("lstm", 1, 256),
    ("lstm", 2, 512),
    ("min-gru,feedforward", 2, 256),
    ("convolution,min-gru", 2, 256),
    ("attention", 2, 256),
)
LIGHT = "convolution,min-gru", "attention"
"""Steps that read few weights, or what each lane has of its own: side by side must not be slower, no more is asked."""
LANES, ON_GPU = 64, 4096
VOCABULARY = Vocabulary(("document",), [chr(ord("0") + i) for i in range(64)])
CODEC = Codec(Chars(), VOCABULARY)
SECONDS, TURNS = 0.5, 9
"""How long a turn takes, about, and how many there are."""
COMPARED, LENGTH = ("lstm", 2, 128), 750
"""What is drawn together and alone, and how many symbols of each sample."""
QUICK_STACKS, QUICK_SECONDS, QUICK_TURNS = (("lstm", 2, 16),), 0.01, 2
QUICK_LENGTH = 10

Loop = Callable[[int], int]
"""Draws so many steps, and gives how many symbols they were."""


def main(arguments: Sequence[str]) -> None:
    """Print three figures a stack, one more on a GPU, and how far samples are the same."""
    show(figures, arguments, about=__doc__)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Symbols a second of all, in turns."""
    seconds, turns = (QUICK_SECONDS, QUICK_TURNS) if given.quick else (SECONDS, TURNS)
    for stack in QUICK_STACKS if given.quick else STACKS:
        settings, name = _settings(*stack), _name(*stack)
        numpy_goal, torch_goal = (NO_LOSS, None) if stack[0] in LIGHT else (IN_NUMPY, IN_TORCH)
        loops = [alone(settings), in_numpy(settings), in_torch(settings, 1), in_torch(settings, LANES)]
        if torch.cuda.is_available():
            loops.append(in_torch(settings, ON_GPU, device="cuda"))
        one, many, torch_one, torch_many, *on_gpu = alternate([_work(loop, seconds) for loop in loops], turns)
        yield Figure.beside(f"{name}, numpy", "symbols/s", own=many, base=one, goal=numpy_goal)
        yield Figure.beside(f"{name}, torch", "symbols/s", own=torch_many, base=torch_one, goal=torch_goal)
        yield Figure.beside(f"{name}, torch beside one in numpy", "symbols/s", own=torch_many, base=one, goal=None)
        for each in on_gpu:
            yield Figure.beside(f"{name}, GPU beside one in numpy", "symbols/s", own=each, base=one, goal=torch_goal)
    stack, length = (QUICK_STACKS[0], QUICK_LENGTH) if given.quick else (COMPARED, LENGTH)
    every = LANES * length
    same = min(until_they_part(_settings(*stack), length), default=every)
    about = f"{_name(*stack)}, drawn together and alone until the first sample parts"
    yield Figure(about, "symbols", same, every, same / every)


def until_they_part(settings: ModelSettings, length: int) -> Iterator[int]:
    """For each sample that parts, how many symbols all samples had drawn together before."""
    params, asked = parameters(settings), GenerateSettings(length=length)
    voice, lanes = Solo(Player(settings, params), Strategy()), Players(settings, params, LANES)
    drawn = _beside(voice, lanes, asked)
    for number in range(LANES):
        pairs = zip(drawn.sample(number), generate(voice, CODEC, asked, sample=number), strict=False)
        yield from islice((at * LANES for at, (one, other) in enumerate(pairs) if one.id != other.id), 1)


def _settings(cell: str, layers: int, width: int) -> ModelSettings:
    return ModelSettings(VOCABULARY.size, cell=cell, layers=layers, width=width, residual="," in cell)


def _name(cell: str, layers: int, width: int) -> str:
    return f"{layers} x {width} {cell}"


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
    drawn = _beside(voice, lanes, GenerateSettings(length=count))
    for number in range(samples):
        deque(drawn.sample(number), maxlen=0)
    return samples * count


def _beside(voice: Solo, lanes: Players | Captured, settings: GenerateSettings) -> Many:
    """As many samples as there are lanes."""
    prompts, constraints = [Prompt()] * lanes.lanes, [None] * lanes.lanes
    return Many(voice, lanes, CODEC, settings, prompts=prompts, constraints=constraints)


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

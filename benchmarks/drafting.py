"""Drafting: a one-to-many model whose heads propose and whose network verifies, beside the same symbol by symbol.

Each stack is trained first, so that the heads know something, and what comes of it depends on how much. Verifying is
quick where a stack reads several symbols in little more time than one: where its cells are linear in their state, or
look back over a window, and its weights do not fit into the caches.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.cells import parse
from benchmarks.measuring import Figure, Goal, Work, alternate, show
from seqgen import api, evaluation
from seqgen.api import Model
from seqgen.api.evaluating import find_source
from seqgen.evaluation import Held
from seqgen.generation import Drafted, GenerateSettings, Solo, Voice, generate
from seqgen.generation.drafting import Scout
from seqgen.lanes import Strategy
from seqgen.nn import Stack, keep_memory
from seqgen.playing.windows import Window

STACKS = {
    "lstm layers=2 width=512 head=128": None,
    "min-gru layers=4 width=512 head=128 norm=true": None,
    "min-gru layers=6 width=1024 head=128 norm=true": Goal("ratio", "least", 1.1),
}
"""What is to be reached with each: an LSTM verifies one symbol after the other, and small stacks do not gain."""
QUICK = {"corpus": "fantasy-names", "stacks": ["min-gru layers=1 width=16"], "horizons": [4], "steps": 2}
TURNS, SYMBOLS, HELD = 9, 300, 20_000
"""Turns, symbols a turn, and held-out symbols that are scored."""
QUICK_SIZES = 1, 20, 500


def main(arguments: Sequence[str]) -> None:
    """Print the figures of every stack and horizon."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """What is trained, for how long, and how it writes."""
    parser.add_argument("--corpus", default="tinyshakespeare", metavar="CORPUS")
    parser.add_argument(
        "--stacks", nargs="+", default=list(STACKS), metavar="STACK", help="as in cells, with their settings"
    )
    parser.add_argument("--horizons", nargs="+", type=int, default=[4, 8], metavar="N", help="heads of each")
    parser.add_argument("--steps", type=int, default=200, help="of training")
    parser.add_argument("--temperature", type=float, default=1.0)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """What is accepted, symbols a second, and bits per character."""
    if given.quick:
        vars(given).update(QUICK)
    turns, symbols, held = QUICK_SIZES if given.quick else (TURNS, SYMBOLS, HELD)
    keep_memory()
    for stack, horizon in product(given.stacks, given.horizons):
        with TemporaryDirectory() as folder:
            path = Path(folder, "run")
            settings = parse(stack) | {"horizon": horizon, "steps": given.steps, "seed": 0}
            model = api.train(given.corpus, out=path, **settings)
            name = f"{stack}, horizon {horizon}"
            yield from speeds(name, model, given.temperature, sizes=(turns, symbols))
            yield losses(name, model, path, count=held)


class Counting(Scout):
    """A scout that counts its windows, and what it proposes and what is accepted in them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.windows = self.proposed = self.accepted = 0

    def window(self, ids: Sequence[int]) -> Window:
        """The same; what is gone back behind has not been accepted."""
        window = super().window(ids)
        back, guesses = window.keep, len(ids) - 1

        def keep(count: int) -> None:
            self.accepted -= guesses - (count - 1)
            back(count)

        window.keep = keep  # type: ignore[method-assign]
        self.windows, self.proposed, self.accepted = self.windows + 1, self.proposed + guesses, self.accepted + guesses
        return window


@dataclass(frozen=True)
class Counted(Drafted):
    """A draft whose scouts are kept, to be asked what they counted."""

    scouts: list[Counting] = field(default_factory=list)

    def begin(self, labels: Sequence[int] = ()) -> Counting:
        """The same, but counted."""
        self.scouts.append(Counting(self.player, labels=labels))
        return self.scouts[-1]


def speeds(name: str, model: Model, temperature: float, *, sizes: tuple[int, int]) -> Iterator[Figure]:
    """Symbols a verification, the share of proposals that are accepted, and symbols a second, by turns."""
    turns, symbols = sizes
    drafted = Counted(model.player)
    settings = GenerateSettings.of(length=symbols, temperature=temperature)
    voices: Sequence[Voice] = (drafted, Solo(model.player, Strategy()), Solo(model.player, model.checkpoint.strategy))
    own, plain, blocks = alternate([pace(voice, model, settings) for voice in voices], turns)
    counted = ("windows", "proposed", "accepted")
    windows, proposed, accepted = (sum(getattr(scout, each) for scout in drafted.scouts) for each in counted)
    yield Figure(f"{name}, a verification", "symbols", 1 + accepted / windows)
    yield Figure(f"{name}, accepted", "of the proposals", accepted / proposed)
    yield Figure.beside(f"{name}, drafted", "symbols/s", own=own, base=plain, goal=STACKS.get(name.rpartition(", ")[0]))
    yield Figure.beside(f"{name}, in blocks", "symbols/s", own=blocks, base=plain, goal=None)


def pace(voice: Voice, model: Model, settings: GenerateSettings) -> Work:
    """Writes a sample a turn, another each time, and gives symbols a second."""
    turn = 0

    def work() -> float:
        nonlocal turn
        turn += 1
        begun = time.perf_counter()
        count = sum(1 for _ in generate(voice, model.codec, settings, sample=turn))
        return count / (time.perf_counter() - begun)

    return work


def losses(name: str, model: Model, path: Path, *, count: int) -> Figure:
    """Bits per character of the first head alone, which is what a draft draws from, beside those of blocks."""
    found = model.checkpoint
    alone = {each: value for each, value in found.params.items() if not each.startswith("chain.")}
    held = Held.of(np.asarray(find_source(model, path).ids[:count]), model.codec)
    bits = []
    for settings, params, strategy in (
        (replace(found.model, horizon=1), alone, Strategy()),
        (found.model, found.params, found.strategy),
    ):
        scores = evaluation.carried(Stack.from_arrays(settings, params), held, strategy)
        assert scores
        bits.append(evaluation.nats_per_character(scores, held) / math.log(2))
    return Figure(f"{name}, drafted beside blocks", "bits per character", bits[0], bits[1], bits[0] / bits[1])


if __name__ == "__main__":
    main(sys.argv[1:])

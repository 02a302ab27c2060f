"""What a model gains by learning from what it reads (dynamic evaluation), on held-out text.

Each corpus is trained on for so many steps, all else by default, and its validation part is then scored twice from end
to end: with the trained weights, and with weights that follow the text, each segment scored before it is learnt from.
Steps and not minutes, so that the figures do not depend on how busy the machine is.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.measuring import Figure, Goal, show
from seqgen import adapting, api, evaluation
from seqgen.api import Model
from seqgen.api.evaluating import LN2, find_source
from seqgen.evaluation import Held
from seqgen.nn import Stack
from seqgen.plan import AdaptSettings

GOAL = Goal("value", "least", 0.01)
"""For the gain, which should be one."""
QUICK = {"corpora": ["fantasy-names"], "seeds": [0], "steps": 4, "symbols": 2000, "across": True}
SMALL = {"width": 32, "lanes": 8, "validations": 1}


def main(arguments: Sequence[str]) -> None:
    """Print the figures of every corpus and seed."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """What is trained, and for how long; and how it adapts."""
    own = AdaptSettings()
    parser.add_argument("--corpora", nargs="+", default=["sherlock", "tinyshakespeare"], metavar="CORPUS")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1], metavar="SEED")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--symbols", type=int, default=None, help="score only so many at the beginning")
    parser.add_argument("--rate", type=float, default=own.adapt_rate)
    parser.add_argument("--segment", type=int, default=own.adapt_segment)
    parser.add_argument("--decay", type=float, default=own.adapt_decay)
    parser.add_argument("--across", action="store_true", help="keep what was learnt beyond resets")


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Bits per character without and with adapting, their difference, and the seconds that each way takes."""
    if given.quick:
        vars(given).update(QUICK)
    settings = AdaptSettings(given.rate, given.segment, given.decay, given.across)
    for corpus in given.corpora:
        for seed in given.seeds:
            model, held = trained(corpus, seed, given)
            yield from compare(f"{corpus}, seed {seed}", model, held, settings)


def trained(corpus: str, seed: int, given: argparse.Namespace) -> tuple[Model, Held]:
    """A model, and what it is scored on."""
    own = SMALL if given.quick else {}
    with TemporaryDirectory() as folder:
        model = api.train(corpus, out=Path(folder, "run"), seed=seed, steps=given.steps, **own)
        ids = find_source(model, model.path).ids[: given.symbols]
    return model, Held.of(np.asarray(ids), model.codec)


def compare(name: str, model: Model, held: Held, settings: AdaptSettings) -> Iterator[Figure]:
    """The figures of one model."""
    checkpoint, began = model.checkpoint, time.perf_counter()
    stack = Stack.from_arrays(checkpoint.model, checkpoint.params)
    carried = evaluation.carried(stack, held, checkpoint.strategy)
    assert carried, "models are trained one-to-one"
    between = time.perf_counter()
    adapted = adapting.adapted(stack, held, checkpoint.strategy, settings)
    usual, taken = between - began, time.perf_counter() - between
    base, own = (evaluation.nats_per_character(each, held) / LN2 for each in (carried, adapted))
    yield Figure(f"{name}, adapted", "bits per character", own, base, own / base)
    yield Figure(f"{name}, gain", "bits per character", base - own, goal=GOAL)
    yield Figure(f"{name}, scoring", "seconds", taken, usual, taken / usual)


if __name__ == "__main__":
    main(sys.argv[1:])

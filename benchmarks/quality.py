"""What training reaches in a budget of minutes, beside a bare script that gets as many seconds.

Default settings apart from the budget; the bare script is an LSTM of 512 with an embedding of 128, 64 lanes, windows
of 32, AdamW with linear decay, in the precision and with the allocator that seqgen chose. Both are scored on the whole
validation part, in nats per character: cold windows of 64 and 256 symbols, and with the state carried.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from benchmarks import bare, own, scoring
from benchmarks.bare import Bare
from benchmarks.measuring import Figure, Goal, show
from seqgen import api
from seqgen.api import Prepared
from seqgen.nn import keep_memory
from seqgen.nn.machine import pick_precision

GOAL = Goal("value", "most", 1.50)
"""For tinyshakespeare, a minute, the state carried."""
LANES, WINDOW = 64, 32
WAYS = ("carried", "cold_64", "cold_256")
QUICK = {"corpora": ["fantasy-names"], "minutes": 0.01}
QUICK_WIDTH = 32


def main(arguments: Sequence[str]) -> None:
    """Print the figures of every corpus and seed."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """What is trained, and for how long."""
    known = "tinyshakespeare, sherlock, python-reference, names, or whatever seqgen takes as a corpus"
    parser.add_argument("--corpora", nargs="+", default=["tinyshakespeare"], metavar="CORPUS", help=known)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], metavar="SEED")
    parser.add_argument("--minutes", type=float, default=1.0)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Nats per character in each way of scoring, and the seconds of training."""
    if given.quick:
        vars(given).update(QUICK)
    keep_memory()
    for corpus in given.corpora:
        for seed in given.seeds:
            yield from compare(corpus, seed, minutes=given.minutes, width=QUICK_WIDTH if given.quick else None)


def compare(corpus: str, seed: int, *, minutes: float, width: int | None) -> Iterator[Figure]:
    """One corpus, one seed; `width` None leaves it to seqgen, and 512 to the bare script."""
    prepared = api.prepare(corpus, seed=seed)
    run = own.run(corpus, minutes=minutes, seed=seed, width=width)
    base, spent = bare_nats(prepared, seed, seconds=run.seconds, width=width or 512)
    for way in WAYS:
        goal = GOAL if (corpus, minutes, way) == ("tinyshakespeare", 1.0, "carried") else None
        nats, ratio = run.nats[way], run.nats[way] / base[way]
        yield Figure(f"{corpus}, seed {seed}, {way}", "nats per character", nats, base[way], ratio, goal)
    yield Figure(f"{corpus}, seed {seed}, training", "seconds", run.seconds, spent, run.seconds / spent)


def bare_nats(prepared: Prepared, seed: int, *, seconds: float, width: int) -> tuple[dict[str, float], float]:
    """What the bare script reaches in as many seconds, and those that it took."""
    torch.manual_seed(seed)
    store = prepared.store
    model = Bare(store.codec.vocabulary.size, width=width)
    bfloat16 = pick_precision("auto", "cpu") == "bfloat16"
    start = time.perf_counter()

    def left() -> float:
        return 1 - (time.perf_counter() - start) / seconds

    ids = np.asarray(store.ids("train"))
    for _ in bare.train(model, ids, lanes=LANES, window=WINDOW, left=left, bfloat16=bfloat16):
        if left() <= 0:
            break
    spent = time.perf_counter() - start
    return bare_scores(model, prepared), spent


def bare_scores(model: Bare, prepared: Prepared) -> dict[str, float]:
    """Nats per character on the validation part."""
    held = scoring.held_out(prepared)
    nats = {f"cold_{window}": bare.cold(model, held.ids_N, window) for window in (64, 256)}
    nats["carried"] = bare.carried(model, held.ids_N)
    return {way: scoring.per_character(each, held) for way, each in nats.items()}


if __name__ == "__main__":
    main(sys.argv[1:])

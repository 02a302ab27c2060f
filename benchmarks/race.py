"""A race on the clock: our defaults, and a small GPT trained to nanoGPT's recipe, in turn, scored on the same windows.

The GPT runs twice: by its recipe, however long that takes, and with its schedule stretched over as many seconds as
seqgen took by its own clock, looks at held-out text included. It computes in float32 or bfloat16, whichever is faster
just before. It is looked at when seqgen is, and its clock stands still meanwhile. Both keep the best model of their
looks. In a cold window of its context (cold_64 with the recipe `cpu`) both sides know as much; beyond it, seqgen is
alone.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import own, plotting, rival, scoring
from benchmarks.gpt import RECIPES
from benchmarks.measuring import Figure, Goal, alternate, show
from benchmarks.own import Glance, Look, Run
from benchmarks.plotting import Panel
from benchmarks.rival import Task
from seqgen import api
from seqgen.api.session import GLANCE
from seqgen.errors import UsageError
from seqgen.evaluation import Held
from seqgen.nn import keep_memory
from seqgen.nn.machine import pick_threads

AHEAD = Goal("ratio", "most", 0.95)
"""Beside the GPT with as many seconds, in windows of its context; for the recipe of a CPU."""
GOALS = {
    f"cold_256, {minutes} min": Goal("value", "most", nats) for minutes, nats in ((0.5, 1.46), (1, 1.42), (10, 1.38))
}
"""For tinyshakespeare, on two cores."""
MARK = 1.4697
"""Nats a character, in windows of 256, that nanoGPT says its recipe for a GPU reaches in three minutes."""
OFTEN = 60
"""Looks at seqgen on a GPU, so that the seconds to the mark are known to a sixtieth; its patience is half of them, as
by default."""
WAYS = ("cold_64", "cold_256", "carried")
LOOKS, TURNS = 10, 5
QUICK = {"corpora": ["fantasy-names"], "minutes": [0.01], "seeds": [0]}
QUICK_SIZES = {"layers": 1, "heads": 2, "width": 16, "batch": 4, "steps": 10}
QUICK_WIDTH = 32


def main(arguments: Sequence[str]) -> None:
    """Print the figures of every corpus, seed and budget."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """What is trained, for how long, against which recipe."""
    known = "tinyshakespeare, sherlock, python-reference, stdlib, or whatever seqgen takes as a corpus"
    parser.add_argument("--corpora", nargs="+", default=["tinyshakespeare"], metavar="CORPUS", help=known)
    parser.add_argument("--minutes", nargs="+", type=float, default=[1.0], metavar="MINUTES", help="one race each")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], metavar="SEED")
    sizes = "nanoGPT's for a CPU (0.80 M parameters), or for a GPU (10.65 M), which makes sense with CUDA alone"
    parser.add_argument("--recipe", choices=RECIPES, default="cpu", help=sizes)
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw loss against seconds, for the first seed")


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Nats per character, seconds, and steps."""
    if given.quick:
        vars(given).update(QUICK)
    elif given.recipe == "gpu" and not torch.cuda.is_available():
        raise UsageError("the recipe gpu", "torch sees no GPU here, and a CPU would take days", "Use --recipe cpu")
    if given.plot:
        plotting.check(given.plot)
    keep_memory()
    torch.set_num_threads(pick_threads(0))
    panels = []
    for corpus, seed in product(given.corpora, given.seeds):
        race = enter(corpus, seed, given)
        yield from race.figures(given.minutes)
        panels += [race.panel()] if seed == given.seeds[0] else []
    if given.plot:
        plotting.draw(given.plot, panels)


@dataclass
class Race:
    """One corpus and one seed: the GPT's task, what seqgen is asked for, the text both are scored on, and the curves
    so far."""

    name: str
    task: Task
    request: dict[str, Any]
    held: Held
    goals: dict[str, Goal]
    curves: list[tuple[str, Sequence[Look]]] = field(default_factory=list)

    def figures(self, minutes: Sequence[float]) -> Iterator[Figure]:
        """How fast the GPT is, its recipe, then one race for each budget."""
        fast, plain = alternate([replace(self.task, bfloat16=each).speed() for each in (True, False)], TURNS)
        speed = Figure.beside(f"{self.name}, GPT in bfloat16 and float32", "steps/s", own=fast, base=plain, goal=None)
        yield speed
        self.task = replace(self.task, bfloat16=speed.value > (speed.baseline or 0))
        recipe = self.gpt("GPT, its recipe", None, [look / LOOKS for look in range(1, LOOKS)])
        yield Figure(f"{self.name}, GPT's recipe", "seconds", recipe.seconds)
        for each in minutes:
            yield from self.budget(each, recipe)

    def budget(self, minutes: float, recipe: Run) -> Iterator[Figure]:
        """seqgen first, then the GPT with as many seconds."""
        run = own.run(minutes=minutes, glance=self.task.glance, **self.request)
        self.curves.append(("seqgen", run.looks))
        same = self.gpt("GPT, the same seconds", run.seconds, [look.seconds / run.seconds for look in run.looks])
        name, unit = f"{self.name}, {minutes:g} min", "nats per character"
        for way in WAYS:
            base, value = same.nats.get(way), run.nats[way]
            goal = self.goals.get(way) or self.goals.get(f"{way}, {minutes:g} min")
            yield Figure(f"{name}, {way}", unit, value, base, base and value / base, goal)
        for way, base in recipe.nats.items():
            yield Figure(f"{name}, {way}, beside GPT's recipe", unit, run.nats[way], base, run.nats[way] / base)
        yield from self.mark(name, run)
        yield Figure(f"{name}, training", "seconds", run.seconds, same.seconds, run.seconds / same.seconds)
        yield Figure(f"{name}, training", "steps", run.steps, same.steps, run.steps / same.steps)

    def mark(self, name: str, run: Run) -> Iterator[Figure]:
        """Seconds to the mark of the recipe for a GPU, if it was reached on the text that looks are scored on."""
        reached = [look.seconds for look in run.looks if look.nats <= MARK]
        if self.task.device == "cuda" and reached:
            yield Figure(f"{name}, to {MARK} nats per character", "seconds", reached[0])

    def gpt(self, name: str, seconds: float | None, looks: Sequence[float]) -> Run:
        """The GPT by the steps of its recipe, or in so many seconds."""
        run = rival.run(self.task, self.held, seconds=seconds, looks=looks)
        self.curves.append((name, run.looks))
        return run

    def panel(self) -> Panel:
        """The looks of all runs."""
        return Panel(self.name, f"nats per character, cold_{self.task.recipe.context}", self.curves)


def enter(corpus: str, seed: int, given: argparse.Namespace) -> Race:
    """Set up a race, nothing trained yet."""
    recipe = replace(RECIPES[given.recipe], **QUICK_SIZES) if given.quick else RECIPES[given.recipe]
    device = "cuda" if given.recipe == "gpu" and torch.cuda.is_available() else "cpu"
    prepared = api.prepare(corpus, seed=seed)
    ids_N, vocabulary = np.asarray(prepared.store.ids("train")), prepared.store.codec.vocabulary.size
    glance = Glance(scoring.held_out(prepared, most=GLANCE), recipe.context)
    request = {"corpus": corpus, "seed": seed, "device": device, "threads": torch.get_num_threads()}
    request |= {"width": QUICK_WIDTH} if given.quick else {}
    request |= {"validations": OFTEN, "patience": OFTEN // 2} if device == "cuda" else {}
    goals = {"cold_64": AHEAD} | (GOALS if corpus == "tinyshakespeare" else {}) if given.recipe == "cpu" else {}
    task = Task(recipe, ids_N, vocabulary, glance, seed=seed, device=device)
    return Race(f"{corpus}, seed {seed}", task, request, scoring.held_out(prepared), goals)


if __name__ == "__main__":
    main(sys.argv[1:])

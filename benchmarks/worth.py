"""What `resets` and `strategies` share: contests, one for each corpus, between models that differ in one choice alone.

All contenders of a corpus have the same sizes and read the same row of ids: the same levels are marked in it, whatever
the reset is, so bits per character count the same symbols. They have the same seconds, by way of their steps: how many
each takes in a second is measured first, by turns with all others of the corpus; then each takes as many as its seconds
allow. Other work on the machine so falls on all alike. Nothing is looked at on the way, and the last model is the one
that is scored, on the whole validation part, once from end to end, its state carried as its reset says (many-to-one:
each symbol from its own context).
"""

import argparse
import json
import statistics
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks import blues, losses
from benchmarks.losses import Score
from benchmarks.measuring import Figure, alternate, number, pace
from seqgen import api
from seqgen import corpus as corpora
from seqgen.api import Progress
from seqgen.api.evaluating import find_source
from seqgen.errors import UsageError
from seqgen.lanes import NEVER, WINDOW
from seqgen.nn import keep_memory
from seqgen.nn.machine import pick_threads
from seqgen.records import from_json, to_json
from seqgen.vocabulary import Vocabulary
from seqgen_midi.blues import FLOOR_NATS

BASE = "document"
"""The contender that all others are compared with: the defaults, one-to-one with a reset at each document."""
STRATEGIES: dict[str, dict[str, Any]] = {
    "many-to-one": {"context": 8, "lanes": 512},
    "one-to-many": {"horizon": 4},
}
"""The strategies beside the base, with their sizes."""
SIZES: dict[str, Any] = {
    "layers": 1,
    "width": 256,
    "embedding": 64,
    "lanes": 96,
    "window": 32,
    "input_dropout": 0.0,
    "output_dropout": 0.0,
    "weight_drop": 0.0,
}
HABITS = {"validations": 1, "patience": 0, "sample_length": 0}
PACKAGES = "asyncio concurrent email html http json logging multiprocessing urllib xml xmlrpc"
ENDLESS = 10**6
"""Steps that no calibration comes to."""


@dataclass(frozen=True)
class Contest:
    """A corpus, the levels that are marked in it, strongest first, and the sizes of its models.

    `shown` are the levels whose boundaries losses are sorted by the distance from. With `shuffled`, the corpus is that
    one's only file with its lines in another order.
    """

    corpus: str
    options: dict[str, Any]
    levels: tuple[str, ...] = ()
    shown: tuple[str, ...] = (BASE,)
    shuffled: str = ""

    @property
    def resets(self) -> tuple[str, ...]:
        """Every reset that makes a difference here."""
        return (BASE, *self.levels, WINDOW, NEVER)

    @property
    def contenders(self) -> dict[str, dict[str, Any]]:
        """What each one asks for beside what all do."""
        return {reset: {"reset": reset} for reset in self.resets} | STRATEGIES

    def source(self, folder: Path) -> str | Path:
        """What finds the corpus; a shuffled one is written to the folder."""
        if not self.shuffled:
            return self.corpus
        path, (file,) = folder / f"{self.corpus}.txt", corpora.find(self.shuffled).files
        lines = np.array(file.read_text("utf-8").splitlines())
        path.write_text("\n".join(np.random.default_rng(0).permutation(lines)) + "\n", "utf-8")
        return path

    def asked(self, contender: str, threads: int) -> dict[str, Any]:
        """The options of training, the number of steps aside."""
        marked = {"levels": self.levels} if self.levels else {}
        return SIZES | HABITS | self.options | marked | {"threads": threads} | self.contenders[contender]


_NAMES = {"split": "90,10,0", "input_dropout": 0.05, "output_dropout": 0.2}
_CODE = {"domain": "code", "include": [f"{each}/*.py" for each in PACKAGES.split()], "split": "85,15,0", "lanes": 32}
_BLUES = {"domain": "midi", "split": "90,10,0", "lanes": 32, "window": 128}
CONTESTS = {
    each.corpus: each
    for each in (
        Contest("names", _NAMES),
        Contest("names-shuffled", _NAMES | {"documents": "line"}, shuffled="names"),
        Contest("sherlock", {"split": "60,36,4"}, ("chapter", "paragraph"), ("chapter", "paragraph")),
        Contest("stdlib", _CODE, ("definition", "block"), (BASE, "definition", "block")),
        Contest("blues", _BLUES, ("section", "bar"), (BASE, "section", "bar")),
    )
}
QUICK = Contest("fantasy-names", {"width": 16, "embedding": 8, "lanes": 8})
QUICK_ASKED = {"corpora": [QUICK.corpus], "seconds": 0.02, "seeds": [0], "turns": 1, "threads": 1}


@dataclass(frozen=True)
class Run:
    """A contender's training: the seconds it was allowed and those it took, the steps a second that were measured by
    turns, the steps so allowed, how often that is through the training part, the fewest nats for a document that there
    can be, where they are known, and the score."""

    corpus: str
    contender: str
    seed: int
    allowed: float
    threads: int
    rate: float
    steps: int
    epochs: float
    seconds: float
    floor: float | None
    score: Score


def options(parser: argparse.ArgumentParser) -> None:
    """What is trained, for how long, and where it is kept."""
    known = f"of {', '.join(CONTESTS)}; all of them by default"
    parser.add_argument("--corpora", nargs="+", choices=CONTESTS, default=list(CONTESTS), metavar="CORPUS", help=known)
    parser.add_argument("--seconds", type=float, default=25.0, help="of training, for each model")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1], metavar="SEED")
    parser.add_argument("--turns", type=int, default=15, help="in which the speeds are measured")
    parser.add_argument("--threads", type=int, default=0, help="of each model; 0 takes one a core")
    kept = "keep speeds and runs there as they come; what is there is not measured again"
    parser.add_argument("--out", type=Path, metavar="FOLDER", help=kept)


def figures(given: argparse.Namespace, contenders: Callable[[Contest], Sequence[str]]) -> Iterator[Figure]:
    """Bits per character of each contender, beside the base, which is the first of them."""
    if given.quick:
        vars(given).update(QUICK_ASKED)
    keep_memory()
    given.threads = pick_threads(given.threads)
    with TemporaryDirectory() as folder:
        ledger = Ledger(given.out or Path(folder), given)
        for corpus, seed in product(given.corpora, given.seeds):
            contest = CONTESTS.get(corpus, QUICK)
            base = ledger.run(contest, BASE, seed)
            yield from (figure(ledger.run(contest, each, seed), base) for each in contenders(contest))


def figure(run: Run, base: Run) -> Figure:
    """A run beside the base."""
    title = f"{run.corpus}, {run.contender}, seed {run.seed}, {number(run.steps)} steps"
    value, other = run.score.bits, base.score.bits
    return Figure(title, f"bits per {run.score.unit}", value, other, value / other)


class Ledger:
    """Speeds, runs and the base's losses in a folder; what is not there yet is measured, and kept."""

    def __init__(self, folder: Path, given: argparse.Namespace) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.given = folder, given
        self.known = {(run.corpus, run.contender, run.seed): run for run in runs_in(folder)}

    def run(self, contest: Contest, contender: str, seed: int) -> Run:
        """The run that is there, or a new one.

        Raises UsageError for one that had other seconds or threads.
        """
        found = self.known.get((contest.corpus, contender, seed))
        if found is None:
            found = _train(self, contest, contender, seed=seed)
            with Path(self.folder, "runs.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(to_json(found)) + "\n")
            self.known[contest.corpus, contender, seed] = found
        if (found.allowed, found.threads) != (self.given.seconds, self.given.threads):
            there = f"its runs had {found.allowed:g} seconds and --threads {found.threads}"
            raise UsageError(f"going on in {self.folder}", there, "Ask for the same, or name another folder")
        return found

    def rates(self, contest: Contest) -> dict[str, float]:
        """Steps a second of each contender."""
        path = self.folder / f"{contest.corpus}.rates.json"
        if not path.exists():
            path.write_text(json.dumps(calibrate(contest, contest.source(self.folder), self.given)), "utf-8")
        return dict(json.loads(path.read_text("utf-8")))

    def losses(self, contest: Contest, seed: int) -> Path:
        """The file of the nats that the base needs for each symbol."""
        return self.folder / f"{contest.corpus}.{seed}.nats"


def runs_in(folder: Path) -> list[Run]:
    """The runs that are kept there."""
    path = folder / "runs.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [from_json(Run, json.loads(line), where=str(path)) for line in lines]


def calibrate(contest: Contest, source: str | Path, given: argparse.Namespace) -> dict[str, float]:
    """Steps a second of each contender, by turns: the base's median, times the median of the ratios to it."""
    with TemporaryDirectory() as folder, ExitStack() as opened:
        trainings = _trainings(contest, source, threads=given.threads, folder=Path(folder))
        works = [pace(1 for _ in opened.enter_context(each)) for each in trainings]
        found = dict(zip(contest.contenders, alternate(works, given.turns), strict=True))
    base = statistics.median(found[BASE])
    ratios = {
        name: statistics.median(a / b for a, b in zip(own, found[BASE], strict=True)) for name, own in found.items()
    }
    return {name: base * ratio for name, ratio in ratios.items()}


def _trainings(
    contest: Contest, source: str | Path, *, threads: int, folder: Path
) -> Iterator["closing[Generator[Progress, None, None]]"]:
    """One for each contender; closing one saves it, so that must be done while there is a folder."""
    for name in contest.contenders:
        asked = contest.asked(name, threads)
        yield closing(api.training(source, out=folder / name, steps=ENDLESS, **asked))


def _train(ledger: Ledger, contest: Contest, contender: str, *, seed: int) -> Run:
    rate, given = ledger.rates(contest)[contender], ledger.given
    steps = max(2, round(given.seconds * rate))
    asked = contest.asked(contender, given.threads)
    with TemporaryDirectory() as folder:
        out = Path(folder, "run")
        corpus = contest.source(ledger.folder)
        *_, before, _ = api.training(corpus, out=out, steps=steps, seed=seed, **asked)
        model = api.load(out)
        source = find_source(model, out)
    path = ledger.losses(contest, seed)
    levels = {name: model.codec.vocabulary.level_id(name) for name in contest.shown}
    own = losses.Losses.of(model, source, asked["window"])
    if contender == BASE:
        own.scores.nats_N.tofile(path)
    score = losses.score(own, levels, base_N=np.fromfile(path, np.float32))
    read = steps * asked["lanes"] * (1 if model.checkpoint.strategy.context else asked["window"])
    assert source.training is not None
    return Run(
        corpus=contest.corpus,
        contender=contender,
        seed=seed,
        allowed=given.seconds,
        threads=given.threads,
        rate=rate,
        steps=steps,
        epochs=read / len(source.training),
        seconds=before.seconds * steps / (steps - 1),
        floor=_floor(source.training, contender, model.codec.vocabulary) if contest.corpus == "blues" else None,
        score=score,
    )


def _floor(ids: np.ndarray, contender: str, vocabulary: Vocabulary) -> float | None:
    """What no model of the blues falls below; not known of those that forget at no boundary."""
    if contender in (WINDOW, "many-to-one"):
        return None
    level = vocabulary.level_id(contender) if contender in vocabulary.levels else 0
    return blues.floor_of(ids, level) if level else FLOOR_NATS

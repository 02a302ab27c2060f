"""The blues of Eck and Schmidhuber (IDSIA-07-02, 2002): what a recurrent network has to remember, and by how much it
falls short of the best that there can be.

There are 4,096 choruses, all equally likely, so the best model needs 12 ln 2 = 8.318 nats for one, however it is coded:
0.0866 nats a step in the paper's own coding of 96 steps. Under a reset at the bar or the section a model cannot know
which of them it is in: the best it can do is the entropy of what stands between two resets, given the boundary that
cleared the state, as it occurs in the training part, and that is the floor beside it. Nats are those of held-out
choruses, carried. A chorus is right if every note of it, melody and chords, stands where one of the 4,096 has it;
samples are drawn without a constraint at temperature 1. The chords alone are written in one go, with no reset at all;
the wrong choruses are counted.
"""

import argparse
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.measuring import Figure, Goal, show
from seqgen import api
from seqgen.api.evaluating import find_source
from seqgen.api.models import Model
from seqgen.generation import GenerateSettings, generate
from seqgen_midi.blues import COUNT, FLOOR_NATS, HARMONY, chorus
from seqgen_midi.score import Note, Score
from seqgen_midi.writing import write_many

PARTS = ("chords", "resets", "novelty")
POLICIES = ("bar", "section", "piece", "never")
SIZES = {"layers": 1, "width": 256, "lanes": 64, "window": 128}
CLOSE, LEGAL = Goal("ratio", "most", 1.05), Goal("value", "least", 0.95)
ALL, NONE, HALF = Goal("value", "least", 1), Goal("value", "most", 0), Goal("value", "least", 0.5)


def main(arguments: Sequence[str]) -> None:
    """Print nats and shares."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """How long to train, and how much to draw."""
    parser.add_argument("--steps", type=int, default=1000, help="of training, for each model")
    parser.add_argument("--choruses", type=int, default=1000, help="drawn from each model of the table")
    parser.add_argument("--samples", type=int, default=20_000, help="drawn to find held-out choruses")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """The chords alone, the table of resets, and the choruses that training never met."""
    vars(given).update(corpus="blues", learnt=3000)
    with TemporaryDirectory() as folder:
        if given.quick:
            SIZES.update(width=16, lanes=4)
            vars(given).update(steps=2, choruses=1, samples=1, learnt=20, corpus=Path(folder, "few.mid"))
            write_many([chorus(number) for number in range(0, COUNT, 256)], given.corpus)
        if "chords" in given.parts:
            yield from _chords(Path(folder, "chords"), given)
        for policy in POLICIES if "resets" in given.parts else ():
            yield from _policy(policy, Path(folder, policy), given)
        if "novelty" in given.parts:
            yield from _novelty(Path(folder), given)


def _trained(corpus: str | Path, out: Path, steps: int, **options: Any) -> Model:
    return api.train(corpus, out=out, domain="midi", steps=steps, sample_length=0, **SIZES, **options)


def _chords(out: Path, given: argparse.Namespace) -> Iterator[Figure]:
    """The chords alone, chorus after chorus."""
    alone = {"channels": (HARMONY + 1,), "duplicates": "keep", "split": "100,0,0", "reset": "never"}
    model = _trained(given.corpus, out, given.steps, **alone)
    right = _ids(model, chorus(0), HARMONY)
    settings = GenerateSettings(length=2 * given.choruses * len(right), seed=1)
    drawn = generate(model.voice, model.codec, settings)
    found = islice(_parts(each.id for each in drawn), given.choruses)
    wrong = given.choruses - sum(tuple(part) == right for part in found)
    yield Figure("chords alone, wrong", f"of {given.choruses:,} choruses in one go", wrong, goal=NONE)


def _ids(model: Model, score: Score, channel: int) -> tuple[int, ...]:
    """The symbols of one track of a piece, up to the document's mark."""
    own = tuple(track for track in score.tracks if track.channel == channel)
    whole = Score(score.division, own, score.tempos, score.metres, score.keys)
    return tuple(id for part in model.codec.encode(whole) for id in part.tolist())


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    """What stands before each mark of a document."""
    part: list[int] = []
    for id in ids:
        if id:
            part.append(id)
        else:
            yield part
            part = []


def _policy(policy: str, out: Path, given: argparse.Namespace) -> Iterator[Figure]:
    """What a reset leaves to know, and how near to that the model comes."""
    model = _trained(given.corpus, out, given.steps, reset=policy)
    ids = find_source(model, out, part="train").ids
    floor = FLOOR_NATS if policy in ("piece", "never") else floor_of(ids, model.checkpoint.model.reset_level)
    nats = model.evaluate(samples=0).bits_per_level["piece"] * math.log(2)
    goal = CLOSE if policy in ("piece", "never") else None
    yield Figure(f"reset {policy}", "nats a chorus, beside the floor", nats, floor, nats / floor, goal)
    settings = GenerateSettings(length=1000, until="document", seed=2)
    legal = sum(number is not None for number in _drawn(model, settings, given.choruses))
    share = f"share of {given.choruses:,} choruses"
    yield Figure(f"reset {policy}, right", share, legal / given.choruses, goal=LEGAL if goal else None)


def floor_of(ids: np.ndarray, level: int) -> float:
    """The entropy of what stands between resets, in nats a chorus: the best that can be without a memory of more.

    What is known is the boundary that cleared the state: of a piece, a section or a bar, up to the id `level`.
    """
    edges = np.flatnonzero(ids <= level)
    known, whole = Counter(ids[edges[:-1]].tolist()), Counter[bytes]()
    for start, stop in pairwise(edges):
        whole[ids[start : stop + 1].tobytes()] += 1
    return (_nats(whole) - _nats(known)) / int((ids[1:] == 0).sum())


def _nats(counts: Counter[Any]) -> float:
    """The entropy of what was counted, times how much that is."""
    number = np.array([*counts.values()])
    return float(-(number * np.log(number / number.sum())).sum())


def _drawn(model: Model, settings: GenerateSettings, count: int) -> Iterator[int | None]:
    """The number of each sample among the choruses, None if it is none of them."""
    known = {_said(chorus(number)): number for number in range(COUNT)}
    for sample in range(count):
        drawn = generate(model.voice, model.codec, settings, sample=sample)
        (score,) = model.codec.decode(each.id for each in drawn)
        yield known.get(_said(score))


def _said(score: Score) -> tuple[tuple[int, tuple[Note, ...]], ...]:
    """Every note of every track."""
    return tuple((track.channel, track.notes) for track in score.tracks)


def _novelty(folder: Path, given: argparse.Namespace) -> Iterator[Figure]:
    """How many choruses that training never met are among the samples."""
    order = np.random.default_rng(0).permutation(COUNT).tolist()
    learnt, kept_out = order[: given.learnt], set(order[given.learnt :])
    write_many([chorus(number) for number in learnt], folder / "learnt.mid")
    model = _trained(folder / "learnt.mid", folder / "novelty", given.steps, split="100,0,0")
    settings = GenerateSettings(length=1000, until="document", seed=3)
    found = Counter(_drawn(model, settings, given.samples))
    met = len(kept_out & {number for number in found if number is not None})
    share = f"share of {len(kept_out):,} held-out choruses in {given.samples:,} samples"
    yield Figure(f"trained on {given.learnt:,}, new", share, met / len(kept_out), goal=HALF)
    yield Figure(f"trained on {given.learnt:,}, right", f"share of {given.samples:,}", 1 - found[None] / given.samples)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

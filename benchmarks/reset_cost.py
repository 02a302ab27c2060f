"""What exact resets cost: training throughput with the reset at every paragraph and at every line, beside `never`.

The text, the vocabulary and so the shapes of the model are the same for all. What counts is characters a second, not
symbols: a boundary takes a slot of the window, so its slot is part of the cost. `never` reads the text without
boundaries. For `paragraph` they stand where `chars` puts them. `chars` has no level for lines, and making each line a
document would put a mark in the newline's place, at no cost in slots: so here a boundary is added after each newline,
and the text stays whole. The figures in symbols a second say what remains of the cost without those slots. `never`
walks the same code with no slot marked; what that code costs beside a bare `nn.LSTM` is in `throughput`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks import own
from benchmarks.measuring import Figure, Goal, Work, alternate, pace, show
from seqgen import api
from seqgen.nn import keep_memory
from seqgen.vocabulary import Vocabulary

GOALS = {"paragraph": Goal("ratio", "least", 0.98), "line": Goal("ratio", "least", 0.90)}
LEVEL = "paragraph"
"""The weakest level of the vocabulary; the boundaries of lines borrow its id."""
QUICK = {"corpus": "python-reference", "turns": 2}
SMALL: dict[str, Any] = {"width": 32, "lanes": 8}


def main(arguments: Sequence[str]) -> None:
    """Print the figures of both levels."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """The text, and how often the three take turns."""
    parser.add_argument("--corpus", default="tinyshakespeare")
    parser.add_argument("--turns", type=int, default=25)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Characters a second, then symbols a second."""
    if given.quick:
        vars(given).update(QUICK)
    keep_memory()
    store = api.prepare(given.corpus, reset=LEVEL).store
    vocabulary = store.codec.vocabulary
    texts = streams(np.asarray(store.ids("train")), vocabulary)
    settings = SMALL if given.quick else {}
    resets = {"never": "never", "paragraph": LEVEL, "line": LEVEL}
    works = [work(ids, vocabulary, reset=resets[name], settings=settings) for name, ids in texts.items()]
    speeds = dict(zip(texts, alternate(works, given.turns), strict=True))
    for name in GOALS:
        yield from compare(name, texts, speeds)


def compare(name: str, texts: dict[str, np.ndarray], speeds: dict[str, list[float]]) -> Iterator[Figure]:
    """The speed with resets at every `name` beside `never`, with the slots of boundaries as a cost, and without."""
    share, own, base = len(texts["never"]) / len(texts[name]), speeds[name], speeds["never"]
    title = f"reset at every {name}"
    yield Figure.beside(title, "characters/s", own=[share * speed for speed in own], base=base, goal=GOALS[name])
    yield Figure.beside(f"{title}, slots aside", "symbols/s", own=own, base=base, goal=None)


def streams(ids: np.ndarray, vocabulary: Vocabulary) -> dict[str, np.ndarray]:
    """The same text with no boundary but the document's, with those of paragraphs and stronger, and with one a line."""
    level = vocabulary.level_id(LEVEL)
    plain = ids[(ids == 0) | (ids > level)]
    ends = np.flatnonzero(plain == vocabulary.id_of("\n")) + 1
    return {"never": plain, "paragraph": ids, "line": np.insert(plain, ends, level)}


def work(ids: np.ndarray, vocabulary: Vocabulary, *, reset: str, settings: dict[str, Any]) -> Work:
    """Trains, and gives symbols a second."""
    return pace(step.scored for step in own.steps(ids, vocabulary, reset=reset, settings=settings))


if __name__ == "__main__":
    main(sys.argv[1:])

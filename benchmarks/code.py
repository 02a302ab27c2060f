"""Source code: that what is written parses, what the grammar costs, that nothing is lost, and what the same minutes
make of it.

Samples of 20 to 2,000 symbols are drawn from a model that never learnt anything, and from a trained one of 2 x 512 at
three temperatures; both keep to the constraint `python`, and each sample is given to `ast.parse` and `compile`. The
time of mask and step is that of the constraint alone, going once more through what the trained model wrote; the same
model writes with and without it in turns. Speeds of the tokenizer are in megabytes of UTF-8, its memory warm, beside
the plain twins; quality is in bits per character on the whole validation part, beside `chars` and byte pairs with as
many minutes.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import own
from benchmarks.measuring import Figure, Goal, alternate, show
from benchmarks.words import pace, symbols_of
from seqgen import api, model
from seqgen.api.asking import Request
from seqgen.api.constraining import Constraints
from seqgen.api.preparing import documents_of
from seqgen.codec import Codec
from seqgen.constraint import Constraint
from seqgen.generation import Drawn, GenerateSettings, Solo, generate
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.playing import Player
from seqgen.plugins import find
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen_code.metrics.judging import compiles, tree_of

ALL, MOST = Goal("value", "least", 1), Goal("value", "least", 0.97)
ACCEPTED, CHEAP, FAST = Goal("value", "least", 0.985), Goal("value", "most", 15), Goal("ratio", "least", 0.9)
ENCODE, DECODE, EXACT = Goal("value", "least", 3), Goal("value", "least", 8), Goal("value", "most", 0)
BETTER = Goal("ratio", "most", 1)
SHORTEST, LONGEST = 20, 2000
"""Symbols of a sample."""
TURNS = 5
PLAIN = 200_000
"""Characters that the plain twins are timed on."""
SHARDS = [
    *"ab01 .,:;()[]{}'\"\\#\n\r\t\f=!@-*\x00é\ud800_$",
    *("\n    ", "\n  ", "def ", "class ", "if x:", "match x:", "f'{a}'", 'f"{b!r:>{w}}"', ":=", "'''", "self", "\\\n"),
]
"""What random strings are made of."""

Sample = tuple[Drawn, ...]


def main(arguments: Sequence[str]) -> None:
    """Print shares, times, differences, and bits per character."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """Which corpus, how many samples, and for how long to train; 0 minutes leaves out quality."""
    parser.add_argument("--corpus", default="stdlib")
    parser.add_argument("--untrained", type=int, default=10_000, metavar="SAMPLES")
    parser.add_argument("--trained", type=int, default=1_000, metavar="SAMPLES", help="for each temperature")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--strings", type=int, default=20_000)
    parser.add_argument("--also", nargs="*", default=[], metavar="PYTHON", help="other interpreters to parse with")


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """The constraint, then the tokenizer, then quality."""
    if given.quick:
        with TemporaryDirectory() as folder:
            Path(folder, "small.py").write_text("def f(x):\n    return [x, 'a']\n\n\n" * 40)
            vars(given).update(corpus=folder, untrained=4, trained=2, minutes=0.01, strings=50)
            yield from _all(given)
    else:
        yield from _all(given)


def _all(given: argparse.Namespace) -> Iterator[Figure]:
    codec = api.prepare(given.corpus, domain="code").store.codec
    constraint = Constraints(codec, "code", find()).of("python")
    assert constraint
    contents = (document.content for document in documents_of(Request.sort(given.corpus, "code", {}))())
    texts = ["".join(content) for content in contents]
    judges = Judges(given.also)
    yield from _legality("untrained", codec, _untrained(codec), constraint, count=given.untrained, judges=judges)
    yield from _trained(given, constraint, judges)
    taken = sum(_takes(constraint, codec, text) for text in texts)
    yield Figure("files that the constraint takes", f"share of {len(texts)}", taken / len(texts), goal=ACCEPTED)
    yield from _exactness(codec, texts, strings=given.strings)
    yield from _speeds(codec, texts, turns=1 if given.quick else TURNS)
    if given.minutes:
        yield from _quality(given.corpus, given.minutes)


class Judges:
    """Other interpreters, which say how many of some texts parse."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._versions = {path: self._ask(path, "import sys; print(sys.version.split()[0])", "") for path in paths}

    def shares(self, texts: Sequence[str]) -> Iterator[tuple[str, float]]:
        """The version of each, and the share that it parses."""
        for path, version in self._versions.items():
            yield version, int(self._ask(path, JUDGE, json.dumps(texts))) / len(texts)

    def _ask(self, path: str, code: str, given: str) -> str:
        done = subprocess.run([path, "-c", code], input=given, capture_output=True, text=True, check=True)
        return done.stdout.strip()


JUDGE = """
import ast, json, sys, warnings
warnings.simplefilter("ignore")
def parses(text):
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
print(sum(map(parses, json.load(sys.stdin))))
"""


def _untrained(codec: Codec) -> Player:
    """A small model whose weights are random."""
    settings = ModelSettings(codec.vocabulary.size, layers=1, width=16, embedding=16)
    draw = np.random.default_rng(0)
    shapes = model.shapes(settings).items()
    return Player(settings, {name: draw.normal(size=shape, scale=0.3).astype(np.float32) for name, shape in shapes})


def _legality(
    name: str,
    codec: Codec,
    player: Player,
    constraint: Constraint,
    *,
    count: int,
    judges: Judges,
    temperature: float = 1.0,
) -> Iterator[Figure]:
    samples = _samples(codec, player, constraint, count=count, temperature=temperature)
    texts = ["".join(codec.decode(each.id for each in sample)) for sample in samples]
    symbols = sum(map(len, samples))
    told = f"{name}, temperature {temperature:g}"
    yield Figure(
        f"{told}, parse", f"share of {count:,}", sum(tree_of(text) is not None for text in texts) / count, goal=ALL
    )
    for version, share in judges.shares(texts):
        yield Figure(f"{told}, parse under {version}", f"share of {count:,}", share, goal=ALL)
    yield Figure(f"{told}, compile", f"share of {count:,}", sum(map(compiles, texts)) / count, goal=MOST)
    yield Figure(f"{told}, length", "symbols a sample", symbols / count)


def _samples(codec: Codec, player: Player, constraint: Constraint, *, count: int, temperature: float) -> list[Sample]:
    lengths = np.exp(np.random.default_rng(1).uniform(np.log(SHORTEST), np.log(LONGEST), count)).astype(int).tolist()
    found = []
    for number, length in enumerate(lengths):
        settings = GenerateSettings.of(length=length, until="document", temperature=temperature, seed=7)
        drawn = generate(Solo(player, Strategy()), codec, settings, constraint=constraint, sample=number)
        found.append(tuple(drawn))
    return found


def _trained(given: argparse.Namespace, constraint: Constraint, judges: Judges) -> Iterator[Figure]:
    sizes = {"layers": 2, "width": 16 if given.quick else 512}
    with TemporaryDirectory() as folder:
        out = Path(folder, "run")
        found = api.train(given.corpus, out=out, domain="code", minutes=given.minutes or 0.01, **sizes)
        codec, player = found.codec, found.player
        for temperature in (0.5, 1.0, 1.5):
            yield from _legality(
                "trained", codec, player, constraint, count=given.trained, judges=judges, temperature=temperature
            )
        yield from _cost(codec, player, constraint, turns=1 if given.quick else TURNS)


def _cost(codec: Codec, player: Player, constraint: Constraint, *, turns: int) -> Iterator[Figure]:
    """Mask and step by themselves, and the speed of writing with and without them."""
    samples = _samples(codec, player, constraint, count=10 * turns, temperature=1.0)
    fresh = Constraints(codec, "code", find()).of("python")
    assert fresh
    for name, limits in (("from its first symbol on", fresh), ("warm", constraint)):
        spent = sum(_time(limits, sample) for sample in samples)
        figure = f"mask and step, {name}"
        yield Figure(figure, "microseconds a symbol", 1e6 * spent / sum(map(len, samples)), goal=CHEAP)
    length = 1000 if turns > 1 else 20

    def pace_of(limits: Constraint | None) -> float:
        begun = time.perf_counter()
        settings = GenerateSettings.of(length=length, seed=next(seeds))
        count = len(list(generate(Solo(player, Strategy()), codec, settings, constraint=limits)))
        return count / (time.perf_counter() - begun)

    seeds = iter(range(10**6))
    constrained, free = alternate([lambda: pace_of(constraint), lambda: pace_of(None)], 2 * turns)
    yield Figure.beside("constrained beside free, 2 x 512", "symbols/s", own=constrained, base=free, goal=FAST)


def _time(constraint: Constraint, sample: Sample) -> float:
    """Seconds that mask and step take for a sample."""
    spoken, state, begun = [each.symbol for each in sample], constraint.start, time.perf_counter()
    for symbol in spoken:
        constraint.allowed(state)
        state = constraint.step(state, symbol)
    return time.perf_counter() - begun


def _takes(constraint: Constraint, codec: Codec, text: str) -> bool:
    """Whether a document is one that the constraint might have let a model write."""
    state = constraint.start
    ids = [id for part in codec.encode(text) for id in part.tolist()]
    for symbol in [*map(codec.vocabulary.symbol_of, ids), DOCUMENT_BOUNDARY]:
        state = constraint.step(state, symbol) if isinstance(symbol, str | Boundary) else None
        if state is None:
            return False
    return True


def _exactness(codec: Codec, texts: Sequence[str], *, strings: int) -> Iterator[Figure]:
    different = sum(_differs(codec, text) for text in texts)
    yield Figure("files that differ", f"of {len(texts):,}", different, goal=EXACT)
    draw = np.random.default_rng(0)
    garbage = ("".join(draw.choice(np.array(SHARDS, object), size=draw.integers(40))) for _ in range(strings))
    different = sum(_differs(codec, text) for text in garbage)
    yield Figure("random strings that differ", f"of {strings:,}", different, goal=EXACT)


def _differs(codec: Codec, text: str) -> bool:
    symbols = symbols_of(codec.tokenizer, text)
    return not "".join(codec.tokenizer.join(symbols)) == codec.tokenizer.writer().whole(symbols) == text


def _speeds(codec: Codec, texts: Sequence[str], *, turns: int) -> Iterator[Figure]:
    tokenizer, short = codec.tokenizer, "\n".join(texts)[:PLAIN]
    symbols, plain = [symbols_of(tokenizer, text) for text in texts], symbols_of(tokenizer, short)
    encode = [
        pace(lambda: [list(codec.encode(text)) for text in texts], texts),
        pace(lambda: list(tokenizer.split(short)), [short]),
    ]
    decode = [
        pace(lambda: ["".join(tokenizer.join(each)) for each in symbols], texts),
        pace(lambda: tokenizer.writer().whole(plain), [short]),
    ]
    for name, works, goal in (("encode", encode, ENCODE), ("decode", decode, DECODE)):
        rates, base = alternate(works, turns)
        yield Figure.beside(name, "MB/s", own=rates, base=base, goal=goal)


def _quality(corpus: str, minutes: float) -> Iterator[Figure]:
    code = own.run(corpus, minutes=minutes, domain="code")
    # All read by the domain `code`: the same files are dropped, and the same are held out.
    for name in ("chars", "bpe"):
        rival = own.run(corpus, minutes=minutes, domain="code", tokenizer=name)
        for way in ("carried", "cold_256"):
            bits, base = code.bits(way), rival.bits(way)
            told = f"{minutes:g} min, beside {name}, {way}"
            yield Figure(told, "bits per character", bits, base, bits / base, BETTER if way == "carried" else None)


if __name__ == "__main__":
    main(sys.argv[1:])

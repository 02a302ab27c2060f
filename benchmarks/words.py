"""The tokenizers of words: how fast they are, that they lose nothing, and what the same minutes make of them.

Speeds are in megabytes of UTF-8 on a named corpus, learnt from its training part, the memory of each tokenizer warm, as
it is but for the first pages of a corpus; the baselines are the plain twins: `split`, and the writer symbol by symbol.
Quality is in bits per character on the whole validation part, which holds the same characters for every tokenizer; the
baseline is `chars` with as many minutes.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks import own
from benchmarks.measuring import Figure, Goal, Work, alternate, show
from seqgen import api
from seqgen.api.asking import Request
from seqgen.api.preparing import documents_of
from seqgen.codec import Codec
from seqgen.tokenizer import Tokenizer
from seqgen_words import Bpe, Words

CORPORA = ("sherlock", "python-reference")
ENCODE, DECODE = Goal("value", "least", 5), Goal("value", "least", 10)
EXACT, BETTER = Goal("value", "most", 0), Goal("ratio", "most", 1)
KINDS: tuple[type[Tokenizer], ...] = (Words, Bpe)
STRINGS, LONGEST, TURNS = 100_000, 40, 5
PLAIN = 200_000
"""Characters that the plain twins are timed on."""
SCRIPTS = (
    *((0x20, 0x7F), (0x09, 0x0E), (0xA0, 0x250), (0x300, 0x370), (0x400, 0x500), (0x590, 0x700), (0x900, 0xE80)),
    *((0x2000, 0x2070), (0x3000, 0x3100), (0x4E00, 0x5000), (0xD800, 0xE000), (0xFE00, 0xFE10), (0x1F300, 0x1F700)),
    (0, 0x110000),
)
"""Ranges of code points that random strings are drawn from."""


def main(arguments: Sequence[str]) -> None:
    """Print speeds, differences, and bits per character."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """Which corpora, for how long; 0 minutes leaves out training."""
    parser.add_argument("--corpora", nargs="+", default=list(CORPORA), metavar="CORPUS")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], metavar="SEED")


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """One tokenizer and corpus after the other."""
    if given.quick:
        vars(given).update(corpora=["fantasy-names"], minutes=0.01)
    for corpus in given.corpora:
        for kind in KINDS:
            codec = api.prepare(corpus, domain="words", tokenizer=kind.name).store.codec
            texts = _texts(corpus)
            yield from _speeds(f"{corpus}, {kind.name}", codec, texts, turns=1 if given.quick else TURNS)
            different = sum("".join(codec.tokenizer.join(symbols_of(codec.tokenizer, text))) != text for text in texts)
            yield Figure(f"{corpus}, {kind.name}, documents that differ", "documents", different, goal=EXACT)
            strings = STRINGS // (100 if given.quick else 1)
            found = sum(_differs(codec.tokenizer, text) for text in random_strings(strings))
            yield Figure(f"{corpus}, {kind.name}, random strings that differ", f"of {strings:,}", found, goal=EXACT)
    for corpus in given.corpora if given.minutes else ():
        for seed in given.seeds:
            yield from _quality(corpus, seed, minutes=given.minutes)


def random_strings(count: int) -> Iterator[str]:
    """Strings of all scripts, of single ones, and of what text is mostly made of."""
    draw = random.Random(0)
    for _ in range(count):
        scripts = draw.choices(SCRIPTS, k=draw.randint(1, 4))
        points = (draw.randrange(*draw.choice(scripts)) for _ in range(draw.randint(0, LONGEST)))
        spaced = (chr(point) if draw.random() < 0.8 else draw.choice(" \n\t\r.,\"'-*`(") for point in points)
        yield "".join(spaced)


def _texts(corpus: str) -> list[str]:
    contents = (document.content for document in documents_of(Request.sort(corpus, "words", {}))())
    return [content if isinstance(content, str) else "".join(content) for content in contents]


def _speeds(name: str, codec: Codec, texts: Sequence[str], *, turns: int) -> Iterator[Figure]:
    tokenizer = codec.tokenizer
    short = "\n".join(texts)[:PLAIN]
    symbols = [symbols_of(tokenizer, text) for text in texts]
    encode = [
        pace(lambda: [list(codec.encode(text)) for text in texts], texts),
        pace(lambda: list(tokenizer.split(short)), [short]),
    ]
    own_rates, base = alternate(encode, turns)
    yield Figure.beside(f"{name}, encode", "MB/s", own=own_rates, base=base, goal=ENCODE)
    plain = symbols_of(tokenizer, short)
    decode = [
        pace(lambda: ["".join(tokenizer.join(each)) for each in symbols], texts),
        pace(lambda: tokenizer.writer().whole(plain), [short]),
    ]
    own_rates, base = alternate(decode, turns)
    yield Figure.beside(f"{name}, decode", "MB/s", own=own_rates, base=base, goal=DECODE)


def pace(work: Callable[[], object], texts: Sequence[str]) -> Work:
    """Does the work once and gives megabytes a second; once more before, to warm up."""
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6
    work()

    def turn() -> float:
        start = time.perf_counter()
        work()
        return size / (time.perf_counter() - start)

    return turn


def symbols_of(tokenizer: Tokenizer, text: str) -> list[str]:
    """The symbols of a text, by the definition, without boundaries."""
    return [symbol for symbol in tokenizer.split(text) if isinstance(symbol, str)]


def _differs(tokenizer: Tokenizer, text: str) -> bool:
    symbols = symbols_of(tokenizer, text)
    return not "".join(tokenizer.join(symbols)) == tokenizer.writer().whole(symbols) == text


def _quality(corpus: str, seed: int, *, minutes: float) -> Iterator[Figure]:
    chars = own.run(corpus, minutes=minutes, seed=seed)
    for kind in KINDS:
        run = own.run(corpus, minutes=minutes, seed=seed, domain="words", tokenizer=kind.name)
        for way in ("carried", "cold_256"):
            bits, base = run.bits(way), chars.bits(way)
            goal = BETTER if way == "carried" else None
            yield Figure(
                f"{corpus}, seed {seed}, {minutes:g} min, {kind.name}, {way}",
                "bits per character",
                bits,
                base,
                bits / base,
                goal,
            )


if __name__ == "__main__":
    main(sys.argv[1:])

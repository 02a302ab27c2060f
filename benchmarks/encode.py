"""How fast `chars` turns text into ids: the vectorised `encode` beside the plain one that walks `split`.

The goal is set for ASCII text without levels, in megabytes of UTF-8.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from benchmarks.measuring import Figure, Goal, Work, alternate, show
from seqgen.tokenizer import Tokenizer
from seqgen.vocabulary import Vocabulary
from seqgen_chars import Chars

GOAL = Goal("value", "least", 100)
MARKED = ("chapter", "page", "paragraph")
ENGLISH = 3 * "Anna went down to the sea, and there she stayed,\nlooking at the ships. " + "\n\n"
RUSSIAN = 3 * "Анна ушла к морю и осталась там,\nи смотрела на корабли. " + "\n\n"
CHINESE = 3 * "安娜去了海边。她留在那里。看着船。" + "\n\n"
CASES = {
    "ASCII, no levels": (ENGLISH, Chars(), GOAL),
    "ASCII, all levels": (ENGLISH, Chars(levels=MARKED), None),
    "ASCII, all levels, paged": (ENGLISH, Chars(levels=MARKED, page_lines=40), None),
    "Cyrillic, no levels": (RUSSIAN, Chars(), None),
    "Cyrillic, all levels": (RUSSIAN, Chars(levels=MARKED), None),
    "Chinese, no levels": (CHINESE, Chars(), None),
}
FAST, PLAIN, DOCUMENTS = 20_000_000, 500_000, 32_000
"""Characters for each of the two, and tiny documents of 9 characters."""
QUICK, TURNS = 100, 5
"""The quick form does so much less."""

Encode = Callable[[str, Vocabulary], Iterable[object]]


def main(arguments: Sequence[str]) -> None:
    """Print one figure a case, then one for many tiny documents."""
    show(figures, arguments, about=__doc__)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Megabytes a second."""
    less, turns = (QUICK, 1) if given.quick else (1, TURNS)
    for name, (phrase, chars, goal) in CASES.items():
        vocabulary = Vocabulary(("document", *MARKED), sorted(set(phrase)))
        fast = encoding(chars.encode, [_text(phrase, FAST // less)], vocabulary)
        plain = encoding(partial(Tokenizer.encode, chars), [_text(phrase, PLAIN // less)], vocabulary)
        own, base = alternate([fast, plain], turns)
        yield Figure.beside(name, "MB/s", own=own, base=base, goal=goal)
    names, digits = [f"name{i:05}" for i in range(DOCUMENTS // less)], Vocabulary(("document",), list("name0123456789"))
    works = [encoding(each, names, digits) for each in (Chars().encode, partial(Tokenizer.encode, Chars()))]
    own, base = alternate(works, turns)
    yield Figure.beside("documents of 9 characters", "MB/s", own=own, base=base, goal=None)


def encoding(encode: Encode, texts: Sequence[str], vocabulary: Vocabulary) -> Work:
    """Encodes the texts and gives megabytes of UTF-8 a second."""
    size = sum(len(text.encode()) for text in texts) / 1e6

    def turn() -> float:
        start = time.perf_counter()
        for text in texts:
            for _ in encode(text, vocabulary):
                pass
        return size / (time.perf_counter() - start)

    return turn


def _text(phrase: str, length: int) -> str:
    return phrase * (length // len(phrase))


if __name__ == "__main__":
    main(sys.argv[1:])

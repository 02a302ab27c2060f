"""How fast `chars` turns text into ids: the vectorised `encode` beside the plain one that walks `split`, in one run.

Run as `python -m benchmarks.encode`. The goal is 100 MB/s of ASCII text without levels.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial

from seqgen.tokenizer import Tokenizer
from seqgen.vocabulary import Vocabulary
from seqgen_chars import Chars

MARKED = ("chapter", "page", "paragraph")
ENGLISH = 3 * "Anna went down to the sea, and there she stayed,\nlooking at the ships. " + "\n\n"
RUSSIAN = 3 * "Анна ушла к морю и осталась там,\nи смотрела на корабли. " + "\n\n"
CHINESE = 3 * "安娜去了海边。她留在那里。看着船。" + "\n\n"
CASES = {
    "ASCII, no levels": (ENGLISH, Chars()),
    "ASCII, all levels": (ENGLISH, Chars(levels=MARKED)),
    "ASCII, all levels, paged": (ENGLISH, Chars(levels=MARKED, page_lines=40)),
    "Cyrillic, no levels": (RUSSIAN, Chars()),
    "Cyrillic, all levels": (RUSSIAN, Chars(levels=MARKED)),
    "Chinese, no levels": (CHINESE, Chars()),
}
FAST, PLAIN = 20_000_000, 500_000
"""Characters for each of the two."""
NAMES = [f"name{i}" for i in range(32_000)]


def main() -> None:
    """Print one line a case, then one for many tiny documents."""
    for name, (phrase, chars) in CASES.items():
        vocabulary = Vocabulary(("document", *MARKED), sorted(set(phrase)))
        fast = speed(chars.encode, _text(phrase, FAST), vocabulary)
        plain = speed(partial(Tokenizer.encode, chars), _text(phrase, PLAIN), vocabulary)
        print(f"{name:26} {fast:8.0f} MB/s   plain {plain:6.1f} MB/s   ratio {fast / plain:6.1f}")
    chars = Chars()
    seconds = _least(lambda: [list(chars.encode(name, vocabulary)) for name in NAMES])
    print(f"{len(NAMES)} documents of 9 characters: {seconds / len(NAMES) * 1e6:.1f} microseconds each")


def speed(encode: Callable[[str, Vocabulary], Iterable[object]], text: str, vocabulary: Vocabulary) -> float:
    """Megabytes of UTF-8 a second, the best of three."""
    return len(text.encode()) / 1e6 / _least(lambda: [None for _ in encode(text, vocabulary)])


def _text(phrase: str, length: int) -> str:
    return phrase * (length // len(phrase))


def _least(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()

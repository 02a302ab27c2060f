"""How fast a text becomes a store, and how much anonymous memory that takes, beside a text of a quarter of its length.

The file is one document. The goal is set for 1,000 MB. RssAnon is sampled, for the pages of mapped files are not
counted: the system may drop them. Linux only.
"""

import argparse
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.measuring import ROOT, Figure, Goal, show
from seqgen.store import Split, prepare
from seqgen.text import TextOptions, read_documents
from seqgen_chars import Chars

GOAL, GOAL_LENGTH = Goal("value", "most", 300), 1000
"""Megabytes of anonymous memory, for so many megabytes of text."""
INTERVAL = 0.01
QUICK = {"megabytes": 4}


def main(arguments: Sequence[str]) -> None:
    """Print memory and speed."""
    if arguments[:1] == ["--work"]:
        work(*map(Path, arguments[1:3]), levels=arguments[3:])
    else:
        show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """How much text, with which boundaries."""
    parser.add_argument("--megabytes", type=int, default=GOAL_LENGTH)
    parser.add_argument("--levels", nargs="*", default=[], metavar="LEVEL", help="such as: chapter paragraph")


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Megabytes of memory, and megabytes of text a second, each beside those of the shorter text."""
    if given.quick:
        vars(given).update(QUICK)
    length = given.megabytes
    base, own = (measure(each, given.levels) for each in (max(1, length // 4), length))
    goal = GOAL if length >= GOAL_LENGTH else None
    yield Figure(f"{length:,} MB of text, anonymous memory", "MB", own[1], base[1], own[1] / base[1], goal)
    yield Figure(f"{length:,} MB of text, speed", "MB/s", own[0], base[0], own[0] / base[0])


def measure(megabytes: int, levels: Sequence[str]) -> tuple[float, float]:
    """Megabytes a second, and the most megabytes of anonymous memory, in preparing a text of that length."""
    with TemporaryDirectory() as folder:
        text = Path(folder, "text.txt")
        write_text(text, megabytes)
        options = ["--work", str(text), str(Path(folder, "store")), *levels]
        start, peak = time.perf_counter(), 0.0
        with subprocess.Popen([sys.executable, "-m", "benchmarks.prepare", *options], cwd=ROOT) as process:
            while process.poll() is None:
                peak = max(peak, anonymous(process.pid))
                time.sleep(INTERVAL)
        if process.returncode:
            raise SystemExit(process.returncode)
        return megabytes / (time.perf_counter() - start), peak


def work(text: Path, store: Path, *, levels: Sequence[str]) -> None:
    """Prepare the text into the store: what is measured, in a process of its own."""
    notes: Counter[str] = Counter()
    chars = Chars(levels=tuple(levels))
    prepare(lambda: read_documents(text, TextOptions(), notes), chars, store, split=Split(), seed=0, notes=notes)


def write_text(path: Path, megabytes: int) -> None:
    """Paragraphs of made-up words, some with letters outside ASCII."""
    block = made_up().encode()
    with path.open("wb") as file:
        for _ in range(round(megabytes * 1e6 / len(block))):
            file.write(block)


def made_up(seed: int = 0) -> str:
    """About a million bytes of them."""
    random = np.random.default_rng(seed)
    lengths, letters = random.integers(1, 11, 170_000), random.choice(list("etaoinshrdlcumwfgypbvkjxqzé"), 1_000_000)
    words = ["".join(letters[end - n : end]) for n, end in zip(lengths, np.cumsum(lengths), strict=True)]
    lines = [" ".join(words[i : i + 12]) for i in range(0, len(words), 12)]
    return "\n".join(line + "." * (i % 5 == 4) + "\n" * (i % 5 == 4) for i, line in enumerate(lines)) + "\n\n"


def anonymous(pid: int) -> float:
    """Megabytes of anonymous memory that a process holds now; 0 when it is gone."""
    try:
        found = re.search(r"^RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


if __name__ == "__main__":
    main(sys.argv[1:])

"""How fast a text becomes a store, and how much anonymous memory that takes whatever its length.

Run as `python -m benchmarks.prepare [--megabytes N] [--levels chapter,paragraph]`. The goal is 1,000 MB within 300 MB.
The file is one document. RssAnon is sampled, for the pages of mapped files are not counted: the system may drop them.
Linux only.
"""

import argparse
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from seqgen.store import PARTS, Split, prepare
from seqgen.text import TextOptions, read_documents
from seqgen_chars import Chars

GOAL = 300
"""Megabytes of anonymous memory."""
INTERVAL = 0.01


def main(arguments: Sequence[str] = ()) -> None:
    """Prepare a synthetic text in a process of its own and print what it took, for two lengths: memory stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--levels", default="")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.work:
        return work(*map(Path, given.work), levels=given.levels)
    for megabytes in (given.megabytes // 4, given.megabytes):
        seconds, peak = measure(megabytes, given.levels)
        verdict = "within" if peak <= GOAL else "ABOVE"
        print(
            f"{megabytes:5} MB in {seconds:6.1f} s, {megabytes / seconds:5.1f} MB/s, {peak:4.0f} MB anonymous", end=""
        )
        print(f", {verdict} the goal of {GOAL}", flush=True)


def measure(megabytes: int, levels: str) -> tuple[float, float]:
    """Seconds, and the most megabytes of anonymous memory, to prepare a text of that length."""
    with TemporaryDirectory() as folder:
        text = Path(folder, "text.txt")
        write_text(text, megabytes)
        options = [f"--levels={levels}", "--work", str(text), str(Path(folder, "store"))]
        start, peak = time.perf_counter(), 0.0
        with subprocess.Popen([sys.executable, "-m", "benchmarks.prepare", *options]) as process:
            while process.poll() is None:
                peak = max(peak, anonymous(process.pid))
                time.sleep(INTERVAL)
        if process.returncode:
            raise SystemExit(process.returncode)
        return time.perf_counter() - start, peak


def work(text: Path, store: Path, *, levels: str) -> None:
    """Prepare the text into the store."""
    notes: Counter[str] = Counter()
    chars = Chars(levels=tuple(levels.split(",")) if levels else ())
    made = prepare(lambda: read_documents(text, TextOptions(), notes), chars, store, split=Split(), seed=0, notes=notes)
    print(
        f"{sum(map(made.characters, PARTS)):,} characters, {made.codec.vocabulary.size} ids, {made.header.dtype}: ",
        end="",
    )


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

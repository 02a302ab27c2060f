"""Tiny corpora, and runs on them small enough to be made by the dozen."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

WORDS = "ash bright cold deep elm fern gold hill iron jade kelp lake moss night oak pine quiet rain stone tide".split()
SMALL: dict[str, Any] = {
    "width": 32,
    "embedding": 16,
    "lanes": 4,
    "window": 16,
    "threads": 1,
    "device": "cpu",
    "precision": "float32",
    "sample_length": 20,
}
"""Options of a run that takes a fraction of a second, and gives the same bits each time."""


def book(*, lines: int = 60, seed: int = 0) -> str:
    """Lines of three words, a blank line after every fifth."""
    draw = random.Random(seed)
    ends = ("\n", "\n", "\n", "\n", "\n\n")
    return "".join(" ".join(draw.choices(WORDS, k=3)) + ends[k % 5] for k in range(lines))


def write_book(folder: Path, *, lines: int = 60, seed: int = 0) -> Path:
    """A book in a file of its own."""
    path = folder / "book.txt"
    path.write_text(book(lines=lines, seed=seed), encoding="utf-8")
    return path


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a run, whole."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums are taken in one order only on a fixed number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)

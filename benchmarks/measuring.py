"""What every benchmark shares: figures and goals, measuring in turns, and the ways to print.

Works that are compared take turns, in reverse order every other time, for other work on the machine comes and goes.
The ratio is the median of the ratios turn by turn: neighbours in time share the machine's mood, medians apart do not.
"""

import argparse
import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self

from seqgen.errors import SeqgenError

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: benchmarks that start themselves anew do so from here."""

Work = Callable[[], float]
"""Does its part of a turn and gives what it measured."""


@dataclass(frozen=True)
class Goal:
    """What a figure should reach."""

    of: Literal["value", "ratio"]
    at: Literal["least", "most"]
    limit: float

    def reached(self, value: float) -> bool:
        """Whether that value is good enough."""
        return value >= self.limit if self.at == "least" else value <= self.limit

    def __str__(self) -> str:
        return f"{self.of} at {self.at} {number(self.limit)}"


@dataclass(frozen=True)
class Figure:
    """One thing measured, in `unit`; where there is a baseline, both and their ratio, value to baseline."""

    figure: str
    unit: str
    value: float
    baseline: float | None = None
    ratio: float | None = None
    goal: Goal | None = None

    @classmethod
    def beside(cls, figure: str, unit: str, *, own: Sequence[float], base: Sequence[float], goal: Goal | None) -> Self:
        """The figure of two works that took turns."""
        ratio = statistics.median(a / b for a, b in zip(own, base, strict=True))
        return cls(figure, unit, statistics.median(own), statistics.median(base), ratio, goal)

    @property
    def reached(self) -> bool | None:
        """Whether the goal is; None without one, or without what it is set for."""
        found = self.value if self.goal and self.goal.of == "value" else self.ratio
        return None if self.goal is None or found is None else self.goal.reached(found)


def alternate(works: Sequence[Work], turns: int) -> list[list[float]]:
    """What each of the works gave, turn by turn."""
    found: list[list[float]] = [[] for _ in works]
    for turn in range(turns):
        order = range(len(works)) if turn % 2 == 0 else reversed(range(len(works)))
        for index in order:
            found[index].append(works[index]())
    return found


def pace(steps: Iterator[int], *, count: int = 10, warm: int = 5, wait: Callable[[], object] = lambda: None) -> Work:
    """Takes `count` steps of a training a turn, each given as its symbols, and gives symbols a second.

    The first steps of all, and the first of each turn, which finds the caches full of others' data, are left out.
    `wait` waits for a device that works ahead.
    """

    def turn() -> float:
        next(steps)
        wait()
        start = time.perf_counter()
        symbols = sum(islice(steps, count))
        wait()
        return symbols / (time.perf_counter() - start)

    for _ in range(warm):
        next(steps)
    return turn


Measure = Callable[[argparse.Namespace], Iterator[Figure]]
"""A benchmark: options in, figures out, one by one. `quick` asks for a form that runs in seconds and proves nothing."""
Options = Callable[[argparse.ArgumentParser], None]
"""Adds what a benchmark can be asked for."""


def show(measure: Measure, arguments: Sequence[str], *, about: str | None, options: Options | None = None) -> None:
    """Print the figures as they come: one line each, for reading, as JSON, or as rows for docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser)
    if options:
        options(parser)
    given = parser.parse_args(arguments)
    print(f"{today()}, {hardware()}, {software()}", file=sys.stderr)
    if given.quick:
        print("The quick form shows that the benchmark works; its figures mean nothing.", file=sys.stderr)
    try:
        for figure in measure(given):
            if given.quick:
                figure = replace(figure, goal=None)
            print(json.dumps(to_json(figure, given)) if given.json else row(figure) if given.rows else line(figure))
            sys.stdout.flush()
    except SeqgenError as why:
        print(f"Error: {why}", file=sys.stderr)
        raise SystemExit(why.exit_code) from why


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options of every benchmark."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object for each figure, one a line")
    form.add_argument("--rows", action="store_true", help="rows for the tables of docs/benchmarks.md")
    parser.add_argument("--quick", action="store_true", help="a form that runs in seconds, to see that it works")


def to_json(figure: Figure, given: argparse.Namespace) -> dict[str, Any]:
    """A figure as a JSON value, with where and how it was measured."""
    goal = None if figure.goal is None else str(figure.goal)
    told = {"reached": figure.reached, "quick": given.quick, "date": today(), "hardware": hardware()}
    return vars(figure) | {"goal": goal} | told


def line(figure: Figure) -> str:
    """A figure for reading."""
    text = f"{figure.figure:44} {number(figure.value):>9} {figure.unit}"
    if figure.baseline is not None:
        text += f", baseline {number(figure.baseline)}"
    if figure.ratio is not None:
        text += f", ratio {number(figure.ratio)}"
    return text if figure.goal is None else f"{text}; {'reaches' if figure.reached else 'MISSES'} {figure.goal}"


def row(figure: Figure) -> str:
    """A figure as a row of a table."""
    known = [figure.baseline, figure.ratio]
    cells = [figure.figure, today(), hardware(), f"{number(figure.value)} {figure.unit}"]
    cells += ["none" if each is None else number(each) for each in known]
    return f"| {' | '.join(cells)} | {figure.goal or 'none'} |"


def number(value: float) -> str:
    """Four digits, or all that stand before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def today() -> str:
    """The date, as in YYYY-MM-DD."""
    return datetime.now(UTC).date().isoformat()


def hardware() -> str:
    """The processor's name and how many of its cores this process may use."""
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{found[1] if found else platform.processor() or platform.machine()}, {cores} cores"


def software() -> str:
    """The versions that matter."""
    return ", ".join(
        [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in ("torch", "numpy"))]
    )

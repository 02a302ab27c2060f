"""Stacks of cells side by side: the same corpus and budget, all else by default, or as each stack asks for.

A stack is the name of a cell, or several with commas and no spaces between them, and after it any settings of training:
"lstm", "gru width=256", "rg-lru,rg-lru,lstm layers=2 norm=true". The first stack is the baseline of the others. Bits
per character are those of the whole validation part. Symbols a second leave looks at it out; seconds do not. A stack
that has fewer steps than the budget allows was stopped early.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import own
from benchmarks.measuring import Figure, number, show
from benchmarks.own import Run
from seqgen import api
from seqgen.api.asking import Request
from seqgen.api.session import new_record
from seqgen.errors import UsageError
from seqgen.nn import keep_memory

WAYS = ("carried", "cold_256")
COLUMNS = ("corpus", "stack", "seed", "parameters", "symbols/s", "steps", "seconds", *WAYS)
QUICK = {"corpora": ["fantasy-names"], "seeds": [0], "minutes": None, "steps": 5}
QUICK_STACKS = ("rnn width=32", "lstm,gru width=32 norm=true")


def main(arguments: Sequence[str]) -> None:
    """Print the figures of every corpus, seed and stack."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """Which stacks are trained, on what, and for how long."""
    parser.add_argument("--stacks", nargs="+", default=["lstm", "gru", "rnn"], metavar="STACK", help="see above")
    parser.add_argument("--corpora", nargs="+", default=["tinyshakespeare"], metavar="CORPUS")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], metavar="SEED")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--minutes", type=float, help="1, if no budget is given")
    budget.add_argument("--steps", type=int)
    parser.add_argument("--table", type=Path, metavar="FILE.md", help="write a table with a row for each run")


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Parameters, speed, steps and quality of each stack."""
    if given.quick:
        vars(given).update(QUICK, stacks=QUICK_STACKS)
    budget = {"minutes": given.minutes, "steps": given.steps}
    stacks = {text: parse(text) | budget for text in given.stacks}
    check(stacks, given.corpora)
    keep_memory()
    rows = []
    for corpus, seed in product(given.corpora, given.seeds):
        base = None
        for text, settings in stacks.items():
            run = own.run(corpus, seed=seed, **settings)
            base = base or run
            yield from compare(f"{corpus}, seed {seed}, {text}", run, base)
            rows.append(row(corpus, text, seed, run))
            if given.table:
                given.table.write_text(table(rows), "utf-8")


def parse(text: str) -> dict[str, Any]:
    """The settings that `CELLS NAME=VALUE ...` stands for; a value is JSON where it can be, else a word.

    Raises UsageError for a stack that is not so written.
    """
    cells, *given = text.split() or [""]
    if not cells or "=" in cells or not all("=" in each for each in given):
        raise UsageError(f"the stack {text!r}", "it is not cells and then settings", "Write 'lstm width=256 norm=true'")
    return {"cell": cells} | {name: _value(value) for name, _, value in (each.partition("=") for each in given)}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def check(stacks: dict[str, dict[str, Any]], corpora: Sequence[str]) -> None:
    """Raise UsageError for what could not be trained, before an hour has gone into the others."""
    for corpus, settings in product(corpora, stacks.values()):
        new_record(Request.sort(corpus, "chars", settings), api.prepare(corpus))


def compare(name: str, run: Run, base: Run) -> Iterator[Figure]:
    """One stack beside the first."""
    for unit in ("parameters", "steps", "seconds"):
        value, other = getattr(run, unit), getattr(base, unit)
        yield Figure(name, unit, value, other, value / other)
    yield Figure(name, "symbols/s", run.speed, base.speed, run.speed / base.speed)
    for way in WAYS:
        value, other = run.bits(way), base.bits(way)
        yield Figure(f"{name}, {way}", "bits per character", value, other, value / other)


def row(corpus: str, stack: str, seed: int, run: Run) -> str:
    """A run as a row of the table."""
    counts = [number(each) for each in (run.parameters, run.speed, run.steps, run.seconds)]
    cells = [corpus, f"`{stack}`", str(seed), *counts, *(f"{run.bits(way):.3f}" for way in WAYS)]
    return f"| {' | '.join(cells)} |"


def table(rows: Sequence[str]) -> str:
    """The rows under their header."""
    return "\n".join([f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}", *rows, ""])


if __name__ == "__main__":
    main(sys.argv[1:])

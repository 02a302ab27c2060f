"""What strategies are worth: one-to-one, many-to-one and one-to-many, in equal time; see `worth` for how it is fair.

The first row of each corpus, one-to-one with a reset at each document, is the baseline of the others and the same run
as in `resets`, if both are given the same `--out`. `python -m benchmarks.report` makes the tables and plots of
docs/strategies.md of what it keeps.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

from benchmarks import worth
from benchmarks.measuring import Figure, show
from benchmarks.worth import Contest


def main(arguments: Sequence[str]) -> None:
    """Print the figures of every corpus and seed."""
    show(figures, arguments, about=__doc__, options=worth.options)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Bits per character."""
    return worth.figures(given, contenders)


def contenders(contest: Contest) -> Sequence[str]:
    """One-to-one and the two others."""
    return (worth.BASE, *worth.STRATEGIES)


if __name__ == "__main__":
    main(sys.argv[1:])

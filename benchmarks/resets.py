"""What resets are worth: every reset that a corpus has, one-to-one, in equal time; see `worth` for how it is fair.

The first row of each corpus, the reset at a document, is the baseline of the others. `python -m benchmarks.report`
makes the tables and plots of docs/strategies.md of what `--out` keeps.
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
    """Every reset of the corpus."""
    return contest.resets


if __name__ == "__main__":
    main(sys.argv[1:])

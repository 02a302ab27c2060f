"""What reading found: findings with their places, and what is counted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from seqgen.errors import InputError

HANDFUL = 5
"""Findings of one kind in one track that are listed; the others are counted."""
HEADER = -1
"""The number of the track where a finding is none's."""


class Refused(InputError):
    """A file that is no MIDI at all, or is over a limit."""


class Kind(NamedTuple):
    """A kind of finding: what was found, and what was done about it."""

    what: str
    remedy: str


class Finding(NamedTuple):
    """Something wrong in a file.

    `offset` is the byte where the event begins with its delta time, or the chunk; `track` that of the file, from 0, and
    -1 for none; `what` and `remedy` are the same words wherever the same is found.
    """

    offset: int
    track: int
    what: str
    remedy: str


@dataclass(frozen=True)
class Report:
    """What reading a file met.

    `findings` lists what was wrong, of each kind a handful a track; `counts` says how often each kind occurred.
    `noted` counts what is unusual and was kept as it is, `dropped` what a Score has no place for. Each of the three is
    pairs of a phrase and a number, sorted. `notes` is the number of notes that were read.
    """

    findings: tuple[Finding, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    noted: tuple[tuple[str, int], ...] = ()
    dropped: tuple[tuple[str, int], ...] = ()
    notes: int = 0


Counts = defaultdict[str, int]


class Tally:
    """Collects findings and counts of one track, or of the header."""

    def __init__(self, track: int = HEADER) -> None:
        self.track, self.findings = track, list[Finding]()
        self.counts, self.noted, self.dropped = Counts(int), Counts(int), Counts(int)

    def add(self, kind: Kind, offset: int, *, count: int = 1) -> None:
        """A finding, or several of one kind at one place."""
        if self.counts[kind.what] < HANDFUL:
            self.findings.append(Finding(offset, self.track, *kind))
        self.counts[kind.what] += count


def report_of(tallies: Sequence[Tally], notes: int) -> Report:
    """The report on a score that was made of these."""
    return Report(
        tuple(finding for each in tallies for finding in each.findings),
        _pairs(each.counts for each in tallies),
        _pairs(each.noted for each in tallies),
        _pairs(each.dropped for each in tallies),
        notes,
    )


def _pairs(tallied: Iterable[Counts]) -> tuple[tuple[str, int], ...]:
    """The sums, sorted."""
    total = Counts(int)
    for counts in tallied:
        for what, count in counts.items():
            total[what] += count
    return tuple(sorted((what, count) for what, count in total.items() if count))

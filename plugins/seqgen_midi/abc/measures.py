"""The measures of a tune as written: what stands between its bar lines, and what those say."""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from seqgen_midi.abc.fields import KeySignature, Signature
from seqgen_midi.abc.lexing import endings

_BAR = re.compile(r"(:*)([^\d:]*?)(:*)[ \t]*(?:\[?([\d,-]+))?")
MOST = 99
"""How often a part is played at most."""


@dataclass(frozen=True)
class Setting:
    """What holds where a note stands: metre, unit of length in whole notes, key, microseconds per quarter."""

    metre: Signature
    unit: Fraction
    key: KeySignature
    micros: int


class Event(NamedTuple):
    """Notes struck together, or a rest, which has no pitches; `length` in whole notes. `tied` pitches go on."""

    pitches: tuple[int, ...]
    length: Fraction
    tied: frozenset[int]
    setting: Setting
    line: int


@dataclass
class Measure:
    """What stands between two bar lines.

    `opens`: a repeat begins here; `times`: how often what it ends is played, 0 if nothing is repeated; `strong`: the
    bar line behind it is a double one or has a repeat; `endings`: the numbers of the ending in which it stands, if any.
    """

    events: list[Event] = field(default_factory=list)
    opens: bool = False
    times: int = 0
    strong: bool = False
    endings: frozenset[int] = frozenset()

    @property
    def length(self) -> Fraction:
        """How long it is, in whole notes."""
        return sum((event.length for event in self.events), Fraction(0))


class Measures:
    """Measures one after another: `closed`, and the one that is being filled."""

    def __init__(self) -> None:
        self.closed, self._open = list[Measure](), Measure()

    @property
    def events(self) -> list[Event]:
        """Those of the measure that is being filled."""
        return self._open.events

    def bar(self, text: str) -> None:
        """Take a bar line, or the sign of an ending, which stands behind one if it is where it should be."""
        match = _BAR.fullmatch(text)
        before, line, after, numbers = match.groups() if match else ("", "|", "", "")
        if not line:  # `::` ends a repeat and begins another
            before, after = before[: len(before) // 2], before[len(before) // 2 :]
        strong = bool(before or after or numbers or len(line) > 1)
        self.close(min(len(before) + 1, MOST) if before else 0, strong=strong)
        self._open.opens |= bool(after)
        if numbers:
            self._open.endings = endings(numbers)

    def close(self, times: int = 0, *, strong: bool = False) -> None:
        """End a measure; a bar line right behind another one only adds to it."""
        if self.events:
            self.closed.append(self._open)
            within = frozenset[int]() if strong else self._open.endings
            self._open = Measure(endings=within)
        elif strong:
            self._open.endings = frozenset()
        if self.closed:
            last = self.closed[-1]
            last.times, last.strong = max(last.times, times), last.strong or strong

"""A sample in one lane of many, and what lanes need before they draw: beginnings, and random numbers.

Shapes: B lanes, T rows of a table, V vocabulary.
"""

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Self, cast

import numpy as np

from seqgen import labels
from seqgen.codec import Codec, Prompt
from seqgen.constraint import Constraint
from seqgen.errors import SeqgenError
from seqgen.generation.generate import Course
from seqgen.generation.picking import Numbers
from seqgen.generation.reader import Read, Reader
from seqgen.generation.readers import Ids, Mask
from seqgen.generation.settings import GenerateSettings
from seqgen.generation.stopping import Drawn, written
from seqgen.generation.voice import Resumed, Solo
from seqgen.playing.weights import Vector
from seqgen.tokenizer import Writer

ROWS = 256
"""Rows of a table: what is done a row at a time is done with a whole table after so many steps."""
KEPT = 64
"""Beginnings that are kept at most, for other samples that begin alike."""


class Row:
    """The reading of a lane, as one sees it who draws in it: what is read, all lanes read together."""

    logits_V: Vector

    def read(self, id: int) -> None:
        """The lanes read it."""

    def begin_block(self) -> None:
        """The lanes know."""

    def logits(self) -> Vector:
        """The logits_V of the next symbol."""
        return self.logits_V

    def copy(self) -> Self:
        """There is nothing to go its own way."""
        return self


@dataclass
class Track:
    """A sample: what has been drawn of it and how it goes on.

    `since` is the row of the table of what was drawn from which on its symbols are still there alone. `drawing` draws
    where the lane draws apart, `given` is still to be read before the next draw, and `tail` is the end of the text, in
    which a stop may have begun.
    """

    lane: int
    course: Course
    labels: tuple[int, ...]
    drawing: Iterator[Drawn]
    state: Hashable
    tail: str = ""
    since: int = 0
    given: deque[int] = field(default_factory=deque)
    ids: list[int] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    over: bool = False
    failed: SeqgenError | None = None

    def stops(self, each: Drawn, stops: Sequence[str], writer: Writer) -> bool:
        """Whether one of the stops ends with what this symbol adds; `hold_back` says where it began."""
        added, self.state = written(each, writer, self.state)
        text = self.tail + added
        self.tail = text[max(0, len(text) - max(map(len, stops)) + 1) :]
        return any(stop in text for stop in stops)


class Dice:
    """The random numbers of each lane: those of its sample, in their order."""

    def __init__(self, lanes: int) -> None:
        self._numbers_TB, self._at_B = np.zeros((ROWS, lanes)), np.zeros(lanes, np.intp)
        self._sources: list[Iterator[float]] = [iter(())] * lanes

    def begin(self, lane: int, numbers: Iterator[float]) -> None:
        """Give a lane these numbers from now on."""
        self._sources[lane] = numbers
        self._refill(lane)

    def roll(self, draws_B: Mask) -> Numbers:
        """A number for each lane, which is used up where it draws."""
        rolled_B: Numbers = self._numbers_TB[self._at_B, np.arange(len(self._at_B))]
        self._at_B += draws_B
        if self._at_B.max() == ROWS:
            for lane in np.flatnonzero(self._at_B == ROWS).tolist():
                self._refill(lane)
        return rolled_B

    def keep(self, lanes: Ids) -> None:
        """Go on with these lanes alone."""
        self._numbers_TB, self._at_B = self._numbers_TB[:, lanes], self._at_B[lanes]
        self._sources = [self._sources[lane] for lane in lanes.tolist()]

    def _refill(self, lane: int) -> None:
        self._numbers_TB[:, lane], self._at_B[lane] = np.fromiter(islice(self._sources[lane], ROWS), float, ROWS), 0


class Beginnings:
    """Samples of which nothing is drawn; what is the same for several is read once."""

    def __init__(self, voice: Solo | Resumed, codec: Codec, settings: GenerateSettings) -> None:
        self._voice, self._codec, self._settings = voice, codec, settings
        self._kept: dict[Hashable, tuple[Prompt, Course, Read]] = {}

    def of(self, prompt: Prompt, constraint: Constraint | None, sample: int) -> tuple[Course, Read]:
        """A sample at the end of its prompt, which others may have too, and what its reader remembers."""
        codec = self._codec
        given = labels.named(codec.vocabulary, prompt.ids)
        own = labels.drawn(codec, given, seed=self._settings.seed, sample=sample) if prompt.before is None else ()
        whole = replace(prompt, ids=(*own, *prompt.ids[len(given) :])) if own else prompt
        key = whole.ids, id(constraint)
        if key in self._kept and self._kept[key][0] == whole:
            return self._kept[key][1:]
        if len(self._kept) == KEPT:
            self._kept.clear()
        course = Course(self._voice, codec, self._settings, prompt=whole, constraint=constraint, sample=sample)
        read = cast(Reader, course.reader).state()
        self._kept[key] = whole, course, read
        return course, read

"""What may be said next in `remi`, as a small record, and the mask that it stands for.

Shapes: V vocabulary.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqgen.constraint import Mask
from seqgen.vocabulary import Vocabulary
from seqgen_midi.bars import bar_length
from seqgen_midi.score import Metre
from seqgen_midi.tokenizers.grid import WHOLES
from seqgen_midi.tokenizers.remi import Kind, Remi

KEPT = 1 << 14
"""Masks to remember."""


class May(NamedTuple):
    """What may come next; nothing, where it is left as it is.

    Of `marks`, ids of boundaries, each. `metre`: one of at least so many steps, but for that value. `place`: from the
    first to before the second. `tempo`, `velocity`: any other than that. `program`: any that is not among these and not
    below the first. `duration`: as `durations_of` says. `pitches` and `drums`: bit n for pitch n.
    """

    bar: bool = False
    marks: tuple[int, ...] = ()
    metre: tuple[int, int] | None = None
    only_metre: int = 0
    place: tuple[int, int] = (0, 0)
    tempo: int = -1
    program: tuple[int, tuple[int, ...]] | None = None
    velocity: int = -1
    duration: tuple[int, int, int] | None = None
    pitches: int = 0
    drums: int = 0


class Masks:
    """The masks of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary, tokenizer: Remi) -> None:
        self.vocabulary, self._steps, self._meaning = vocabulary, tokenizer.steps, tokenizer.meaning
        known = [(id, *self._meaning[each]) for id, each in self._symbols() if each in self._meaning]
        self._ids = {kind: np.array([id for id, of, _ in known if of is kind], np.intp) for kind in Kind}
        self._values = {kind: np.array([value for _, of, value in known if of is kind], np.int64) for kind in Kind}
        metres = [Metre(0, value >> 5, value & 31) for value in self._values[Kind.METRE].tolist()]
        self._lengths = np.array([bar_length(self._steps, metre) for metre in metres], np.int64)
        self._durations = lru_cache(KEPT)(self._duration_row)
        self.of: Callable[[May], Mask] = lru_cache(KEPT)(self._made)

    def ids(self, kind: Kind, near: int) -> Sequence[int]:
        """The ids of a kind, those whose values lie nearest to one first."""
        order = np.argsort(abs(self._values[kind] - near), kind="stable")
        found: list[int] = self._ids[kind][order].tolist()
        return found

    def _symbols(self) -> list[tuple[int, str]]:
        return list(enumerate(self.vocabulary.symbols, self.vocabulary.unknown + 1))

    def _made(self, may: May) -> Mask:
        mask_V = np.zeros(self.vocabulary.size, np.bool_)
        ids, values = self._ids, self._values
        mask_V[list(may.marks)] = True
        mask_V[ids[Kind.BAR]] = may.bar
        if may.metre:
            mask_V[ids[Kind.METRE]] = self._metres(*may.metre, only=may.only_metre)
        mask_V[ids[Kind.PLACE]] = (values[Kind.PLACE] >= may.place[0]) & (values[Kind.PLACE] < may.place[1])
        for kind, now in ((Kind.TEMPO, may.tempo), (Kind.VELOCITY, may.velocity)):
            mask_V[ids[kind]] = (values[kind] != now) & (now >= 0)
        if may.program:
            low, barred = may.program
            mask_V[ids[Kind.PROGRAM]] = (values[Kind.PROGRAM] >= low) & ~np.isin(values[Kind.PROGRAM], barred)
        if may.duration:
            mask_V[ids[Kind.DURATION]] = self._durations(may.duration)
        mask_V[ids[Kind.PITCH]] = _bits(may.pitches)[values[Kind.PITCH]]
        mask_V[ids[Kind.DRUM]] = _bits(may.drums)[values[Kind.DRUM]]
        mask_V.setflags(write=False)
        return mask_V

    def _metres(self, least: int, now: int, *, only: int) -> NDArray[np.bool_]:
        values = self._values[Kind.METRE]
        return (self._lengths >= least) & (values != now) & ((values == only) | (not only))

    def _duration_row(self, of: tuple[int, int, int]) -> NDArray[np.bool_]:
        may = durations_of(*of, whole=4 * self._steps)
        return np.fromiter(map(may, self._values[Kind.DURATION].tolist()), np.bool_, len(self._values[Kind.DURATION]))


def durations_of(said: int, now: int, room: int, *, whole: int) -> Callable[[int], bool]:
    """Whether a part of a duration may come behind parts that sum up to `said`.

    Parts fall, and their sum is no longer than `room`, and not `now`, which holds already.
    """
    last = said // whole & -(said // whole) if said else 1 << WHOLES

    def may(part: int) -> bool:
        total = said + part
        new = total != now or (part >= whole and total < room)
        return part < last * whole and not said % whole and total <= room and new

    return may


def _bits(number: int) -> NDArray[np.bool_]:
    return np.unpackbits(np.frombuffer(number.to_bytes(16, "little"), np.uint8), bitorder="little").astype(np.bool_)

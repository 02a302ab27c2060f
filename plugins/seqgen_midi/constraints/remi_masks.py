"""What may be said next in `remi`, as a small record, and the mask that it stands for.

Shapes: V vocabulary.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

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

    Of `marks`, ids of boundaries, each. `metre`: one of at least so many steps, but for that value, and if the third is
    not 0 that one alone. `place`: from the first to before the second. `tempo`, `velocity`: any other than that.
    `program`: any that is not below the first nor among the others. `duration`: as `durations_of` says. `pitches` and
    `drums`: bit n for pitch n.
    """

    marks: tuple[int, ...] = ()
    bar: bool = False
    metre: tuple[int, int, int] | None = None
    place: tuple[int, int] | None = None
    tempo: int | None = None
    program: tuple[int, tuple[int, ...]] | None = None
    velocity: int | None = None
    duration: tuple[int, int, int] | None = None
    pitches: int = 0
    drums: int = 0


class Masks:
    """The masks of a vocabulary, each made of rows that are remembered, one for each kind of symbols."""

    def __init__(self, vocabulary: Vocabulary, tokenizer: Remi) -> None:
        self.vocabulary, self._whole = vocabulary, 4 * tokenizer.resolution
        symbols, meaning = enumerate(vocabulary.symbols, vocabulary.unknown + 1), tokenizer.meaning
        known = [(id, *meaning[each]) for id, each in symbols if each in meaning]
        self._ids = {kind: np.array([id for id, of, _ in known if of is kind], np.intp) for kind in Kind}
        self._values = {kind: np.array([value for _, of, value in known if of is kind], np.int64) for kind in Kind}
        metres = [Metre(0, value >> 5, value & 31) for value in self._values[Kind.METRE].tolist()]
        self._lengths = np.array([bar_length(tokenizer.resolution, metre) for metre in metres], np.int64)
        self._rows = lru_cache(KEPT)(self._row)
        self.of: Callable[[May], Mask] = lru_cache(KEPT)(self._made)

    def ids(self, kind: Kind, near: int) -> list[int]:
        """The ids of a kind, those whose values lie nearest to one first."""
        order = np.argsort(abs(self._values[kind] - near), kind="stable")
        return [int(id) for id in self._ids[kind][order]]

    def _made(self, may: May) -> Mask:
        mask_V = np.zeros(self.vocabulary.size, np.bool_)
        mask_V[list(may.marks)] = True
        for kind, of in zip(Kind, may[1:], strict=True):
            if of is not None and of is not False:
                mask_V |= self._rows(kind, of)
        mask_V.setflags(write=False)
        return mask_V

    def _row(self, kind: Kind, of: Any) -> Mask:
        row_V = np.zeros(self.vocabulary.size, np.bool_)
        row_V[self._ids[kind]] = self._among(self._values[kind], kind, of)
        return row_V

    def _among(self, values: NDArray[np.int64], kind: Kind, of: Any) -> NDArray[np.bool_]:
        """Which of the values of a kind may come; `of` as in `May`."""
        found: NDArray[np.bool_]
        if kind >= Kind.PITCH:
            found = _bits(of)[values]
        elif kind is Kind.PLACE:
            found = (values >= of[0]) & (values < of[1])
        elif kind is Kind.DURATION:
            found = np.fromiter(map(durations_of(*of, whole=self._whole), values.tolist()), np.bool_, len(values))
        elif kind is Kind.METRE:
            least, now, only = of
            found = (self._lengths >= least) & (values != now) & ((values == only) | (not only))
        elif kind is Kind.PROGRAM:
            found = (values >= of[0]) & ~np.isin(values, of[1])
        else:
            found = values != of
        return found


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

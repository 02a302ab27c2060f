"""What may be said in a melody, as masks over a vocabulary that are made once.

Shapes: V vocabulary.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple, cast

import numpy as np

from seqgen.codec import Codec
from seqgen.constraint import Mask, Spoken
from seqgen.errors import UsageError
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen_midi.constraints.melody_states import COUNT, EVENT, KEY, SPEED, TEMPO, UNIT
from seqgen_midi.constraints.wishes import Wishes
from seqgen_midi.tokenizers.lines import TEMPOS
from seqgen_midi.tokenizers.melody import Melody
from seqgen_midi.tokenizers.melody_symbols import Pair

MOST = 1 << 14
"""Rows that are kept at once."""


class Row(NamedTuple):
    """What is allowed: as a mask, (V,), and as what is spoken, by rising id."""

    mask: Mask
    spoken: dict[Spoken, None]


class Open(NamedTuple):
    """What decides what may be said where an event may come: the phase, whether the piece may end, the metre where
    another may be said; whether a rest and a tie may follow; the pitch from which leaps are measured; from how many
    bars back something may be repeated; and the pitches that could only be said by that."""

    phase: int
    ends: bool
    metre: Pair
    rest: bool
    tie: bool
    pitch: int
    echoes: tuple[int, ...]
    taken: frozenset[int]


class Rows:
    """The rows of a codec's vocabulary under wishes. Raises UsageError for a metre that the grid does not have."""

    def __init__(self, codec: Codec, wishes: Wishes) -> None:
        self._tokenizer, self._vocabulary = cast(Melody, codec.tokenizer), codec.vocabulary
        self._said = self._tokenizer.symbols
        self._wishes, self._signature = wishes, wishes.signature
        self._rows: dict[Hashable, Row] = {}
        if self._signature and self._signature not in self._said.legal:
            there = f"its bars do not fit the grid of {self._said.steps} steps to a quarter, or are too long"
            raise UsageError(f"the metre {wishes.metre}", there, "Choose another, or learn with more steps")

    def forced(self, metre: Pair) -> bool:
        """Whether another metre must be said before anything sounds."""
        return self._signature is not None and self._signature != metre

    def mark(self, level: str, *, ends: bool) -> Row:
        """The mark of a level, and the end of the piece where it may end."""
        key = level, ends
        spoken = [Boundary(level)] + [DOCUMENT_BOUNDARY] * ends
        return self._rows.get(key) or self._made(key, spoken)

    def duration(self, begun: int, most: int, *, taken: tuple[int, ...]) -> Row:
        """How a duration goes on: it is at most that, and none that is said by a repetition."""
        key = begun, most, taken
        row = self._rows.get(key)
        if row is None:
            ways = self._said.durations.ways(begun, lambda number: number <= most and number not in taken)
            row = self._made(key, ways)
        return row

    def number(self, phase: int, begun: int, *, metre: Pair) -> Row:
        """How a tempo or the beats of a metre go on, or which units these have, where that metre holds."""
        key = phase, begun, metre if phase != SPEED else None
        row = self._rows.get(key)
        if row is None:
            row = self._made(key, self._speeds(begun) if phase == SPEED else self._spelt(phase, begun, metre=metre))
        return row

    def events(self, key: Open) -> Row:
        """What may be said where an event may come."""
        row = self._rows.get(key)
        if row is None:
            row = self._made(key, self._events(key))
        return row

    def _made(self, key: Hashable, spoken: Iterable[Spoken]) -> Row:
        ids = sorted(id for id in map(self._vocabulary.id_of, spoken) if id != self._vocabulary.unknown)
        mask = np.zeros(self._vocabulary.size, np.bool_)
        mask[ids] = True
        mask.setflags(write=False)
        if len(self._rows) >= MOST:
            self._rows.clear()
        symbols = dict.fromkeys(map(self._vocabulary.symbol_of, ids))
        row = self._rows[key] = Row(mask, cast(dict[Spoken, None], symbols))
        return row

    def _events(self, open: Open) -> Iterator[Spoken]:
        if open.phase == TEMPO and self._tokenizer.tempo:
            yield from self._speeds(0)
        if open.phase in (TEMPO, KEY) and self._tokenizer.key:
            yield from (symbol for symbol, action in self._said.actions.items() if action.kind == "key")
        if open.phase != EVENT:
            metres = self._metres(open.metre)
            yield from (symbol for metre, symbol in self._said.known.items() if metre in metres)
            yield from self._spelt(COUNT, 0, metre=open.metre)
            if self.forced(open.metre):
                return
        if open.ends:
            yield DOCUMENT_BOUNDARY
        yield from (symbol for symbol, may in (("r", open.rest), ("~", open.tie)) if may)
        yield from (f"<{bars}" for bars in open.echoes)
        for pitch in np.flatnonzero(self._wishes.pitches).tolist():
            near = open.pitch < 0 or abs(pitch - open.pitch) <= self._wishes.max_leap
            if near and pitch not in open.taken:
                yield f"p{pitch}"

    def _metres(self, metre: Pair) -> frozenset[Pair]:
        """The metres to which that one may change."""
        return (frozenset({self._signature}) if self._signature else self._said.legal) - {metre}

    def _speeds(self, begun: int) -> Iterator[str]:
        return self._said.tempos.ways(begun, lambda tempo: TEMPOS[0] <= tempo <= TEMPOS[1])

    def _spelt(self, phase: int, begun: int, *, metre: Pair) -> Iterator[str]:
        """The beats or the unit of a metre that has no symbol of its own."""
        pairs = self._metres(metre) - self._said.known.keys()
        if phase == UNIT:
            return (symbol for unit, symbol in self._said.units.items() if (begun, unit) in pairs)
        beats = {each for each, _ in pairs}
        return self._said.beats.ways(begun, beats.__contains__)

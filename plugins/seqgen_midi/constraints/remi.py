"""What `remi` may say: each thing once, in order, nothing that holds already, and only notes that can sound."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, cast

import numpy as np

from seqgen.codec import DOCUMENT, Codec
from seqgen.constraint import Constraint, Mask, Spoken
from seqgen.errors import UsageError
from seqgen.tokenizer import Boundary
from seqgen_midi.bars import COMMON, beat_length
from seqgen_midi.constraints.remi_masks import Masks, May
from seqgen_midi.constraints.remi_states import WHOLE, At, Moves, Phase
from seqgen_midi.constraints.wishes import NONE, PITCHES, Wishes
from seqgen_midi.score import Metre
from seqgen_midi.tokenizers.grid import LONGEST_BAR, PERCUSSION, WHOLES, metres_of, velocities_of
from seqgen_midi.tokenizers.remi import Kind, Remi

ALL: Final = (1 << PITCHES) - 1
MOST: Final = PITCHES
"""Notes that may sound at once, so that percussion always has one left."""
BEFORE_TEMPO: Final = frozenset({Phase.BAR, Phase.METRE, Phase.PLACE})
BEFORE_PROGRAM: Final = WHOLE | {Phase.PLACE}
BEFORE_VELOCITY: Final = BEFORE_PROGRAM | {Phase.PROGRAM}


class Legal(Constraint):
    """What `split` gives for some score, and nothing else; with wishes, for one that keeps to them.

    At most 128 notes sound at once. Asked for a number of bars, a piece may end anywhere in the last of them, and no
    note sounds beyond it. Raises UsageError for a metre that the grid lacks.
    """

    alone = True

    def __init__(self, codec: Codec, wishes: Wishes) -> None:
        tokenizer, vocabulary = cast(Remi, codec.tokenizer), codec.vocabulary
        self._steps, self._vocabulary, self._wishes = tokenizer.steps, vocabulary, wishes
        self._tokenizer = replace(tokenizer, levels=vocabulary.levels[1:])
        self._beats, self._metre = "beat" in vocabulary.levels, _metre(tokenizer, wishes)
        self._most = min(wishes.max_polyphony or MOST, MOST)
        self._longest = 4 * tokenizer.steps * (1 << WHOLES) - 1
        self._pitches = sum(1 << pitch for pitch in np.flatnonzero(wishes.pitches).tolist())
        self._moves = Moves(
            tokenizer.steps,
            velocity=0 if tokenizer.velocities else velocities_of(0)[0],
            due=self._metre > 0,
            leaps=wishes.max_leap > 0,
        )
        self.start: At = self._moves.start
        self._masks = Masks(vocabulary, tokenizer)
        self._seen: tuple[At, Mask] = self.start, self._masks.of(self._may(self.start))
        self._ways = _ways(self._masks, tokenizer.steps)

    def allowed(self, state: At) -> Mask:
        if self._seen[0] is not state:
            self._seen = state, self._masks.of(self._may(state))
        return self._seen[1]

    def step(self, state: At, symbol: Spoken) -> At | None:
        id = self._vocabulary.id_of(symbol)
        if not self.allowed(state)[id]:
            return None
        if isinstance(symbol, Boundary):
            return self._moves.mark(state, beat=symbol.level == "beat") if id else self.start
        return self._moves.step(state, *self._tokenizer.meaning[symbol])

    def complete(self, state: At) -> Iterable[Spoken]:
        return () if self.allowed(state)[DOCUMENT] else self._way(state)

    def _way(self, state: At) -> Iterator[Spoken]:
        """From the first symbol of a list that may come to the next, until the piece may end.

        To a bar line, if bars were asked for and nothing is left open; else to a note.
        """
        while not (mask_V := self.allowed(state))[DOCUMENT]:
            to_line = self._wishes.bars > 0 and state.phase in WHOLE | {Phase.BEAT}
            id = next(id for id in self._ways[to_line] if mask_V[id])
            symbol = cast(Spoken, self._vocabulary.symbol_of(id))
            yield symbol
            state = cast(At, self.step(state, symbol))

    def _may(self, at: At) -> May:
        phase, bars = at.phase, self._wishes.bars
        if phase is Phase.START:
            return May(bar=True, marks=() if bars else (DOCUMENT,))
        if phase in (Phase.LINE, Phase.CUT):
            return May(bar=True)
        metre = self._metres(at) if phase in (Phase.DUE, Phase.BAR) else None
        if phase is Phase.DUE:
            return May(metre=metre, only_metre=self._metre)
        ended = bars > 0 and at.bars == bars
        ends = (ended and phase in WHOLE) or (not bars and phase is Phase.NOTE)
        bar, marks = self._lines(at) if not ended else (False, ())
        beat, place = self._places(at) if phase in WHOLE or phase is Phase.BEAT else ((), (0, 0))
        may = May(
            bar=bar,
            marks=((DOCUMENT,) if ends else ()) + marks + beat,
            metre=None if self._metre else metre,
            place=place,
            tempo=at.tempo if phase in BEFORE_TEMPO and self._tokenizer.tempos else -1,
        )
        return self._notes(at, may) if len(at.sounding) < self._most and phase is not Phase.BEAT else may

    def _left(self, at: At) -> int:
        """Bars to come behind this one."""
        return self._wishes.bars - at.bars

    def _metres(self, at: At) -> tuple[int, int]:
        """What a metre must be long for, that no note outlasts the bars asked for; and what need not be said."""
        bars = self._left(at) + 1 if self._wishes.bars else 0
        least = -(-at.sounding[-1][0] // bars) if bars and at.sounding else 0
        return least, at.metre if at.phase is Phase.BAR else -1

    def _lines(self, at: At) -> tuple[bool, tuple[int, ...]]:
        """Whether the bar may end here, and the boundary to say before the next."""
        level = self._tokenizer.level_of(at.bars)
        if at.phase is Phase.BEAT:
            return level == "beat", ()
        if at.phase not in WHOLE and (at.phase is not Phase.PLACE or self._metre or not self._fits(at)):
            return False, ()
        return (False, (self._vocabulary.level_id(level),)) if level else (True, ())

    def _fits(self, at: At) -> bool:
        """Whether bars can be had for what still sounds, if this one is cut here."""
        if not self._wishes.bars or not at.sounding:
            return True
        return at.sounding[-1][0] - at.place <= self._left(at) * LONGEST_BAR * self._steps

    def _places(self, at: At) -> tuple[tuple[int, ...], tuple[int, int]]:
        """The boundary of a beat to come, and from where on and before where a note may stand."""
        full = len(at.sounding) >= self._most
        low, high = max(at.place + 1, at.sounding[0][0] if full else 0), at.length
        if not self._beats:
            return (), (low, high)
        beat = beat_length(self._steps, Metre(0, at.metre >> 5, at.metre & 31) if at.metre else COMMON)
        after = (at.place // beat + 1) * beat
        if at.phase is Phase.BEAT:
            return (), (max(low, after), high)
        return (self._vocabulary.level_id("beat"),) if max(low, after) < high else (), (low, min(high, after))

    def _notes(self, at: At, may: May) -> May:
        """What may come, with all that leads to a note at this place."""
        phase = at.phase
        programs = self._programs(at) if phase in BEFORE_PROGRAM and self._tokenizer.programs else None
        pitches = self._free(at, at.program)
        drums = 0 if at.named else self._free(at, PERCUSSION)
        if not pitches and not drums:
            return may._replace(program=programs)
        loud, room = at.velocity > 0, self._longest
        if self._wishes.bars:
            room = min(room, (self._left(at) + 1) * at.length - at.place)
        lasts = at.said != at.duration if at.said else 0 < at.duration <= room
        return may._replace(
            program=programs,
            velocity=at.velocity if phase in BEFORE_VELOCITY and self._tokenizer.velocities else -1,
            duration=(at.said, at.duration, room) if loud else None,
            pitches=pitches if loud and lasts else 0,
            drums=drums if loud and lasts else 0,
        )

    def _free(self, at: At, program: int) -> int:
        """The pitches at which a note of a program may start: bit n for pitch n."""
        drums = program == PERCUSSION
        free = ALL if drums else self._pitches
        if at.last >= 0:
            if at.last >> 7 > program:
                return 0
            if at.last >> 7 == program:
                free &= -2 << (at.last & 127)
        for _, voice in at.sounding:
            if voice >> 7 == program:
                free &= ~(1 << (voice & 127))
        for voice, pitch in at.leaps:
            if voice == program:
                free &= _within(pitch, self._wishes.max_leap)
        return free

    def _programs(self, at: At) -> tuple[int, tuple[int, ...]]:
        """From which on programs may be said, and which of them may not."""
        low = max(at.last >> 7, 0)
        heard = {voice >> 7 for _, voice in at.sounding} | {program for program, _ in at.leaps}
        full = {each for each in heard if low <= each < PERCUSSION and each != at.program and not self._free(at, each)}
        return low, (at.program, *sorted(full))


def legal(codec: Codec, wishes: Wishes = NONE) -> Legal:
    """What `remi` may say. Raises UsageError for a metre that the grid lacks."""
    return Legal(codec, wishes)


def _metre(tokenizer: Remi, wishes: Wishes) -> int:
    """What the symbol of the metre asked for says; 0 for none."""
    if wishes.signature is None:
        return 0
    if wishes.signature not in metres_of(tokenizer.steps):
        there = (
            f"it has no symbol with {tokenizer.steps} steps to a quarter, or bars of more than {LONGEST_BAR} quarters"
        )
        raise UsageError(f"the metre {wishes.metre}", there, "Ask for another")
    beats, unit = wishes.signature
    return beats << 5 | unit


def _within(pitch: int, leap: int) -> int:
    """The pitches no further from one: bit n for pitch n."""
    return ALL & (2 << min(pitch + leap, PITCHES)) - 1 & -1 << max(pitch - leap, 0)


def _ways(masks: Masks, steps: int) -> tuple[list[int], list[int]]:
    """Ids in the order in which they lead to the end: to a note, and to a bar line."""
    kinds = ((Kind.PITCH, 60), (Kind.DRUM, 42), (Kind.VELOCITY, 64), (Kind.DURATION, steps), (Kind.PROGRAM, 0))
    note = [id for kind, near in kinds for id in masks.ids(kind, near)]
    place, metre = masks.ids(Kind.PLACE, 0), masks.ids(Kind.METRE, 4 << 5 | 4)
    line = [*masks.ids(Kind.BAR, 0), *range(1, masks.vocabulary.unknown)]
    return [*note, *place, *line, *metre], [*line, *place]

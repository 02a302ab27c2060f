"""What may come next in `remi`, as far as the piece itself decides it."""

from typing import Final

import numpy as np

from seqgen.codec import DOCUMENT
from seqgen.vocabulary import Vocabulary
from seqgen_midi.bars import COMMON, beat_length
from seqgen_midi.constraints.remi_masks import May
from seqgen_midi.constraints.remi_states import WHOLE, At, Phase
from seqgen_midi.constraints.wishes import Wishes
from seqgen_midi.score import PITCHES, Metre
from seqgen_midi.tokenizers.grid import LONGEST_BAR, PERCUSSION, WHOLES
from seqgen_midi.tokenizers.remi import Remi

ALL: Final = (1 << PITCHES) - 1
MOST: Final = PITCHES
"""Notes that may sound at once, so that percussion always has one left."""
BEFORE_TEMPO: Final = frozenset({Phase.BAR, Phase.METRE, Phase.PLACE})
BEFORE_PROGRAM: Final = WHOLE | {Phase.PLACE}
BEFORE_VELOCITY: Final = BEFORE_PROGRAM | {Phase.PROGRAM}


class Choices:
    """What may come; `metre` is the value of the one asked for, 0 for any, and the tokenizer's levels are those in
    the row."""

    def __init__(self, vocabulary: Vocabulary, tokenizer: Remi, wishes: Wishes, *, metre: int) -> None:
        self._tokenizer, self._wishes, self._metre, self._steps = tokenizer, wishes, metre, tokenizer.resolution
        self._mark = {level: vocabulary.level_id(level) for level in vocabulary.levels}
        self._beats = "beat" in vocabulary.levels
        self._most = min(wishes.max_polyphony or MOST, MOST)
        self._longest = 4 * tokenizer.resolution * (1 << WHOLES) - 1
        self._pitches = sum(1 << pitch for pitch in np.flatnonzero(wishes.pitches).tolist())

    def may(self, at: At) -> May:
        """What may come at a state."""
        phase, bars = at.phase, self._wishes.bars
        if phase is Phase.START:
            return May(bar=True, marks=() if bars else (DOCUMENT,))
        if phase in (Phase.LINE, Phase.CUT):
            return May(bar=True)
        metre = self._metres(at) if phase in (Phase.DUE, Phase.BAR) else None
        if phase is Phase.DUE:
            return May(metre=metre)
        ended = bars > 0 and at.bars == bars
        ends = (ended and phase in WHOLE) or (not bars and phase is Phase.NOTE)
        bar, marks = self._lines(at) if not ended else (False, ())
        beat, place = self._places(at) if phase in WHOLE or phase is Phase.BEAT else ((), None)
        may = May(
            bar=bar,
            marks=((DOCUMENT,) if ends else ()) + marks + beat,
            metre=None if self._metre else metre,
            place=place,
            tempo=at.tempo if phase in BEFORE_TEMPO and self._tokenizer.tempos else None,
        )
        return self._notes(at, may) if len(at.sounding) < self._most and phase is not Phase.BEAT else may

    def _left(self, at: At) -> int:
        """Bars to come behind this one."""
        return self._wishes.bars - at.bars

    def _metres(self, at: At) -> tuple[int, int, int]:
        """How long a bar must be, that no note outlasts those asked for; the metre that holds; the one that must."""
        bars = self._left(at) + 1 if self._wishes.bars else 0
        least = -(-at.sounding[-1][0] // bars) if bars and at.sounding else 0
        return least, at.metre if at.phase is Phase.BAR else -1, self._metre

    def _lines(self, at: At) -> tuple[bool, tuple[int, ...]]:
        """Whether the bar may end here, and the boundary to say before the next."""
        level = self._tokenizer.level_of(at.bars)
        if at.phase is Phase.BEAT:
            return level == "beat", ()
        if at.phase not in WHOLE and (at.phase is not Phase.PLACE or self._metre or not self._fits(at)):
            return False, ()
        return (False, (self._mark[level],)) if level else (True, ())

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
        return (self._mark["beat"],) if max(low, after) < high else (), (low, min(high, after))

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
            velocity=at.velocity if phase in BEFORE_VELOCITY and self._tokenizer.velocities else None,
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


def _within(pitch: int, leap: int) -> int:
    """The pitches no further from one: bit n for pitch n."""
    return ALL & (2 << min(pitch + leap, PITCHES)) - 1 & -1 << max(pitch - leap, 0)

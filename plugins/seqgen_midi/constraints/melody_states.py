"""Where a melody stands, and what moves it on."""

from typing import NamedTuple

from seqgen_midi.constraints.wishes import Wishes
from seqgen_midi.tokenizers.lines import LONGEST
from seqgen_midi.tokenizers.melody import Melody
from seqgen_midi.tokenizers.melody_symbols import FOUR, REST, TIE, Pair

TEMPO, KEY, METRE, EVENT, LINE, BEAT, DURATION, SPEED, COUNT, UNIT = range(10)
"""What may come: the tempo and all that follows it; the key; a metre; an event; what stands at a bar line, or at a
beat; a duration, a tempo or the beats of a metre, perhaps begun; the unit of a metre."""
NOTHING = -3
"""Sounds before the start."""

Sound = tuple[int, int, int]


class At(NamedTuple):
    """A state.

    What may come; the metre; the whole bars; the `place` in this one, and the (place, pitch, duration) of its notes,
    and of those of the bars before, the nearest first; what fills the time up to here, and for how long; the pitch of
    the last note; whether a note sounds in this bar, or in the one that has just ended; the (bars, pitch, duration) of
    what may be repeated here; the value whose duration is to come, and what is begun of a number.
    """

    phase: int = TEMPO
    metre: Pair = FOUR
    bars: int = 0
    place: int = 0
    here: tuple[Sound, ...] = ()
    past: tuple[tuple[Sound, ...], ...] = ()
    last: int = NOTHING
    held: int = 0
    pitch: int = NOTHING
    sounds: bool = False
    echoes: tuple[Sound, ...] = ()
    value: int = NOTHING
    begun: int = 0


class Moves:
    """How states follow one another, whatever the symbols are."""

    def __init__(self, tokenizer: Melody, wishes: Wishes) -> None:
        self._lengths, self._lookback = tokenizer.symbols.lengths, tokenizer.symbols.lookback
        self._longest, self._beats = LONGEST * tokenizer.resolution, tokenizer.marks.beats
        self._deepest = max(self._lookback, default=0)
        self._bars, self._leap = wishes.bars, wishes.max_leap
        self._pitches = tuple(wishes.pitches.tolist())

    def opened(self, state: At) -> At:
        """The state behind what marks a bar line or a beat."""
        if state.phase == LINE:
            return self._heard(state._replace(phase=METRE, sounds=False))
        return self._heard(state._replace(phase=EVENT))

    def counted(self, state: At, metre: Pair) -> At:
        """The state behind a metre."""
        return self._heard(state._replace(phase=EVENT, metre=metre, begun=0))

    def sounded(self, state: At, value: int, *, duration: int) -> At:
        """The state behind a note, a rest or what is tied."""
        length, beat = self._lengths(state.metre)
        here = (*state.here, (state.place, value, duration)) if value >= 0 else state.here
        held = state.held if self._goes_on(state, value) else 0
        place = state.place + duration
        ended = At(
            LINE if place == length else BEAT if self._beats and place % beat == 0 else EVENT,
            state.metre,
            state.bars,
            place,
            here,
            state.past,
            state.last if value == TIE else value,
            held + duration,
            value if value >= 0 else state.pitch,
            state.sounds or value != REST,
        )
        if ended.phase == EVENT:
            return self._heard(ended)
        if ended.phase == LINE:
            past = (here, *state.past)[: self._deepest]
            return ended._replace(bars=state.bars + 1, place=0, here=(), past=past)
        return ended

    def room(self, state: At) -> int:
        """Steps to the end of the bar, or of the beat if beats are marked."""
        length, beat = self._lengths(state.metre)
        rest = length - state.place
        return min(rest, beat - state.place % beat) if self._beats else rest

    def most(self, state: At, value: int) -> int:
        """How long that may last here; 0 if it must not be said. A bar that is the last one asked for has a note."""
        room, begins = self.room(state), self._begins(state)
        if value >= 0:
            return room
        if value == TIE and state.last < 0:
            return 0
        if self._goes_on(state, value):
            if not begins:
                return 0
            room = min(room, self._longest - state.held)
        if value == REST and state.bars + 1 == self._bars and not state.sounds:
            room = min(room, self._lengths(state.metre)[0] - state.place - 1)
        return room

    def may_sound(self, state: At, pitch: int) -> bool:
        """Whether the wishes bear that pitch here."""
        near = not self._leap or state.pitch < 0 or abs(pitch - state.pitch) <= self._leap
        return self._pitches[pitch] and near

    def _goes_on(self, state: At, value: int) -> bool:
        return value == TIE or value == state.last == REST

    def _begins(self, state: At) -> bool:
        """Whether a bar begins here, or a beat that is marked."""
        return not state.place or (self._beats and state.place % self._lengths(state.metre)[1] == 0)

    def _heard(self, state: At) -> At:
        """This state, with what may be repeated in it."""
        place, room, found = state.place, self.room(state), dict[tuple[int, int], int]()
        for bars in self._lookback:
            for start, pitch, duration in state.past[bars - 1] if bars <= len(state.past) else ():
                if start == place and duration <= room and self.may_sound(state, pitch):
                    found.setdefault((pitch, duration), bars)
        return state._replace(echoes=tuple([(bars, *sound) for sound, bars in found.items()]))

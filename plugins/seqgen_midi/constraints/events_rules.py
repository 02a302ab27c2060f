"""What may come next in a piece said in `events`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from seqgen_midi.bars import bar_length
from seqgen_midi.constraints.events_numbers import Range
from seqgen_midi.constraints.events_states import (
    BEND,
    CHANNEL,
    CHOSEN,
    CONTROLS,
    DIVISION,
    KEY,
    LONG,
    LOUD,
    MARKED,
    METRE,
    MOVED,
    NEW,
    NOTHING,
    OVER,
    PROGRAM,
    TEMPO,
    VALUE,
    Lines,
    State,
    Voice,
)
from seqgen_midi.constraints.wishes import Wishes
from seqgen_midi.score import DRUMS, LAST_TICK, PITCHES, Metre
from seqgen_midi.tokenizers.events_joining import DEEPEST, UNITS
from seqgen_midi.tokenizers.numbers import BITS, POSITIVE

WAITING: Final = (NOTHING, MOVED, MARKED)
"""Where what concerns the whole piece may come, or another track."""
SPEAKING: Final = (*WAITING, CHOSEN, NEW)
"""Where anything may come of the track."""
MOST_TRACKS: Final = 64
MOST_CONTROLS: Final = 16
"""At one tick of a track."""
FASTEST, SLOWEST = 60_000, 15_000_000
"""Microseconds that a quarter may last: from 1,000 to 4 quarters a minute."""
ALL: Final = (1 << PITCHES) - 1
"""All pitches; sets of them are the bits of a number."""
SHORTEST: Final = 1 << len(UNITS) - 1


@dataclass(frozen=True)
class Rules:
    """What may come next in a piece: where time must stop, and what is wished."""

    lines: Lines
    wishes: Wishes

    def range(self, state: State, kind: str) -> Range:
        """What the next number of a kind may be, where one may come."""
        match kind:
            case "t":
                return self._advance(state)
            case "d":
                return Range(1, self.lines.room(state), state.voices[state.track].duration)
            case "v":
                return Range(1, 127, state.voices[state.track].velocity)
            case "k":
                return _tracks(state)
            case "b":
                return Range(0 if state.voices[state.track].bent else 1, DEEPEST - 1)
        return self.fixed[kind]

    def kinds(self, state: State, keep: str) -> str:
        """The kinds of numbers that may begin here, of which those in `keep` are known, but `v` and `d`."""
        owed, found = state.owed, ""
        if owed in (DIVISION, CHANNEL, VALUE):
            return {DIVISION: "x", CHANNEL: "c", VALUE: "u"}[owed]
        if owed in WAITING:
            found += "q" * (state.stage < TEMPO) + "m" * self._may_measure(state)
            if self.unsigned(state):
                return found
            found += "k" + "t" * (owed != MOVED and state.now < LAST_TICK)
        if owed == NEW and len(state.voices) < MOST_TRACKS:
            found += "k"
        if owed in SPEAKING and state.track >= 0:
            found += "o" * (state.part <= CONTROLS and state.turns < MOST_CONTROLS and "o" in keep)
            found += "i" * (state.part < PROGRAM) + "bf" * (state.part < BEND and "b" in keep)
        return found

    def keys(self, state: State) -> bool:
        """Whether a key may come."""
        return state.owed in WAITING and state.stage < KEY and not self.unsigned(state)

    def units(self, state: State) -> int:
        """The powers of two, as bits, that the unit of the metre may be."""
        if self.wishes.signature:
            return self.wishes.signature[1]
        left, room = self.wishes.bars - state.number, LAST_TICK - state.start
        lengths = ((1 << n, bar_length(state.division, Metre(0, state.beats, 1 << n))) for n in range(len(UNITS)))
        return sum(unit for unit, length in lengths if not self.wishes.bars or left * length <= room)

    def ends(self, state: State) -> bool:
        """Whether the piece may end."""
        return state.owed == OVER or (state.owed == NOTHING and not self.wishes.bars and not self.unsigned(state))

    def notes(self, state: State) -> tuple[int, str]:
        """The pitches, as bits, that may sound now, and which of velocity and duration may be said before one does."""
        if state.owed not in (*SPEAKING, LOUD, LONG) or state.track < 0 or self.unsigned(state):
            return 0, ""
        voice, room = state.voices[state.track], self.lines.room(state)
        pitches = self._pitches(state, voice) if room else 0
        if not pitches:
            return 0, ""
        first = "v" * (state.owed not in (LOUD, LONG)) + "d" * (state.owed != LONG and voice.velocity > 0)
        return pitches if voice.velocity and 0 < voice.duration <= room else 0, first

    def _advance(self, state: State) -> Range:
        """As far as the next line, and not to where still too many notes sound for another, but for the line itself."""
        most, low = self.wishes.max_polyphony, 1
        high = min(self.lines.line(state) - state.now, LAST_TICK - state.now)
        if 0 < most <= len(state.sounding):
            low = min(high, state.sounding[len(state.sounding) - most][0] - state.now)
        return Range(low, high)

    def _may_measure(self, state: State) -> bool:
        """Whether a metre may come: at the start of a bar, and so that all bars that are left can have it."""
        if state.stage >= METRE or state.now > state.start or (self.wishes.signature and state.signed):
            return False
        shortest = bar_length(state.division, Metre(0, 255, SHORTEST)) * (self.wishes.bars - state.number)
        fits = self.wishes.signature or state.now + shortest <= LAST_TICK
        return not self.wishes.bars or bool(fits and not state.sounding)

    def unsigned(self, state: State) -> bool:
        """Whether the metre that is wished is still to be said."""
        return self.wishes.signature is not None and not state.signed

    @cached_property
    def fixed(self) -> dict[str, Range]:
        """What numbers may be whose range is always the same; all bars are to be within the longest piece."""
        beats, unit = self.wishes.signature or (4, 4)
        most = LAST_TICK * unit // (4 * beats * self.wishes.bars) if self.wishes.bars else LAST_TICK
        metre = Range(beats, beats) if self.wishes.signature else Range(1, (1 << BITS["m"]) - 1)
        found = {kind: Range(int(kind in POSITIVE), (1 << bits) - 1) for kind, bits in BITS.items()}
        division = Range(1, max(1, min(most, found["x"].high)))
        return {**found, "x": division, "m": metre, "f": Range(1, DEEPEST), "q": Range(FASTEST, SLOWEST)}

    def _pitches(self, state: State, voice: Voice) -> int:
        """The pitches, as bits, that may sound next on the track."""
        if 0 < self.wishes.max_polyphony <= len(state.sounding):
            return 0
        found = ALL >> state.top + 1 << state.top + 1
        if voice.channel != DRUMS:
            found &= self._near[voice.pitch]
        return found & ~voice.sounds

    @cached_property
    def _near(self) -> list[int]:
        """The pitches wished for behind each; last behind none."""
        wished, most = self.wishes.pitches.tolist(), self.wishes.max_leap
        return [
            sum(1 << n for n in range(PITCHES) if wished[n] and (not most or abs(n - each) <= most or each == PITCHES))
            for each in range(PITCHES + 1)
        ]


def _tracks(state: State) -> Range:
    """Tracks come in turn at a tick; one that is new has the next number."""
    new = len(state.voices)
    if state.owed == NEW:
        return Range(new, new)
    last = min(new, MOST_TRACKS - 1)
    return Range(state.track + 1, last) if state.part else Range(0, last, state.track)

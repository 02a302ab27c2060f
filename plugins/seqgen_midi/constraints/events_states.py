"""Where a piece said in `events` stands, and where numbers and notes lead from there."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from seqgen_midi.bars import bar_length, beat_length
from seqgen_midi.constraints.events_numbers import BEGUN, Said
from seqgen_midi.marks import BAR, BEAT, SECTION, at_bar
from seqgen_midi.score import LAST_TICK, Metre

DIVISION, NOTHING, MOVED, LINE, MARKED, OVER, UNIT, CHANNEL, VALUE, CHOSEN, NEW, LOUD, LONG = range(13)
"""What must come next: the division; nothing in particular; something behind an advance; a boundary; anything behind
that but the end; the end; the unit of a metre; the channel of a new track; the value of a controller; something of the
track chosen; the same, or the next new track; a duration or a note; a note."""
TEMPO, METRE, KEY, TRACKS = range(1, 5)
"""How far the things of a tick have come."""
CONTROLS, PROGRAM, BEND, NOTES = range(1, 5)
"""How far the things of a track at a tick have come."""


class Voice(NamedTuple):
    """A track: its channel, what its next note sounds with (0 where that is not said), the pitch of its last note, the
    pitches that sound, as bits, and whether it was ever bent."""

    channel: int = -1
    velocity: int = 0
    duration: int = 0
    pitch: int = -1
    sounds: int = 0
    bent: bool = False


class State(NamedTuple):
    """All that matters of what has been said, but for a number that is being said.

    `owed` is what must come next. `start`, `number`, `beats` and `unit` are of the bar. `stage` says what of this tick
    has come, `part` and `turns`, the number of controls, what of the track at this tick, and `top` its highest note.
    `sounding` has end, track and pitch of the notes that sound, in order.
    """

    owed: int = DIVISION
    division: int = 0
    now: int = 0
    start: int = 0
    number: int = 0
    beats: int = 4
    unit: int = 4
    stage: int = 0
    track: int = -1
    part: int = 0
    turns: int = 0
    top: int = -1
    voices: tuple[Voice, ...] = ()
    sounding: tuple[tuple[int, int, int], ...] = ()
    key: str = "s0"
    signed: bool = False

    @property
    def metre(self) -> Metre:
        """The metre of the bar."""
        return Metre(self.start, self.beats, self.unit)


class Saying(NamedTuple):
    """A state and, where its kind is not empty, the number that is being said in it."""

    state: State
    kind: str = ""
    said: Said = BEGUN


class Lines(NamedTuple):
    """Where time must stop: at the levels that are marked, and at the end behind so many bars, if there are any."""

    levels: tuple[str, ...]
    section_bars: int
    bars: int

    def level(self, state: State) -> str:
        """The level of which something begins now; empty for none."""
        if state.now == state.start:
            return at_bar(self.levels, state.number, self.section_bars)
        beat = beat_length(state.division, state.metre)
        return BEAT if BEAT in self.levels and (state.now - state.start) % beat == 0 else ""

    def advance(self, state: State, ticks: int) -> State:
        """The state so many ticks later, which pass no line."""
        now, length = state.now + ticks, bar_length(state.division, state.metre)
        bars, ended = (now - state.start) // length, bisect_left(state.sounding, (now + 1,))
        at = state._replace(
            owed=MOVED,
            now=now,
            start=state.start + bars * length,
            number=state.number + bars,
            stage=0,
            part=0,
            turns=0,
            top=-1,
            voices=_silenced(state.voices, state.sounding[:ended]) if ended else state.voices,
            sounding=state.sounding[ended:],
        )
        over = 0 < self.bars <= at.number
        return at._replace(owed=OVER) if over else at._replace(owed=LINE) if self.level(at) else at

    def line(self, state: State) -> int:
        """The tick of the next boundary, or of the end, if there are any."""
        length, line = bar_length(state.division, state.metre), LAST_TICK
        if BEAT in self.levels:
            beat = beat_length(state.division, state.metre)
            line = state.now + beat - (state.now - state.start) % beat
        if BEAT in self.levels or BAR in self.levels:
            line = min(line, state.start + length)
        elif SECTION in self.levels:
            line = state.start + length * (self.section_bars - state.number % self.section_bars)
        return min(line, self.last(state)) if self.bars else line

    def last(self, state: State) -> int:
        """The tick at which the piece must end."""
        return state.start + (self.bars - state.number) * bar_length(state.division, state.metre)

    def room(self, state: State) -> int:
        """How long a note may be."""
        return (min(self.last(state), LAST_TICK) if self.bars else LAST_TICK) - state.now


def sounding(at: State, pitch: int) -> State:
    """The state behind a note that begins now."""
    voice = at.voices[at.track]
    note = (at.now + voice.duration, at.track, pitch)
    place = bisect_left(at.sounding, note)
    notes = (*at.sounding[:place], note, *at.sounding[place:])
    voices = _with(at, voice._replace(pitch=pitch, sounds=voice.sounds | 1 << pitch))
    return at._replace(owed=NOTHING, stage=TRACKS, part=NOTES, top=pitch, voices=voices, sounding=notes)


def settled(saying: Saying, lines: Lines) -> State:
    """The state behind the number that has been said."""
    at, kind, number = saying.state, saying.kind, saying.said.value
    match kind:
        case "t":
            return lines.advance(at, number)
        case "v":
            return at._replace(owed=LOUD, voices=_with(at, at.voices[at.track]._replace(velocity=number)))
        case "d":
            return at._replace(owed=LONG, voices=_with(at, at.voices[at.track]._replace(duration=number)))
        case "k":
            new = number == len(at.voices)
            voices, owed = ((*at.voices, Voice()), CHANNEL) if new else (at.voices, CHOSEN)
            return at._replace(owed=owed, stage=TRACKS, track=number, part=0, turns=0, top=-1, voices=voices)
        case "c":
            return at._replace(owed=NEW, voices=_with(at, Voice(channel=number)))
        case "i":
            return at._replace(owed=NOTHING, stage=TRACKS, part=PROGRAM)
        case "o":
            return at._replace(owed=VALUE)
        case "u":
            return at._replace(owed=NOTHING, stage=TRACKS, part=CONTROLS, turns=at.turns + 1)
        case "b" | "f":
            voices = _with(at, at.voices[at.track]._replace(bent=True))
            return at._replace(owed=NOTHING, stage=TRACKS, part=BEND, voices=voices)
        case "q":
            return at._replace(owed=NOTHING, stage=TEMPO)
        case "m":
            return at._replace(owed=UNIT, beats=number)
        case "x":
            return at._replace(owed=NOTHING, division=number)
    return at


def _silenced(voices: tuple[Voice, ...], ended: Iterable[tuple[int, int, int]]) -> tuple[Voice, ...]:
    after = list(voices)
    for _, track, pitch in ended:
        after[track] = after[track]._replace(sounds=after[track].sounds & ~(1 << pitch))
    return tuple(after)


def _with(at: State, voice: Voice) -> tuple[Voice, ...]:
    return (*at.voices[: at.track], voice, *at.voices[at.track + 1 :])

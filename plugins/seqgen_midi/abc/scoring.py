"""Bars of a tune to a score: ticks, ties, and what is said of metre, key and tempo where it changes."""

from collections.abc import Iterable
from fractions import Fraction

from seqgen_midi.abc.fields import Signature
from seqgen_midi.abc.measures import Event
from seqgen_midi.abc.music import Found
from seqgen_midi.abc.playing import Bar
from seqgen_midi.score import DIVISION, Key, Metre, Note, Score, Tempo, Track

VELOCITY = 80
"""That of every note: the notation says nothing of it."""
LONGEST = 100_000
"""Whole notes after which a tune ends."""

_WHOLE = 4 * DIVISION
_FINEST = 64
_MOST_BEATS = 255


class Scoring:
    """Takes the bars of a tune one after another."""

    def __init__(self, found: Found) -> None:
        self._found, self._now, self._line = found, Fraction(0), 0
        self._notes, self._going = list[Note](), dict[int, int]()
        self._metres, self._keys, self._tempos = list[Metre](), list[Key](), list[Tempo]()

    def take(self, bars: Iterable[Bar]) -> None:
        """All of them; what lies behind the longest time is told and left out."""
        for bar in bars:
            if self._now + bar.length > LONGEST:
                self._found.say(bar.events[0].line, f"what lies behind {LONGEST:,} whole notes is left out")
                break
            self._metre(bar)
            for event in bar.events:
                self._settings(event)
                self._event(event)
        self._part(set())

    def score(self, name: str) -> Score:
        """What was taken."""
        track = Track(0, tuple(self._notes), name)
        return Score(DIVISION, (track,), tuple(self._tempos), tuple(self._metres), tuple(self._keys))

    def _metre(self, bar: Bar) -> None:
        """Say the metre of a bar if it is new; one of wrong length has a metre of its own, if there is one so long."""
        metre = bar.events[0].setting.metre
        if not bar.due:
            return
        if bar.told:
            metre = _as_metre(bar.length, metre)
        if not self._metres or self._metres[-1][1:] != metre:
            self._metres.append(Metre(self._tick(self._now), *metre))

    def _settings(self, event: Event) -> None:
        tick, setting = self._tick(self._now), event.setting
        if setting.micros and (not self._tempos or self._tempos[-1].micros != setting.micros):
            self._tempos.append(Tempo(tick, setting.micros))
        key = setting.key
        if (key.name or self._keys) and (not self._keys or self._keys[-1][1:] != (key.sharps, key.minor)):
            self._keys.append(Key(tick, key.sharps, key.minor))

    def _event(self, event: Event) -> None:
        """Strike the notes that no tie leads to, and let the others sound on."""
        self._part(set(event.pitches))
        start, self._now, self._line = self._tick(self._now), self._now + event.length, event.line
        end = max(self._tick(self._now), start + 1)
        going = dict[int, int]()
        for pitch in event.pitches:
            index = self._going.get(pitch, len(self._notes))
            if index < len(self._notes):
                self._notes[index] = self._notes[index]._replace(duration=end - self._notes[index].start)
            else:
                self._notes.append(Note(start, pitch, VELOCITY, end - start))
            if pitch in event.tied:
                going[pitch] = index
        self._going = going

    def _part(self, pitches: set[int]) -> None:
        if self._going.keys() - pitches:
            self._found.say(self._line, "a tie leads to no note of the same pitch")

    @staticmethod
    def _tick(now: Fraction) -> int:
        return int(now * _WHOLE + Fraction(1, 2))


def _as_metre(length: Fraction, usual: Signature) -> Signature:
    """A metre whose bar is so long, in the usual unit if that will do; the usual metre if there is none."""
    unit = max(length.denominator, usual.unit)
    beats = length * unit
    fits = unit & (unit - 1) == 0 and unit <= _FINEST and beats.denominator == 1 and beats <= _MOST_BEATS
    return Signature(int(beats), unit) if fits else usual

"""The music of a tune: signs to events, each note with its pitch, as written (repeats not yet played)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from seqgen_midi.abc import fields
from seqgen_midi.abc.fields import STEPS, KeySignature
from seqgen_midi.abc.lexing import Sign, Written, length, written
from seqgen_midi.abc.measures import Event, Measure, Measures, Setting
from seqgen_midi.score import PITCHES

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MIDDLE_C = 60
_IN_TIME_OF = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_COMPOUND = (6, 9, 12)
_SKIPPED = {"grace notes", "decorations", "chord symbols", "slurs"}
_LONGEST = 256
"""Units of the longest note."""


@dataclass
class Found:
    """What a tune's reading met that is no note: messages, and how much of what was left out."""

    messages: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    def say(self, line: int, words: str) -> None:
        """Note a message, once."""
        text = f"line {line}: {words}"
        if text not in self.messages:
            self.messages.append(text)


class Pitches:
    """What is known of the notes before: the accidentals of the bar, and the notes that a tie leads on from.

    An accidental holds for its letter in all octaves (ABC 2.1, where `propagate-accidentals` is `pitch`).
    """

    def __init__(self) -> None:
        self.tied: dict[tuple[str, int], int] = {}
        self._accidentals: dict[str, int] = {}

    def bar(self) -> None:
        """Forget the accidentals."""
        self._accidentals.clear()

    def of(self, note: Written, key: KeySignature) -> int:
        """By the note's own accidental, else by what it is tied to, else by the accidental before, else by the key."""
        place = (note.letter, note.octave)
        natural = _MIDDLE_C + 12 * note.octave + _SEMITONES[note.letter]
        if note.accidental:
            self._accidentals[note.letter] = STEPS.get(note.accidental, 0)
        elif place in self.tied:
            return self.tied[place]
        return natural + self._accidentals.get(note.letter, key.moved.get(note.letter, 0))

    def follow(self, notes: Mapping[Written, int]) -> None:
        """Let the ties lead on from these notes."""
        self.tied = {(note.letter, note.octave): pitch for note, pitch in notes.items() if note.tied}


class Music:
    """Reads the signs of a tune one after another; `measures` grows."""

    def __init__(self, setting: Setting, found: Found) -> None:
        self.setting, self.found = setting, found
        self.measures, self._pitches, self._line = Measures(), Pitches(), 0
        self._factor, self._left, self._broken = Fraction(1), 0, Fraction(1)

    def read(self, line: int, signs: Iterable[Sign]) -> None:
        """Take the signs of a line."""
        self._line = line
        for kind, text in signs:
            if kind in ("note", "chord"):
                self._notes(text)
            elif kind in ("bar", "ending"):
                self.measures.bar(text)
                self._pitches.bar()
            elif kind in _SKIPPED:
                self.found.skipped[kind] += 1
            else:
                self._other(kind, text)

    def change(self, letter: str, text: str) -> bool:
        """Take a field K, M, L or Q; whether it was understood."""
        now = self.setting
        if letter == "K" and (key := fields.key_signature(text)):
            self.setting = replace(now, key=key)
        elif letter == "M" and (metre := fields.metre(text)):
            self.setting = replace(now, metre=metre)
        elif letter == "L" and (unit := fields.unit_length(text)):
            self.setting = replace(now, unit=unit)
        elif letter == "Q" and (micros := fields.tempo(text, now.unit)):
            self.setting = replace(now, micros=micros)
        else:
            return False
        return True

    def end(self) -> list[Measure]:
        """All measures, the last one closed."""
        self.measures.close(strong=True)
        return self.measures.closed

    def _notes(self, text: str) -> None:
        notes = {note: self._pitches.of(note, self.setting.key) for note in written(text)}
        size = next(iter(notes)).length
        if not all(0 <= pitch < PITCHES for pitch in notes.values()) or not 0 < size <= _LONGEST:
            self._say(f"the note {text!r} cannot be, and is read as a rest")
            self._rest(size)
            return
        self._pitches.follow(notes)
        self._add(tuple(sorted(set(notes.values()))), size, tied=frozenset(self._pitches.tied.values()))

    def _add(self, pitches: tuple[int, ...], factor: Fraction, *, tied: frozenset[int] = frozenset()) -> None:
        size = factor * self.setting.unit * self._broken * (self._factor if self._left else 1)
        self._left, self._broken = max(self._left - 1, 0), Fraction(1)
        self.measures.events.append(Event(pitches, size, tied, self.setting, self._line))

    def _other(self, kind: str, text: str) -> None:
        if kind == "rest":
            self._rest(length(text[1:]))
        elif kind == "bars of rest":
            self._rests(int(text[1:] or 1))
        elif kind == "broken" and self.measures.events:
            self._break(text)
        elif kind == "tuplet" and text[1] != "0":
            self._tuplet(text)
        elif kind != "field" or not self.change(text[1], text[3:-1]):
            self._say(f"{text!r} is not understood")

    def _rest(self, size: Fraction) -> None:
        self._pitches.follow({})
        self._add((), min(size, Fraction(_LONGEST)))

    def _rests(self, bars: int) -> None:
        self._pitches.follow({})
        bar, unit = self.setting.metre.bar, self.setting.unit
        for at in range(bars):
            if at:
                self.measures.close()
            self._add((), bar / unit if bar else Fraction(1))

    def _break(self, text: str) -> None:
        """Lengthen one of two notes at the cost of the other: `>` the first by a half, `>>` by three quarters."""
        short = Fraction(1, 2 ** len(text))
        here, there = (2 - short, short) if text[0] == ">" else (short, 2 - short)
        last = self.measures.events[-1]
        self.measures.events[-1] = last._replace(length=last.length * here)
        self._broken = there

    def _tuplet(self, text: str) -> None:
        """`(p:q:r`: p notes in the time of q, for the next r."""
        notes, time, count = ([int(each or 0) for each in text[1:].split(":")] + [0, 0])[:3]
        usual = _IN_TIME_OF.get(notes, 3 if self.setting.metre.beats in _COMPOUND else 2)
        self._factor, self._left = Fraction(time or usual, notes), count or notes

    def _say(self, words: str) -> None:
        self.found.say(self._line, words)

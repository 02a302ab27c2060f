"""Symbols of melodies to a line: whatever stands there, something legal comes of it."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from seqgen_midi.score import Metre, Note
from seqgen_midi.tokenizers.lines import LONGEST, TEMPOS, VELOCITY, Line
from seqgen_midi.tokenizers.melody_symbols import FOUR, REST, TIE, Pair, Symbols

NOTHING = -3
"""Sounds before the start."""


def joined(symbols: Iterable[str], said: Symbols, *, beats: bool) -> Line:
    """The line of these symbols; with `beats`, durations end with the beat. What makes no sense where it stands is left
    out, and what is too long ends with its bar."""
    joining = Joining(said, beats=beats)
    for symbol in symbols:
        joining.take(symbol)
    return joining.line()


class Joining:
    """A line in the making."""

    def __init__(self, symbols: Symbols, *, beats: bool) -> None:
        self._symbols, self._beats = symbols, beats
        self._notes: list[Note] = []
        self._metres: list[Metre] = []
        self._metre, self._tempo = FOUR, 0
        self._key: tuple[int, bool] | None = None
        self._at = self._bar = self._held = 0
        self._last, self._value = NOTHING, NOTHING
        self._pending = ("", 0)
        self._here: dict[int, Pair] = {}
        self._past: deque[dict[int, Pair]] = deque(maxlen=max(symbols.lookback, default=0))

    def line(self) -> Line:
        """What has been made so far."""
        made = Line(tuple(self._notes), (), self._tempo, self._key)
        return made._replace(metres=tuple(metre for metre in self._metres if metre.start < made.end))

    def take(self, symbol: str) -> None:
        """Go on with a symbol."""
        action = self._symbols.actions.get(symbol)
        kind, more = (action.kind, action.more) if action else ("", True)
        what: Any = action.what if action else 0
        pending, number = self._pending
        if kind == pending:
            what += number
        if more or kind == "beats":
            self._pending = kind, what
            return
        self._pending = "", 0
        value, self._value = self._value, NOTHING
        if kind == "value":
            self._value = what if what != TIE or self._may_tie() else NOTHING
        elif kind == "duration" and value != NOTHING:
            self._sound(value, min(what, self._room()))
        elif kind == "back":
            self._repeat(what)
        elif kind in ("metre", "unit"):
            self._change(what if kind == "metre" else (number if pending == "beats" else 0, what))
        elif kind == "tempo" and not self._at:
            self._tempo = min(max(what, TEMPOS[0]), TEMPOS[1])
        elif kind == "key" and not self._at:
            self._key = what

    def _change(self, metre: Pair) -> None:
        if self._at == self._bar and metre in self._symbols.legal:
            self._metre = metre

    def _repeat(self, bars: int) -> None:
        found = self._past[bars - 1].get(self._at - self._bar) if bars <= len(self._past) else None
        if found and found[1] <= self._room():
            self._sound(*found)

    def _sound(self, value: int, duration: int) -> None:
        goes_on = value == TIE or value == self._last == REST
        held = self._held if goes_on else 0
        duration = min(duration, LONGEST * self._symbols.steps - held)
        if not duration:
            return
        if self._at == self._bar and (not self._metres or self._metres[-1][1:] != self._metre):
            self._metres.append(Metre(self._at, *self._metre))
        if value >= 0:
            self._notes.append(Note(self._at, value, VELOCITY, duration))
            self._here[self._at - self._bar] = value, duration
        elif value == TIE:
            note = self._notes[-1]
            self._notes[-1] = note._replace(duration=note.duration + duration)
        self._last = self._last if value == TIE else value
        self._held = held + duration
        self._go_on(duration)

    def _go_on(self, duration: int) -> None:
        self._at += duration
        if self._at - self._bar == self._symbols.lengths(self._metre)[0]:
            self._bar = self._at
            self._past.appendleft(self._here)
            self._here = {}

    def _room(self) -> int:
        """Steps to the end of the bar, or of the beat."""
        length, beat = self._symbols.lengths(self._metre)
        place = self._at - self._bar
        return min(beat - place % beat, length - place) if self._beats else length - place

    def _may_tie(self) -> bool:
        place = self._at - self._bar
        begins = not place or (self._beats and not place % self._symbols.lengths(self._metre)[1])
        return begins and self._last >= 0

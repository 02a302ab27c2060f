"""Where a piece said in `remi` stands, and where a symbol leads, once it is known that it may come."""

from enum import IntEnum
from typing import Final, NamedTuple

from seqgen_midi.bars import COMMON, bar_length
from seqgen_midi.score import Metre
from seqgen_midi.tokenizers.grid import PERCUSSION
from seqgen_midi.tokenizers.remi import Kind


class Phase(IntEnum):
    """What was said last."""

    START = 0
    LINE = 1
    """The boundary of a bar."""
    CUT = 2
    """The boundary of a bar behind one that ends before its time."""
    DUE = 3
    """A bar that needs its metre said."""
    BAR = 4
    METRE = 5
    BEAT = 6
    PLACE = 7
    TEMPO = 8
    PROGRAM = 9
    VELOCITY = 10
    DURATION = 11
    NOTE = 12


WHOLE: Final = frozenset({Phase.BAR, Phase.METRE, Phase.TEMPO, Phase.NOTE})
"""Behind these nothing is left open."""


class At(NamedTuple):
    """Where a piece stands; times in steps, from where the bar begins.

    `named` says that a program was said for the note that is to come, `said` what the duration that is being said comes
    to so far. `last` is the voice, 128 * program + pitch, of the note before at this place, -1 for none; `sounding` has
    the ends and voices of the notes that sound, and `leaps` the program and the pitch before in it, if that matters.
    """

    phase: Phase
    bars: int = 0
    length: int = 0
    metre: int = 0
    place: int = 0
    tempo: int = 0
    program: int = 0
    named: bool = False
    velocity: int = 0
    duration: int = 0
    said: int = 0
    last: int = -1
    sounding: tuple[tuple[int, int], ...] = ()
    leaps: tuple[tuple[int, int], ...] = ()


class Moves:
    """What symbols do; `due` if the first bar needs its metre said, `leaps` if the pitch before a note matters."""

    def __init__(self, steps: int, *, velocity: int, due: bool, leaps: bool) -> None:
        self._steps, self._due, self._leaps = steps, due, leaps
        self.start = At(Phase.START, length=bar_length(steps, COMMON), velocity=velocity)

    def step(self, at: At, kind: Kind, value: int) -> At:
        """The state behind a symbol."""
        if kind >= Kind.PITCH:
            return self._note(at, (PERCUSSION if kind is Kind.DRUM else at.program) << 7 | value)
        if kind is Kind.PLACE:
            return at._replace(phase=Phase.PLACE, place=value, last=-1, sounding=_still(at, value))
        if kind is Kind.DURATION:
            return at._replace(phase=Phase.DURATION, said=at.said + value)
        if kind is Kind.BAR:
            return self._bar(at)
        if kind is Kind.METRE:
            length = bar_length(self._steps, Metre(0, value >> 5, value & 31))
            return at._replace(phase=Phase.METRE, metre=value, length=length)
        if kind is Kind.PROGRAM:
            return at._replace(phase=Phase.PROGRAM, program=value, named=True)
        if kind is Kind.VELOCITY:
            return at._replace(phase=Phase.VELOCITY, velocity=value)
        return at._replace(phase=Phase.TEMPO, tempo=value)

    def mark(self, at: At, *, beat: bool) -> At:
        """The state behind a boundary within the piece."""
        if at.phase is Phase.PLACE:
            return at._replace(phase=Phase.CUT)
        return at._replace(phase=Phase.BEAT if beat else Phase.LINE)

    def _bar(self, at: At) -> At:
        cut = at.phase in (Phase.PLACE, Phase.CUT)
        origin = at.place if cut else at.length
        due = cut or (self._due and not at.bars)
        return at._replace(
            phase=Phase.DUE if due else Phase.BAR,
            bars=at.bars + 1,
            place=0,
            last=-1,
            sounding=tuple((end - origin, voice) for end, voice in _still(at, origin)),
        )

    def _note(self, at: At, voice: int) -> At:
        duration = at.said or at.duration
        return at._replace(
            phase=Phase.NOTE,
            named=False,
            duration=duration,
            said=0,
            last=voice,
            sounding=tuple(sorted((*at.sounding, (at.place + duration, voice)))),
            leaps=self._leapt(at, *divmod(voice, 128)) if self._leaps else (),
        )

    def _leapt(self, at: At, program: int, pitch: int) -> tuple[tuple[int, int], ...]:
        if program == PERCUSSION:
            return at.leaps
        return tuple(sorted((dict(at.leaps) | {program: pitch}).items()))


def _still(at: At, place: int) -> tuple[tuple[int, int], ...]:
    """The notes that sound beyond a place."""
    if not at.sounding or at.sounding[0][0] > place:
        return at.sounding
    return tuple(each for each in at.sounding if each[0] > place)

"""What a model of keys going down and up is kept to: what a player can do, said in one way only.

Shapes: P pitches; V vocabulary.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Mask, Spoken
from seqgen.errors import UsageError
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen_midi.constraints.wishes import NONE, Wishes, in_words, legal_with
from seqgen_midi.marks import BAR, SECTION
from seqgen_midi.score import PITCHES
from seqgen_midi.tokenizers.performance import LOUD, OFF, ON, WAIT, Performance

FRESH, LONG, SHORT, ENDING, SAID, BEGUN = range(6)
"""What came last: nothing or a boundary, the longest wait, a shorter one, the end of a note, a velocity, a note."""
ALL: Final = (1 << PITCHES) - 1
"""All pitches; sets of them are the bits of a number."""
KEPT: Final = 1 << 14
"""Masks kept, at most."""
SECONDS: Final = 2
"""How long a bar is: of four quarters, 120 a minute."""


class At(NamedTuple):
    """A state: what came last, its pitch if that bounds the next one, the pitches that sound, the bin of velocity, the
    pitch of the last note, and how far the piece is, where that matters."""

    last: int = FRESH
    floor: int = -1
    sounding: int = 0
    bin: int = 0
    note: int = -1
    gone: int = 0


class _May(NamedTuple):
    """What may come next: pitches that may begin and end, the longest wait, the bin of velocity that is not said again
    or -1 if none is said, whether a boundary may come, and whether the piece may end."""

    ons: int
    offs: int
    wait: int
    bin: int
    mark: bool
    end: bool


class Legal(Constraint):
    """No key goes down that is down, nor up that is up, nor both at one step; a piece ends when all keys are up.

    At a step ends come first, then beginnings, by rising pitch; a wait is the longest or the last before something else
    happens; a velocity is said where it changes, before a note. A boundary may follow any wait, for time alone does not
    tell where bars lie. If the vocabulary has bars, a piece asked to have a number of them ends in the last one, or at
    its end; if not, it ends at the step that many times two seconds lead to.
    """

    alone = True

    def __init__(self, codec: Codec, wishes: Wishes = NONE) -> None:
        self.start: At = At()
        self._tokenizer = cast(Performance, codec.tokenizer)
        self._vocabulary, self._wishes = codec.vocabulary, wishes
        self._counting = BAR in codec.vocabulary.levels
        self._goal = wishes.bars * (1 if self._counting else SECONDS * self._tokenizer.rate)
        self._near = [_near(wishes, note) for note in range(-1, PITCHES)]
        self._rows: dict[_May, Mask] = {}
        numbers = {ON: PITCHES, OFF: PITCHES, WAIT: self._tokenizer.longest + 1, LOUD: self._tokenizer.velocities + 1}
        id_of = codec.vocabulary.id_of
        self._ids = {kind: np.array([id_of(f"{kind}{i}") for i in range(n)]) for kind, n in numbers.items()}

    def step(self, state: At, symbol: Spoken) -> At | None:
        may = self._may(state)
        if isinstance(symbol, Boundary):
            return self._mark(state, symbol, may)
        kind, number = self._tokenizer.meanings.get(symbol, ("", 0))
        last, floor, sounding, bin, note, gone = state
        if kind == ON:
            return At(BEGUN, number, sounding | 1 << number, bin, number, gone) if may.ons >> number & 1 else None
        if kind == OFF:
            return At(ENDING, number, sounding ^ 1 << number, bin, note, gone) if may.offs >> number & 1 else None
        if kind == WAIT and number <= may.wait:
            passed = 0 if self._counting or not self._goal else number
            last = LONG if number == self._tokenizer.longest else SHORT
            return At(last, -1, sounding, bin, note, gone + passed)
        if kind == LOUD and may.bin >= 0 and number != may.bin:
            return At(SAID, floor if last == BEGUN else -1, sounding, number, note, gone)
        return None

    def allowed(self, state: At) -> Mask:
        may = self._may(state)
        mask = self._rows.get(may)
        if mask is None:
            if len(self._rows) == KEPT:
                self._rows.clear()
            mask = self._rows[may] = self._row(may)
        return mask

    def complete(self, state: At) -> Iterable[Spoken] | None:
        """The ends of what sounds, and silence to where the piece must end.

        None behind a velocity, and behind a wait in silence that no other may follow: there a note would have to be
        made up.
        """
        if state.last == SAID:
            return None
        if state.last == SHORT and not state.sounding and not self._counting and state.gone < self._goal:
            return None
        return self._way(state)

    def _may(self, state: At) -> _May:
        last, floor, sounding, bin, note, gone = state
        goal, tokenizer, most = self._goal, self._tokenizer, self._wishes.max_polyphony
        over = bool(goal) and gone == goal
        full = over or (most and sounding.bit_count() >= most)
        above = ALL << floor + 1 if last >= ENDING else ALL
        silent = 0 if full else self._near[note + 1] & ~sounding & (ALL if last == ENDING else above)
        offs = sounding & above if last <= ENDING else 0
        wait = 0 if over or last in (SHORT, SAID) else tokenizer.longest
        if goal and not self._counting:
            wait = min(wait, goal - gone)
        said = bin or not tokenizer.velocities
        may_end = not goal or over or (self._counting and gone == goal - 1)
        return _May(
            silent if said else 0,
            offs & -offs if over else offs,
            wait,
            bin if silent and last != SAID and tokenizer.velocities else -1,
            last in (LONG, SHORT) and not over,
            may_end and not sounding and last != SAID,
        )

    def _mark(self, state: At, symbol: Boundary, may: _May) -> At | None:
        """The start behind the end of a piece, and the state behind another boundary."""
        if symbol == DOCUMENT_BOUNDARY:
            return self.start if may.end else None
        if not may.mark or symbol.level not in self._vocabulary.levels:
            return None
        counts = self._counting and self._goal and symbol.level in (BAR, SECTION)
        return state._replace(last=FRESH, gone=state.gone + bool(counts))

    def _row(self, may: _May) -> Mask:
        mask = np.zeros(self._vocabulary.size, np.bool_)
        mask[self._ids[ON]], mask[self._ids[OFF]] = _bits(may.ons), _bits(may.offs)
        mask[self._ids[WAIT][1 : may.wait + 1]] = True
        if may.bin >= 0:
            mask[self._ids[LOUD][1:]] = True
            mask[self._ids[LOUD][may.bin]] = False
        mask[1 : self._vocabulary.unknown] = may.mark
        mask[0], mask[self._vocabulary.unknown] = may.end, False
        mask.flags.writeable = False
        return mask

    def _way(self, state: At) -> Iterator[Spoken]:
        last, floor, sounding, _, _, gone = state
        late = sounding if last == BEGUN else sounding & ~(ALL << floor + 1) if last == ENDING else 0
        passed = 1 if late else 0
        if passed:
            yield f"{WAIT}1"
        yield from (f"{OFF}{pitch}" for pitch in range(PITCHES) if sounding >> pitch & 1)
        if not self._counting:
            yield from self._tokenizer.waits(max(self._goal - gone - passed, 0))
            return
        bar = self._tokenizer.waits(SECONDS * self._tokenizer.rate)
        for number in range(gone, self._goal - 1):
            if number > gone or sounding or last not in (LONG, SHORT):
                yield from bar
            yield Boundary(BAR)

    def said(self, symbol: Spoken) -> str:
        return in_words(symbol)

    def __str__(self) -> str:
        return legal_with(self._wishes)


def legal(codec: Codec, wishes: Wishes = NONE) -> Constraint:
    """What models of the tokenizer `performance` are kept to, and what is asked for besides.

    Raises UsageError for a metre, of which the symbols say nothing.
    """
    if wishes.signature:
        there = "the symbols of performance say no metre"
        raise UsageError(f"--metre {wishes.metre}", there, "Leave it out, or prepare the corpus with another tokenizer")
    return Legal(codec, wishes)


def _near(wishes: Wishes, note: int) -> int:
    """The pitches that are wished for and not too far from a note; from any, if it is -1."""
    leap = wishes.max_leap if wishes.max_leap and note >= 0 else PITCHES
    return sum(1 << int(pitch) for pitch in np.flatnonzero(wishes.pitches) if abs(int(pitch) - note) <= leap)


def _bits(pitches: int) -> NDArray[np.bool_]:
    """A set of pitches as a mask, (P,)."""
    octets = np.frombuffer((pitches & ALL).to_bytes(PITCHES // 8, "little"), np.uint8)
    return np.unpackbits(octets, bitorder="little").astype(np.bool_)

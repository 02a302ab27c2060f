"""Melodies that are legal: bars fill exactly, and everything is said as the tokenizer says it."""

from collections.abc import Iterable, Iterator
from typing import cast

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Mask, Spoken
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen_midi.constraints.melody_rows import Open, Row, Rows
from seqgen_midi.constraints.melody_states import (
    BEAT,
    COUNT,
    DURATION,
    EVENT,
    KEY,
    LINE,
    METRE,
    NOTHING,
    SPEED,
    UNIT,
    At,
    Moves,
)
from seqgen_midi.constraints.wishes import NONE, Wishes, in_words, legal_with
from seqgen_midi.tokenizers.melody import Melody
from seqgen_midi.tokenizers.melody_symbols import FOUR, REST, TIE

SUMS = {"duration": DURATION, "tempo": SPEED, "beats": COUNT}
MIDDLE = 60
"""The pitch that a completion begins with."""


def legal(codec: Codec, wishes: Wishes = NONE) -> Constraint:
    """The constraint of the tokenizer `melody`. Raises UsageError for a metre that its grid does not have."""
    return Legal(codec, wishes)


class Legal(Constraint):
    """What `Melody.split` gives, and nothing else: numbers and repetitions as it says them, rests joined, a note in the
    last bar.

    Of the wishes, `bars` counts every bar, also one that a change of metre makes short; `max_polyphony` always holds.
    """

    alone = True
    start: At = At()

    def __init__(self, codec: Codec, wishes: Wishes = NONE) -> None:
        tokenizer = cast(Melody, codec.tokenizer)
        self._wishes, self._said, self._marks = wishes, tokenizer.symbols, tokenizer.marks
        self._rows, self._moves = Rows(codec, wishes), Moves(tokenizer, wishes)

    def step(self, state: At, symbol: Spoken) -> At | None:
        if symbol not in self._row(state).spoken:
            return None
        if isinstance(symbol, Boundary):
            return self.start if symbol == DOCUMENT_BOUNDARY else self._moves.opened(state)
        if state.phase == LINE:
            state = self._moves.opened(state)
        kind, what, more = self._said.actions[symbol]
        if kind == "value":
            return state._replace(phase=DURATION, value=what)
        if kind == "back":
            _, pitch, duration = next(each for each in state.echoes if each[0] == what)
            return self._moves.sounded(state, pitch, duration=duration)
        if more:
            return state._replace(phase=SUMS[kind], begun=state.begun + what)
        if kind == "duration":
            return self._moves.sounded(state, state.value, duration=state.begun + what)
        if kind == "beats":
            return state._replace(phase=UNIT, begun=state.begun + what)
        if kind in ("tempo", "key"):
            return state._replace(phase=KEY if kind == "tempo" else METRE, begun=0)
        return self._moves.counted(state, what if kind == "metre" else (state.begun, what))

    def allowed(self, state: At) -> Mask:
        return self._row(state).mask

    def complete(self, state: At) -> Iterable[Spoken]:
        return self._completion(state)

    def said(self, symbol: Spoken) -> str:
        return in_words(symbol)

    def __str__(self) -> str:
        return legal_with(self._wishes)

    def _completion(self, state: At) -> Iterator[Spoken]:
        while not self._may_end(state):
            symbol = min(self._row(state).spoken, key=lambda symbol: self._detour(state, symbol))
            yield symbol
            after = self.step(state, symbol)
            assert after is not None
            state = after

    def _detour(self, state: At, symbol: Spoken) -> tuple[int, int]:
        """The least for what leads to the end: a repetition; a rest behind a note; a note, near the last; and of
        numbers the greatest that is whole."""
        if isinstance(symbol, Boundary):
            return 0, 0
        kind, what, more = self._said.actions[symbol]
        if kind == "value":
            rank = 1 if what == REST and state.sounds and state.phase == EVENT else 3 if what < 0 else 2
            return rank, abs(what - (MIDDLE if state.pitch == NOTHING else state.pitch))
        if kind in ("back", "duration"):
            return int(more), 0 if kind == "back" else -what
        return (5 if kind in ("tempo", "key") and state.phase != SPEED else 4), int(more)

    def _may_end(self, state: At) -> bool:
        bars = self._wishes.bars
        if state.phase == LINE:
            return state.sounds and bars in (0, state.bars)
        return state.phase <= METRE and not state.bars and not bars and not self._rows.forced(state.metre)

    def _row(self, state: At) -> Row:
        phase = state.phase
        if phase == DURATION:
            taken = tuple([duration for _, pitch, duration in state.echoes if pitch == state.value])
            return self._rows.duration(state.begun, self._moves.most(state, state.value), taken=taken)
        if phase in (SPEED, COUNT, UNIT):
            return self._rows.number(phase, state.begun, metre=state.metre)
        ends = self._may_end(state)
        level = "beat" if phase == BEAT else None
        if phase == LINE:
            whole = state.bars == self._wishes.bars
            level = "document" if whole else self._marks.at(state.bars)
        if level:
            return self._rows.mark(level, ends=ends)
        return self._rows.events(self._open(state if phase != LINE else self._moves.opened(state), ends=ends))

    def _open(self, state: At, *, ends: bool) -> Open:
        """What decides what may be said here."""
        room, echoes = self._moves.room(state), state.echoes
        taken = [pitch for _, pitch, _ in echoes] if room <= len(echoes) else []
        return Open(
            state.phase,
            ends,
            state.metre if state.phase != EVENT else FOUR,
            self._moves.most(state, REST) > 0,
            self._moves.most(state, TIE) > 0,
            state.pitch if self._wishes.max_leap else NOTHING,
            tuple([bars for bars, _, _ in echoes]),
            frozenset(pitch for pitch in taken if taken.count(pitch) >= room),
        )

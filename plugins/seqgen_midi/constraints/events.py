"""What a model of `events` is kept to: music that any player can play, said in one way but for tracks without notes.

Shapes: V vocabulary.
"""

from collections.abc import Iterable
from typing import Final, cast

import numpy as np

from seqgen.codec import DOCUMENT, Codec
from seqgen.constraint import Constraint, Mask, Spoken
from seqgen.errors import UsageError
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen_midi.bars import bar_length
from seqgen_midi.constraints.events_numbers import BEGUN, Counting, Rows, Said
from seqgen_midi.constraints.events_rules import Rules
from seqgen_midi.constraints.events_states import (
    CHANNEL,
    CHOSEN,
    DIVISION,
    KEY,
    LINE,
    LOUD,
    MARKED,
    METRE,
    MOVED,
    NEW,
    NOTHING,
    UNIT,
    VALUE,
    Lines,
    Saying,
    State,
    settled,
    sounding,
)
from seqgen_midi.constraints.wishes import NONE, Wishes, in_words, legal_with
from seqgen_midi.score import LAST_TICK, Metre
from seqgen_midi.tokenizers.events import Events
from seqgen_midi.tokenizers.events_joining import KEYS, PITCHES, UNITS
from seqgen_midi.tokenizers.numbers import BITS, part_of

KEPT: Final = 1 << 14
"""Masks to remember."""
FIXED: Final = frozenset("xqmciouf")
"""The kinds of numbers whose range is always the same."""
EARLY: Final = 480
"""The division of a piece that ends before it has any."""
IDLE: Final = (MOVED, MARKED)
"""Where time has passed and nothing has come yet; the key that holds may be said again."""
LEADING: Final = {DIVISION: "x", CHANNEL: "c", VALUE: "u", CHOSEN: "i", NEW: "i", LOUD: "d"}
"""The kind of number that may be said where something must come and no note may."""

_May = tuple[int, ...]
"""What may come next: pitches and units of a metre, each as bits, then sets of ids."""


class Legal(Constraint):
    """Everything in the order of `events` and said as it is there; no note of a pitch that still sounds on its track.

    A track may be opened and never get a note; `join` leaves it out, and then `split` says the piece otherwise.

    Notes have a duration. At most 64 tracks, and 16 controls of a track at one tick. A metre begins a bar; boundaries
    stand where bars begin, and only there. A piece ends behind an event; asked for a number of bars it ends at their
    last line, when all notes have. With a limit to how many notes sound, time goes on to where another may begin, or to
    the next boundary.
    """

    alone = True

    def __init__(self, codec: Codec, wishes: Wishes = NONE) -> None:
        tokenizer, vocabulary = cast(Events, codec.tokenizer), codec.vocabulary
        self.start: Saying = Saying(State())
        self._lines = Lines(vocabulary.levels[1:], tokenizer.section_bars, wishes.bars)
        self._rules = Rules(self._lines, wishes)
        self._id_of, self._rows = vocabulary.id_of, Rows(vocabulary.size)
        self._keep = "".join({symbol[0] for symbol in tokenizer.alphabet()} & set(BITS))
        self._counting = {
            each.kind: Counting(each, vocabulary, self._rows) for each in tokenizer.numerals if each.kind in self._keep
        }
        self._first = {
            kind: self._counting[kind].row(BEGUN, self._rules.fixed[kind]) for kind in self._keep if kind in FIXED
        }
        self._levels = {level: self._rows.of([id]) for id, level in enumerate(vocabulary.levels)}
        self._keys = self._rows.of(map(self._id_of, KEYS))
        self._ids = np.array([self._id_of(symbol) for symbol in (*PITCHES, *UNITS)])
        self._masks: dict[_May, Mask] = {}
        self._asked: tuple[Saying | None, State, Mask] = (None, State(), np.zeros(0, np.bool_))

    def step(self, state: Saying, symbol: Spoken) -> Saying | None:
        at, mask = self._look(state)
        if not mask[self._id_of(symbol)]:
            return None
        if isinstance(symbol, Boundary):
            return self.start if symbol == DOCUMENT_BOUNDARY else Saying(at._replace(owed=MARKED))
        if part := part_of(symbol):
            going = state if part.kind == state.kind else Saying(at, part.kind)
            said = self._counting[part.kind].after(going.said, part)
            return Saying(going.state, part.kind, cast(Said, said))
        if symbol in KEYS:
            return Saying(at._replace(owed=NOTHING, stage=KEY, key=symbol))
        number = int(symbol[1:])
        if symbol in UNITS:
            return Saying(at._replace(owed=NOTHING, stage=METRE, unit=number, signed=True))
        return Saying(sounding(at, number))

    def allowed(self, state: Saying) -> Mask:
        return self._look(state)[1]

    def complete(self, state: Saying) -> Iterable[Spoken]:
        """What is left of the number that is being said, what must follow it, and silence to where the piece ends."""
        while way := self._onward(state):
            yield from way
            for symbol in way:
                state = cast(Saying, self.step(state, symbol))

    def said(self, symbol: Spoken) -> str:
        return in_words(symbol)

    def __str__(self) -> str:
        return legal_with(self._rules.wishes)

    def _look(self, state: Saying) -> tuple[State, Mask]:
        """The state behind the number that is being said, and what may come next; asked twice for each symbol."""
        asked, at, mask = self._asked
        if asked is not state:
            at = settled(state, self._lines)
            mask = self._mask(self._may(state, at))
            self._asked = state, at, mask
        return at, mask

    def _may(self, saying: Saying, at: State) -> _May:
        """What may come next: the number may go on, and if it may end, what comes behind it."""
        state, kind, said = saying
        found: list[int] = []
        if kind:
            counting, range = self._counting[kind], self._rules.range(state, kind)
            found.append(counting.row(said, range))
            if not counting.ends(said, range):
                return 0, 0, *found
        pitches, more = self._rules.notes(at)
        for each in self._rules.kinds(at, self._keep) + more:
            row = self._first.get(each)
            found.append(self._counting[each].row(BEGUN, self._rules.range(at, each)) if row is None else row)
        if self._rules.keys(at):
            found.append(self._keys)
        if at.owed == LINE:
            found.append(self._levels[self._lines.level(at)])
        if self._rules.ends(at):
            found.append(self._levels[DOCUMENT_BOUNDARY.level])
        return pitches, self._rules.units(at) if at.owed == UNIT else 0, *found

    def _mask(self, may: _May) -> Mask:
        mask_V = self._masks.get(may)
        if mask_V is None:
            if len(self._masks) == KEPT:
                self._masks.clear()
            pitches, units, *rows = may
            bits = np.frombuffer((pitches | units << len(PITCHES)).to_bytes(len(self._ids) // 8, "little"), np.uint8)
            mask_V = self._masks[may] = self._rows.union(rows)
            mask_V[self._ids] |= np.unpackbits(bits, bitorder="little").astype(np.bool_)
            mask_V.setflags(write=False)
        return mask_V

    def _onward(self, saying: Saying) -> tuple[Spoken, ...]:
        """What is to come next on a way to the end; nothing if the piece may end here."""
        at, mask = self._look(saying)
        if mask[DOCUMENT]:
            return ()
        state, kind, said = saying
        if kind and not self._counting[kind].ends(said, self._rules.range(state, kind)):
            return self._counting[kind].rest(said, self._rules.range(state, kind))
        if at.owed == LINE:
            return (Boundary(self._lines.level(at)),)
        if at.owed == UNIT:
            return (next(symbol for symbol in reversed(UNITS) if mask[self._id_of(symbol)]),)
        if at.owed in IDLE and not (at.owed == MARKED and self._lines.bars):
            return (at.key,)
        pitches, _ = self._rules.notes(at)
        if pitches and at.owed != NOTHING and at.owed != MARKED:
            return (PITCHES[(pitches & -pitches).bit_length() - 1],)
        return self._number(at)

    def _number(self, at: State) -> tuple[str, ...]:
        """The number that leads on where one must come, or time that passes."""
        kind = LEADING.get(at.owed, "m" if self._rules.unsigned(at) else "t")
        range, counting = self._rules.range(at, kind), self._counting[kind]
        numbers = {"x": min(EARLY, range.high), "t": range.high, "d": counting.least(BEGUN, range)}
        return counting.numerals.say(numbers.get(kind, range.low))


def legal(codec: Codec, wishes: Wishes = NONE) -> Constraint:
    """The constraint of a codec of `events`, with what is wished.

    Raises UsageError for more bars than a piece can have.
    """
    shortest = bar_length(1, Metre(0, *(wishes.signature or (4, 4))))
    if wishes.bars * shortest > LAST_TICK:
        most = LAST_TICK // shortest
        raise UsageError(f"a piece of {wishes.bars} bars", f"{most} is all it can have", "Ask for fewer")
    return Legal(codec, wishes)

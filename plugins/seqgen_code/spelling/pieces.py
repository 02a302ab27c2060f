"""Automata over characters, lifted to the pieces in which a vocabulary spells.

Shapes: V vocabulary, P pieces, L letters of the longest piece, S states of an automaton, K its columns.
"""

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from seqgen.constraint import Mask
from seqgen.vocabulary import Vocabulary
from seqgen_code.spelling.automaton import DEAD, OTHER, Automaton
from seqgen_code.symbols import BEGIN, BYTE, PIECE

State = tuple[int, bytes]
"""Of the automaton, and the bytes of a character that is not complete."""
UNBEGUN: Final = b"^"
"""Held by the state in which a piece that begins a lexeme must come; no character of several bytes begins so."""

BYTES: Final = {f"{BYTE}{value:02x}": value for value in range(256)}
LEADS, TRAILS = range(0xC2, 0xF5), range(0x80, 0xC0)
SECOND: Final = {0xE0: range(0xA0, 0xC0), 0xED: range(0x80, 0xA0), 0xF0: range(0x90, 0xC0), 0xF4: range(0x80, 0x90)}
"""The second bytes behind first ones that do not take all of them (The Unicode Standard, table 3-7)."""


def following(held: bytes) -> range:
    """The bytes of characters beyond ASCII that may follow in UTF-8."""
    if not held:
        return LEADS
    return SECOND.get(held[0], TRAILS) if len(held) == 1 else TRAILS


def is_whole(held: bytes) -> bool:
    """Whether these bytes, which may stand in UTF-8, are all that their first one asks for."""
    return len(held) == 2 + (held[0] >= 0xE0) + (held[0] >= 0xF0)


class Texts:
    """Symbols, the texts that they say, and their ids, the longest texts first.

    `letters` (P, L) are the characters of the texts as places in `alphabet`, counted from 1, and 0 behind the last.
    """

    def __init__(self, said: Sequence[tuple[str, str, int]]) -> None:
        found = sorted(said, key=lambda each: -len(each[1]))
        self.symbols = [symbol for symbol, _, _ in found]
        self.ids = np.array([id for _, _, id in found], np.intp)
        self.alphabet = sorted(set("".join(text for _, text, _ in found)))
        self.letters = np.zeros((len(found), len(found[0][1]) if found else 0), np.intp)
        places = {character: place for place, character in enumerate(self.alphabet, 1)}
        for row, (_, text, _) in enumerate(found):
            self.letters[row, : len(text)] = [places[character] for character in text]


class Pieces:
    """What spells in a vocabulary: the pieces that begin a lexeme, those that go on, single bytes of ASCII among them,
    and the ids of all bytes. It serves any number of automata."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.size = vocabulary.size
        ids = {symbol: vocabulary.id_of(symbol) for symbol in vocabulary.symbols}
        self.bytes = {symbol: ids[symbol] for symbol in BYTES if symbol in ids}
        begins, pieces = _said(BEGIN, ids), _said(PIECE, ids)
        self.short = {text: symbol for symbol, text, _ in pieces if len(text) == 1}
        signs = [(symbol, chr(BYTES[symbol]), id) for symbol, id in self.bytes.items() if BYTES[symbol] < 0x80]
        self.begins, self.follows = Texts(begins), Texts([*pieces, *signs])

    def spelled(self, text: str) -> list[str]:
        """A text in pieces of one character, or in bytes where there are none."""
        return [each for character in text for each in self._spelled(character)]

    def _spelled(self, character: str) -> list[str]:
        if character in self.short:
            return [self.short[character]]
        return [f"{BYTE}{byte:02x}" for byte in character.encode()]


def _said(kind: str, ids: dict[str, int]) -> list[tuple[str, str, int]]:
    return [(each, each[len(kind) :], id) for each, id in ids.items() if each.startswith(kind) and each != kind]


class _Lifted:
    """What each of some texts does in each state of an automaton: `after` (S, P), for those that do anything."""

    def __init__(self, automaton: Automaton, texts: Texts) -> None:
        table, (states, stay) = automaton.table, automaton.table.shape
        columns = np.array([stay, *map(automaton.column, texts.alphabet)])
        live = np.append((table != DEAD).any(0), True)
        codes_PL = columns[texts.letters]
        kept_P = live[codes_PL].all(1)
        codes_PL = codes_PL[kept_P]
        self.ids = texts.ids[kept_P]
        self.places = {texts.symbols[row]: place for place, row in enumerate(np.flatnonzero(kept_P))}
        after_SP = np.repeat(np.arange(states)[:, None], len(codes_PL), axis=1)
        for codes_P in codes_PL.T:
            reached = int(np.count_nonzero(codes_P != stay))
            after_SP[:, :reached] = table[after_SP[:, :reached], codes_P[:reached]]
        self.after_SP: NDArray[np.int16] = after_SP.astype(np.int16)


class Spelled:
    """An automaton over the pieces of a vocabulary.

    Its texts go on in pieces and bytes of UTF-8, and begin so too, unless `begins`: then the first piece is one that
    begins a lexeme. Law: `allowed` is True for a symbol exactly if `step` takes it, and from where it leads the lexeme
    can be ended, provided that the vocabulary holds all bytes. Symbols that no vocabulary of the tokenizer has are not
    taken.
    """

    def __init__(self, automaton: Automaton, pieces: Pieces, *, begins: bool = False) -> None:
        self.automaton, self._pieces = automaton, pieces
        self.start: State = (automaton.start, UNBEGUN if begins else b"")
        self._begins = _Lifted(automaton, pieces.begins) if begins else None
        self._follows = _Lifted(automaton, pieces.follows)
        self._states = [None, *((state, b"") for state in range(1, len(automaton.table)))]
        self._masks = dict[State, Mask]()
        self._shared = dict[bytes, Mask]()

    def step(self, state: State, symbol: str) -> State | None:
        """The state behind a symbol; None if it cannot be said here."""
        at, held = state
        lifted = self._begins if held == UNBEGUN else None if held else self._follows
        if lifted is not None and (place := lifted.places.get(symbol)) is not None:
            return self._states[lifted.after_SP.item(at, place)]
        return self._byte(at, held, symbol)

    def allowed(self, state: State) -> Mask:
        """Which symbols can be said here, (V,), not to be written to; states that allow the same share one mask."""
        mask = self._masks.get(state)
        if mask is None:
            mask = self._mask(*state)
            mask.flags.writeable = False
            mask = self._masks[state] = self._shared.setdefault(mask.tobytes(), mask)
        return mask

    def may_end(self, state: State) -> bool:
        """Whether the lexeme may end here."""
        return not state[1] and self.automaton.accepts(state[0])

    def may_open(self, state: State) -> bool:
        """Whether a field may begin here."""
        return not state[1] and self.automaton.opens(state[0])

    def ending(self, state: State) -> list[str]:
        """A shortest way, in single characters, to where the lexeme may end; asked where something is allowed."""
        way: list[str] = []
        at, held = state
        while held:
            symbol = self._beginning(at) if held == UNBEGUN else next(each for each in BYTES if self.step(state, each))
            way.append(symbol)
            state = at, held = cast(State, self.step(state, symbol))
        return way + self._pieces.spelled(self.automaton.ending(at))

    def _beginning(self, at: int) -> str:
        """Of the pieces behind which the lexeme can be ended soonest, the shortest."""
        lifted = cast(_Lifted, self._begins)
        left_P = self.automaton.left[lifted.after_SP[at]]
        return min(lifted.places, key=lambda symbol: (left_P[lifted.places[symbol]], len(symbol)))

    def _byte(self, at: int, held: bytes, symbol: str) -> State | None:
        value = BYTES.get(symbol)
        if value is None or held == UNBEGUN or value not in following(held):
            return None
        held += bytes([value])
        if is_whole(held):
            return self._states[self.automaton.step(at, held.decode())]
        return None if self.automaton.step(at, OTHER) == DEAD else (at, held)

    def _mask(self, at: int, held: bytes) -> Mask:
        mask = np.zeros(self._pieces.size, np.bool_)
        for lifted, held_there in ((self._begins, UNBEGUN), (self._follows, b"")):
            if lifted is not None and held == held_there:
                mask[lifted.ids] = lifted.after_SP[at] != DEAD
        taken = [id for symbol, id in self._pieces.bytes.items() if self._byte(at, held, symbol) is not None]
        mask[taken] = True
        return mask

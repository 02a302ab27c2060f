"""From lexemes to codes, quickly: the fast twin of `coding.Reader`, which is the definition."""

from collections.abc import Iterable, Sequence
from typing import Any

from seqgen_code.language import CLOSING, END, LINE, NAME, NOTE, TEXT
from seqgen_code.tokenizers.coding import BLOCK, Begun, Pair, Reader, dents, is_soft, margin_behind
from seqgen_code.tokenizers.layout import column
from seqgen_code.tokenizers.place import Place
from seqgen_code.tokenizers.states import Said, States


class Encoder:
    """One document; `levels` are those whose boundaries are wanted."""

    def __init__(self, states: States, levels: Iterable[str] = ()) -> None:
        self._states, self._speech, self._language = states, states.speech, states.speech.language
        self._codes, self._begun, self._place = list[Any](), Begun(levels), Place(states)

    def encode(self, pairs: Sequence[Pair]) -> list[Any]:
        """The codes of these lexemes, which are a whole document."""
        codes, place, say = self._codes, self._place, self._states.say
        for number, pair in enumerate(pairs):
            known = place.known
            said = self._first(pairs, number) if place.fresh else known.said.get(pair) or say(known, *pair)
            if said is None:
                self._rare(*pair)
                continue
            codes += said.codes
            length = said.length
            place.column = place.column + length if length >= 0 else -length
            place.known = said.after
            if said.effect:
                place.act(said, known)
        return codes

    def _first(self, pairs: Sequence[Pair], number: int) -> Said | None:
        """The first lexeme of a line, what begins with it and its margin being said; None if it is not known whole, and
        its margin is not said."""
        (gap, lexeme), states, place = pairs[number], self._states, self._place
        group = self._language.class_of(lexeme)
        if group in (LINE, END):
            return states.say(place.known, gap, lexeme)
        outside = not place.brackets
        if outside and self._language.indented and (gap != place.margin or group == NOTE):
            self._dent(pairs, number, group)
        begins = outside and group != NOTE
        if begun := self._begun.levels(lexeme, begins=begins, top=not place.indents):
            self._codes += states.code(begun)
        if begins and lexeme in self._language.soft and is_soft(pairs, number):
            found: Said | None = states.soft(lexeme)
        else:
            found = place.known.bare.get(lexeme) or states.say_bare(place.known, lexeme)
        if found:
            self._say_gap(gap, "", closes=lexeme in CLOSING)
        return found

    def _dent(self, pairs: Sequence[Pair], number: int, group: str) -> None:
        """Say how the line is indented or dedented against the one before."""
        gap, place = pairs[number][0], self._place
        if group == NOTE and (gap == place.margin or gap != margin_behind(pairs, number, self._language)):
            return
        said = dents(gap, place.indents, place.unit, known=self._speech.units)
        for symbol in said:
            place.dent(symbol)
        self._codes += self._states.code([*said, *([BLOCK] if said and self._begun.block else [])])

    def _say_gap(self, gap: str, kind: str, *, closes: bool = False) -> None:
        """Say the gap before a lexeme of that kind, if another one is expected."""
        states, place = self._states, self._place
        if not place.fresh:
            self._codes += states.gap(place.known, kind, gap)
        else:
            if gap != place.expected(closes=closes):
                self._codes += states.code(self._speech.gap(gap))
            place.begin_line(gap, closes=closes)
        place.column = column(place.column, gap)

    def _rare(self, gap: str, lexeme: str) -> None:
        """Say a lexeme that is not known whole."""
        group, place = self._language.class_of(lexeme), self._place
        if group == END:
            self._codes += self._states.code(self._speech.gap(gap)) if gap else ()
            return
        codes = self._codes_of(lexeme, group)
        if codes is None:
            self._slowly(gap, lexeme, group)
            return
        self._say_gap(gap, group)
        self._codes += codes
        place.column = column(place.column, lexeme)
        if group != NOTE:
            place.turn(group)

    def _codes_of(self, lexeme: str, group: str) -> tuple[Any, ...] | None:
        """The codes of a lexeme without its gap; None if the definition must say them."""
        spellings, recent = self._states.spellings, self._place.recent
        if group == NOTE:
            return spellings.comments[lexeme]
        if group == TEXT:
            return spellings.literals[lexeme]
        again = group == NAME and lexeme in recent
        codes = spellings.recents[recent.index(lexeme)] if again else spellings.names[lexeme]
        if group == NAME and codes:
            self._place.remember(lexeme)
        return codes

    def _slowly(self, gap: str, lexeme: str, group: str) -> None:
        """Let the definition say a lexeme, and go on from there."""
        reader = Reader(self._speech)
        reader.at = self._place.at()
        self._codes += self._states.code(reader.lexeme(gap, lexeme, group))
        self._place.go_to(reader.at)

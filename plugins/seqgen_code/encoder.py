"""From lexemes to codes, quickly: the fast twin of `coding.Reader`, which is the definition."""

from collections.abc import Iterable, Sequence
from typing import Any

from seqgen_code.coding import BLOCK, Begun, Pair, Reader, dents, is_soft, margin_behind
from seqgen_code.language import CLOSING, END, LINE, NAME, NOTE, OPENING, TEXT
from seqgen_code.layout import At, Bracket, column, settle
from seqgen_code.states import CLOSES, OPENS, Known, Said, States
from seqgen_code.symbols import DEDENT, INDENT, RECENTS


class Encoder:
    """One document; `levels` are those whose boundaries are wanted."""

    def __init__(self, states: States, levels: Iterable[str] = ()) -> None:
        self._states, self._speech, self._language = states, states.speech, states.speech.language
        self._codes, self._begun = list[Any](), Begun(levels)
        self._known, self._column, self._fresh, self._line = states.fresh, 0, True, ""
        self._indents, self._margin, self._unit = list[str](), "", self._speech.layout.unit
        self._brackets, self._recent = list[Bracket](), list[str]()

    def encode(self, pairs: Sequence[Pair]) -> list[Any]:
        """The codes of these lexemes, which are a whole document."""
        codes, say = self._codes, self._states.say
        for place, pair in enumerate(pairs):
            known = self._known
            said = self._first(pairs, place) if self._fresh else known.said.get(pair) or say(known, *pair)
            if said is None:
                self._rare(*pair)
                continue
            codes += said.codes
            length = said.length
            self._column = self._column + length if length >= 0 else -length
            self._known = said.after
            if said.effect:
                self._effect(said, known)
        return codes

    def _effect(self, said: Said, known: Known) -> None:
        """Open a bracket, close one, or end the line."""
        brackets = self._brackets
        if said.effect == OPENS:
            brackets.append(Bracket(said.kind, self._column, self._line))
        elif said.effect == CLOSES:
            if brackets:
                brackets.pop()
            self._known = self._states.of(said.kind, brackets[-1].sign if brackets else "")
        else:
            self._column, self._fresh, self._line = 0, True, ""
            if brackets and brackets[-1].indent is None:
                top, hanging = brackets[-1], known.before in OPENING
                indent = top.margin + self._unit if hanging else " " * top.column
                brackets[-1] = top._replace(indent=indent, hanging=hanging)

    def _first(self, pairs: Sequence[Pair], place: int) -> Said | None:
        """The first lexeme of a line, what begins with it and its margin being said; None if it is not known whole, and
        its margin is not said."""
        (gap, lexeme), states = pairs[place], self._states
        group = self._language.class_of(lexeme)
        if group in (LINE, END):
            return states.say(self._known, gap, lexeme)
        outside = not self._brackets
        if outside and self._language.indented and (gap != self._margin or group == NOTE):
            self._dent(pairs, place, group)
        begins = outside and group != NOTE
        if begun := self._begun.levels(lexeme, begins=begins, top=not self._indents):
            self._codes += states.code(begun)
        if begins and lexeme in self._language.soft and is_soft(pairs, place):
            found: Said | None = states.soft(lexeme)
        else:
            found = self._known.bare.get(lexeme) or states.say_bare(self._known, lexeme)
        if found:
            self._say_gap(gap, "", closes=lexeme in CLOSING)
        return found

    def _dent(self, pairs: Sequence[Pair], place: int, group: str) -> None:
        """Say how the line is indented or dedented against the one before."""
        gap = pairs[place][0]
        if group == NOTE and (gap == self._margin or gap != margin_behind(pairs, place, self._language)):
            return
        said = dents(gap, self._indents, self._unit, known=self._speech.units)
        for symbol in said:
            if symbol == DEDENT:
                self._indents.pop()
            else:
                self._unit = symbol[len(INDENT) :] or self._unit
                self._indents.append(self._unit)
        self._margin = "".join(self._indents)
        self._codes += self._states.code([*said, *([BLOCK] if said and self._begun.block else [])])

    def _say_gap(self, gap: str, kind: str, *, closes: bool = False) -> None:
        """Say the gap before a lexeme of that kind, if another one is expected."""
        states, brackets = self._states, self._brackets
        if self._fresh:
            expected = self._margin
            if brackets:
                top = brackets[-1]
                expected = top.margin if closes and top.hanging else top.indent or ""
            if gap != expected:
                self._codes += states.code(self._speech.gap(gap))
            self._fresh, self._line = False, gap[gap.rfind("\n") + 1 :]
            if brackets and not closes:
                brackets[-1] = brackets[-1]._replace(indent=self._line)
        else:
            self._codes += states.gap(self._known, kind, gap)
        self._column = column(self._column, gap)

    def _rare(self, gap: str, lexeme: str) -> None:
        """Say a lexeme that is not known whole."""
        states, group = self._states, self._language.class_of(lexeme)
        if group == END:
            self._codes += states.code(self._speech.gap(gap)) if gap else ()
            return
        codes = self._codes_of(lexeme, group)
        if codes is None:
            self._slowly(gap, lexeme, group)
            return
        self._say_gap(gap, group)
        self._codes += codes
        self._column = column(self._column, lexeme)
        if group != NOTE:
            self._known = states.of(group, self._known.sign)

    def _codes_of(self, lexeme: str, group: str) -> tuple[Any, ...] | None:
        """The codes of a lexeme without its gap; None if the definition must say them."""
        states = self._states
        if group == NOTE:
            return states.comments[lexeme]
        if group == TEXT:
            return states.literals[lexeme]
        if group == NAME and lexeme in self._recent:
            codes: tuple[Any, ...] | None = states.recents[self._recent.index(lexeme)]
        else:
            codes = states.names[lexeme]
        if group == NAME and codes:
            _remember(self._recent, lexeme)
        return codes

    def _slowly(self, gap: str, lexeme: str, group: str) -> None:
        """Let the definition say a lexeme, and go on from there."""
        reader = Reader(self._speech)
        reader.at = At(
            self._known.before, self._column, self._line, self._fresh, tuple(self._indents), self._unit,
            tuple(self._brackets), recent=tuple(self._recent),
        )  # fmt: skip
        self._codes += self._states.code(reader.lexeme(gap, lexeme, group))
        at = settle(reader.at)
        self._column, self._line, self._fresh = at.column, at.line, at.fresh
        self._brackets, self._recent = list(at.brackets), list(at.recent)
        self._known = self._states.of(at.before, self._brackets[-1].sign if self._brackets else "")


def _remember(recent: list[str], name: str) -> None:
    """Make a name the one spelled last."""
    if name in recent:
        recent.remove(name)
    recent.insert(0, name)
    del recent[RECENTS:]

"""What was met so far of a lexicon's words and states: the memory of the fast twins, which asks the layout but once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from seqgen.text.pieces import BEGIN
from seqgen.vocabulary import Vocabulary
from seqgen_words.layout import (
    CASES,
    CLOSES,
    GAP,
    OPENS,
    RECENTS,
    TWINS,
    At,
    Before,
    bare,
    behind,
    blank,
    kind_of,
    twin,
)
from seqgen_words.layout import column as behind_gap
from seqgen_words.lexicon import Lexicon
from seqgen_words.segments import Pair

Code = Callable[[Sequence[str]], tuple[Any, ...]]
"""What stands for symbols: they themselves, or their ids."""
FAR, NEAR = 1 << 60, -(1 << 60)
"""A column that no line reaches, and one that every line has passed."""
MOST = 1 << 16
"""Pairs remembered for a state."""
LONGEST = 64
"""Characters of a gap that is remembered as a state."""


class Hit(NamedTuple):
    """A segment of the lexicon: its symbols, what it is as text, and its length behind a gap."""

    symbols: tuple[str, ...]
    text: str
    length: int


class Said(NamedTuple):
    """A gap with a segment of the lexicon: its codes, and those where the line would be too long, the state behind it,
    how far it moves the column (below 0: to where, in a new line), and the column that decides, counted from here."""

    codes: tuple[Any, ...]
    wrapped: tuple[Any, ...]
    after: "Known"
    move: int
    end: int


class Written(NamedTuple):
    """A symbol: its text with the gap expected, and with a line end, the state behind it, how far it moves the column
    (below 0: to where, in a new line), and the column that decides, counted from here."""

    text: str
    wrapped: str
    after: "Known"
    move: int
    end: int


class Known:
    """A state of the layout at the beginning of a line, with what was said and written in it so far."""

    def __init__(self, at: At) -> None:
        self.at, self.before = at, at.before
        self.said, self.written, self.gaps = dict[Pair, Said](), dict[str, Written](), dict[str, str]()
        self.find, self.show = self.said.get, self.written.get


class States:
    """The states met so far, of a lexicon whose documents all share them; `code` gives what stands for symbols."""

    def __init__(self, lexicon: Lexicon, code: Code) -> None:
        self.lexicon, self.code = lexicon, code
        self.wrap = lexicon.wrap or FAR
        self.sums = {gap: [GAP + gap] for gap in lexicon.gaps}
        self._flat = replace(lexicon.layout, wrap=0)
        self._met = dict[At, Known]()
        self._numbered = dict[Vocabulary, States]()
        self._spelt = dict[str, tuple[tuple[Any, ...], str, str]]()
        self.fresh = self.of(Before())

    def numbered(self, vocabulary: Vocabulary) -> "States":
        """The same states with ids for codes; those of the last vocabulary are kept."""
        if vocabulary not in self._numbered:
            id_of = {symbol: vocabulary.id_of(symbol) for symbol in self.lexicon.symbols}
            made = States(self.lexicon, lambda symbols: tuple(id_of[symbol] for symbol in symbols))
            self._numbered = {vocabulary: made}
        return self._numbered[vocabulary]

    def of(self, before: Before) -> Known:
        """What is known of a state in which nothing is pending."""
        return self.at(At(before))

    def at(self, at: At) -> Known:
        """What is known of a state, wherever in its line, and whatever was spelled before."""
        at = at._replace(column=0, recent=())
        if at not in self._met:
            self._met[at] = Known(at)
        return self._met[at]

    def gap(self, known: Known, kind: str, end: int) -> str:
        """The gap expected before a segment of that kind, which would end in that column."""
        gap = known.gaps.get(kind)
        if gap is None:
            gap = known.gaps[kind] = self._flat.expected(known.before, kind, 0)
        return "\n" if gap == " " and end > self.wrap else gap

    def say(self, known: Known, pair: Pair) -> Said | None:
        """What a pair becomes in a state, met for the first time; None if the lexicon lacks the gap or the segment."""
        gap, segment, _ = pair
        begun = Before() if blank(gap) else known.before
        hit = self._hit(begun, gap, known.before, segment) if gap in self.sums else None
        if hit is None:
            return None
        plain, full = self.code(hit.symbols), self.code([*self.sums[gap], *hit.symbols])
        kind = kind_of(hit.symbols[-1])
        expected = self.gap(known, kind, NEAR)
        codes, wrapped, end = (plain if gap == expected else full), full, 0
        if expected == " ":
            wrapped, end = (plain if gap == "\n" else full), 1 + hit.length
        line = behind_gap(0, gap) + len(segment)
        found = Said(codes, wrapped, self.of(behind(begun, kind)), -line if "\n" in gap else line, end or NEAR)
        if len(known.said) >= MOST:
            known.said.clear()
        known.said[pair] = found
        return found

    def spell(self, segment: str) -> tuple[tuple[Any, ...], str, str]:
        """The codes of a segment that the lexicon lacks, its kind as its first piece has it, and its own."""
        if segment not in self._spelt:
            pieces = self.lexicon.spelled(segment)
            self._spelt[segment] = self.code(pieces), kind_of(pieces[0][len(BEGIN) :] or "x"), kind_of(segment)
        return self._spelt[segment]

    def write(self, known: Known, symbol: str) -> Written | None:
        """What a symbol becomes in a state, met for the first time; None for what spells, and for gaps without end."""
        kind = symbol[:2]
        whole = symbol[:1] != " " or kind in (OPENS, CLOSES)
        if not (whole or symbol in CASES or (kind == GAP and len(known.at.gap or "") <= LONGEST)):
            return None
        text, after = cast(tuple[str, At], self._flat.write(known.at, symbol))
        end = 1 + len(bare(symbol)) if whole and known.at.gap is None and text[:1] == " " else NEAR
        move = -after.column if "\n" in text else after.column
        known.written[symbol] = Written(text, "\n" + text[1:], self.at(after), move, end)
        return known.written[symbol]

    def _hit(self, begun: Before, gap: str, before: Before, segment: str) -> Hit | None:
        if segment in TWINS:
            return Hit((twin(segment, gap, before),), segment, len(segment))
        word = self.lexicon.known.get(segment.lower())
        for symbols in () if word is None else ((word,), *((case, word) for case in CASES)):
            if self._text(begun, symbols) == segment:
                return Hit(symbols, segment, len(symbols[-1]))
        return None

    def _text(self, before: Before, symbols: tuple[str, ...]) -> str:
        at, text = At(before, gap=""), ""
        for symbol in symbols:
            more, at = cast(tuple[str, At], self._flat.write(at, symbol))
            text += more
        return text


def spelled_last(recent: list[str], segment: str) -> None:
    """Make a segment the one spelled last."""
    if segment in recent:
        recent.remove(segment)
    recent.insert(0, segment)
    del recent[RECENTS:]

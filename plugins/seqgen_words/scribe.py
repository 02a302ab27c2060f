"""From symbols to text, quickly: the fast twin of the layout, which is the definition."""

from collections.abc import Iterable, Iterator
from typing import cast

from seqgen_words.layout import BEGIN, BYTE, CLOSES, GAP, MARGIN, OPENS, PIECE, At, behind, blank, kind_of
from seqgen_words.layout import column as behind_gap
from seqgen_words.states import States, spelled_last


def join(states: States, symbols: Iterable[str]) -> Iterator[str]:
    """The text of these symbols, as it becomes certain: the fast twin of the layout."""
    scribe, known, column, plain, wrap = Scribe(states), states.fresh, 0, True, states.wrap
    for symbol in symbols:
        written = known.show(symbol)
        if plain and written:
            text, wrapped, _, known, move, end = written
            if column + end > wrap:
                text, column, move = wrapped, -1, len(wrapped)
            yield text
            column += move
        else:
            scribe.known, scribe.column = known, column
            yield scribe.write(symbol)
            known, column, plain = scribe.known, scribe.column, scribe.plain
    yield scribe.finish()


class Scribe:
    """One document, a symbol at a time, for what is not written in one stroke."""

    def __init__(self, states: States) -> None:
        self.known, self.column = states.fresh, 0
        self._states, self._layout = states, states.lexicon.layout
        self._gap: str | None = None
        self._spelt: str | None = None
        self._slow: At | None = None
        self._recent: list[str] = []

    @property
    def plain(self) -> bool:
        """Whether nothing is begun that the next symbol has to do with."""
        return self._gap is None and self._spelt is None and self._slow is None

    def write(self, symbol: str) -> str:
        """What the symbol adds."""
        kind, rest = symbol[:2], symbol[2:]
        if self._spelt is not None and self._slow is None:
            if kind == PIECE:
                self._spelt, self.column = self._spelt + rest, self.column + len(rest)
                return rest
            if kind == BYTE:
                return self._slowly(symbol)
            self._settle(self._spelt)
        if self._slow is not None:
            return self._slowly(symbol)
        if symbol[0] != " " or kind in (OPENS, CLOSES):
            return self._whole(symbol)
        if kind == GAP:
            self._gap = (self._gap or "") + rest
            return ""
        return self._begin(rest) if kind == BEGIN and rest else self._slowly(symbol)

    def finish(self) -> str:
        """The whitespace at the end."""
        return (self._slow.gap if self._slow else self._gap) or ""

    def _settle(self, spelt: str) -> None:
        spelled_last(self._recent, spelt)
        self.known, self._spelt = self._states.of(behind(self.known.before, kind_of(spelt))), None

    def _whole(self, symbol: str) -> str:
        gap = self._gap
        known = self._states.fresh if gap and blank(gap) else self.known
        written = known.show(symbol) or self._states.write(known, symbol)
        if gap is None:
            late = self.column + written.end > self._states.wrap
            gap = "\n" if late else written.text[: len(written.text) - len(written.alone)]
        self.known, self._gap = written.after, None
        self.column = behind_gap(self.column, gap) + len(written.alone)
        return gap + written.alone

    def _begin(self, piece: str) -> str:
        gap = self._gap
        if gap is None:
            gap = self._layout.expected(self.known.before, kind_of(piece), self.column + 1 + MARGIN)
        self.known = self._states.fresh if blank(gap) else self.known
        self._gap, self._spelt = None, piece
        self.column = behind_gap(self.column, gap) + len(piece)
        return gap + piece

    def _slowly(self, symbol: str) -> str:
        at = self._slow
        if at is None:
            recent = tuple(self._recent)
            at = At(self.known.before, self.column, self._gap, spelt=self._spelt, recent=recent)
        text, at = cast(tuple[str, At], self._layout.write(at, symbol))
        self._slow, self._spelt = at, None
        if at.spelt is None and not at.case:
            self.known, self.column, self._gap, self._slow = self._states.of(at.before), at.column, at.gap, None
            self._recent = list(at.recent)
        return text

"""From symbols to text, quickly: the fast twin of the layout, which is the definition."""

from collections.abc import Iterable, Iterator
from typing import cast

from seqgen.text.pieces import BEGIN, BYTE, PIECE
from seqgen_words.layout import MARGIN, At, behind, blank, kind_of
from seqgen_words.layout import column as behind_gap
from seqgen_words.states import Known, States, spelled_last


def join(states: States, symbols: Iterable[str]) -> Iterator[str]:
    """The text of these symbols, as it becomes certain."""
    speller, known, column, wrap, write = Speller(states), states.fresh, 0, states.wrap, states.write
    for symbol in symbols:
        if speller.open:
            text = speller.go_on(symbol)
            known, column = speller.known, speller.column
            if text is not None:
                yield text
                continue
        written = known.show(symbol) or write(known, symbol)
        if written is None:
            yield speller.begin(known, column, symbol)
            known, column = speller.known, speller.column
            continue
        text, wrapped, known, move, end = written
        if column + end > wrap:
            text, column = wrapped, len(wrapped) - 1
        else:
            column = column + move if move >= 0 else -move
        if text:
            yield text
    yield speller.finish() if speller.open else known.at.gap or ""


class Speller:
    """Segments of one document that no single symbol stands for."""

    def __init__(self, states: States) -> None:
        self.known, self.column, self.open = states.fresh, 0, False
        self._states, self._layout = states, states.lexicon.layout
        self._spelt, self._slow, self._recent = "", cast(At | None, None), list[str]()

    def begin(self, known: Known, column: int, symbol: str) -> str:
        """What a symbol adds that begins such a segment, or repeats one."""
        self.known, self.column, piece = known, column, symbol[2:]
        if symbol[:2] != BEGIN or not piece:
            return self._slowly(known.at._replace(column=column, recent=tuple(self._recent)), symbol)
        gap = known.at.gap
        if gap is None:
            gap = self._states.gap(known, kind_of(piece), column + 1 + MARGIN)
        self.known = self._states.fresh if blank(gap) else self._states.of(known.before)
        self.column, self.open, self._spelt = behind_gap(column, gap) + len(piece), True, piece
        return gap + piece

    def go_on(self, symbol: str) -> str | None:
        """What a symbol adds to the segment that is open; None if it does not, for the segment ended before it."""
        kind, piece = symbol[:2], symbol[2:]
        if self._slow is not None:
            return self._slowly(self._slow, symbol)
        if kind == PIECE:
            self._spelt, self.column = self._spelt + piece, self.column + len(piece)
            return piece
        if kind == BYTE:
            recent = tuple(self._recent)
            return self._slowly(At(self.known.before, self.column, spelt=self._spelt, recent=recent), symbol)
        spelled_last(self._recent, self._spelt)
        self.known, self.open = self._states.of(behind(self.known.before, kind_of(self._spelt))), False
        return None

    def finish(self) -> str:
        """The whitespace at the end."""
        return (self._slow.gap if self._slow else None) or ""

    def _slowly(self, at: At, symbol: str) -> str:
        text, at = cast(tuple[str, At], self._layout.write(at, symbol))
        self.open = at.spelt is not None
        self._slow = at if self.open else None
        self.known, self.column, self._recent = (
            self._states.at(at._replace(spelt=None, bytes=b"")),
            at.column,
            list(at.recent),
        )
        return text

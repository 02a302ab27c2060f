"""From symbols to text, quickly: the fast twin of the layout, which is the definition."""

from collections.abc import Iterable, Iterator

from seqgen_code.language import CLOSING, NAME, NOTE, TEXT
from seqgen_code.symbols import (
    BEGIN,
    BYTE,
    CLOSE,
    COMMENT,
    DEDENT,
    GAP,
    INDENT,
    LINES,
    PIECE,
    RECENT,
    SOFT,
    STRING,
    is_whole,
)
from seqgen_code.tokenizers.layout import At, column, quote_of, spelt_kind
from seqgen_code.tokenizers.lexicon import WITHIN
from seqgen_code.tokenizers.place import Place
from seqgen_code.tokenizers.states import States

_INNER = frozenset({PIECE, BYTE, *(symbol[:2] for symbol in WITHIN)})
"""How the symbols begin that go on with what is open."""
Written = tuple[str, bool]
"""What a symbol adds, and whether something is open behind it that pieces may go on with."""


def join(states: States, symbols: Iterable[str]) -> Iterator[str]:
    """The text of these symbols, as it becomes certain.

    Here is what is most of source code: pieces of what is open, and lexemes in a line behind the gap expected.
    """
    scribe, texts, open, plain = Scribe(states), states.spellings.texts, False, False
    place = scribe.place
    for symbol in symbols:
        if open:
            text = texts.get(symbol)
            if text is not None:
                scribe.texts.append(text)
                yield text
                continue
        elif plain:
            known = place.known
            shown = known.shown.get(symbol)
            if shown is not None:
                text, said = shown
                place.column, place.known = place.column + said.length, said.after
                if said.effect:
                    place.act(said, known)
                    plain = not place.fresh
                yield text
                continue
        text, open = scribe.write(symbol)
        plain = not open and scribe.is_plain
        if text:
            yield text
    if last := scribe.finish():
        yield last


class Scribe:
    """One document, a symbol at a time; `texts` are the pieces of what is open."""

    def __init__(self, states: States) -> None:
        self._states, self.place = states, Place(states)
        self._gap: str | None = None
        self._open, self.texts = "", list[str]()
        self._slow: At | None = None

    def write(self, symbol: str) -> Written:
        """What a symbol adds that is no piece, or stands where nothing is open."""
        place, kind = self.place, symbol[:2]
        if self._slow is not None:
            return self._slowly(self._slow, symbol)
        if self._open:
            if kind in _INNER and not (symbol == CLOSE and self._open[:2] == STRING):
                return self._slowly(self._at(), symbol)
            opener = self._leave()
            if symbol == CLOSE:
                text = quote_of(opener)
                place.column += len(text)
                return text, False
        if self._gap is None and not place.fresh:
            known = place.known
            shown = known.shown.get(symbol) or self._states.show(known, symbol)
            if shown is not None:
                text, said = shown
                place.column, place.known = place.column + said.length, said.after
                if said.effect:
                    place.act(said, known)
                return text, False
        return self._other(symbol)

    @property
    def is_plain(self) -> bool:
        """Whether a line has begun, and nothing is pending."""
        return not self.place.fresh and self._gap is None and self._slow is None

    def finish(self) -> str:
        """The gap at the end."""
        return (self._slow.gap if self._slow else self._gap) or ""

    def _other(self, symbol: str) -> Written:
        """What is not remembered."""
        kind, rest = symbol[:2], symbol[2:]
        if kind == GAP:
            self._gap = (self._gap or "") + rest
        elif kind in (INDENT, DEDENT):
            self.place.dent(symbol)
        elif symbol in LINES or is_whole(symbol) or kind == SOFT:
            return self._lexeme(symbol)
        elif kind == RECENT and rest.isdecimal() and len(rest) < 4 and int(rest) < len(self.place.recent):
            return self._repeat(self.place.recent[int(rest)])
        elif kind in (STRING, COMMENT):
            text = rest if kind == STRING else self._states.speech.language.comment
            gap = self._gap_before(TEXT if kind == STRING else NOTE)
            self.place.column += len(text)
            self._open = symbol
            return gap + text, True
        elif kind == BEGIN and rest:
            gap = self._gap_before(spelt_kind(rest))
            self._open, self.texts = symbol, [rest]
            return gap + rest, True
        else:
            return self._slowly(self._at(), symbol)
        return "", False

    def _lexeme(self, symbol: str) -> Written:
        """A lexeme known whole, or a line end."""
        place, known = self.place, self.place.known
        lexeme = symbol if is_whole(symbol) else symbol[1 + (symbol[:2] == SOFT) :]
        said = known.bare.get(lexeme) or self._states.say_bare(known, lexeme)
        if symbol[:2] == SOFT or said is None:
            return self._slowly(self._at(), symbol)
        if symbol in LINES:
            gap, self._gap = self._gap or "", None
        else:
            gap = self._gap_before(said.kind, closes=lexeme in CLOSING)
        place.column, place.known = place.column + said.length, said.after
        if said.effect:
            place.act(said, known)
        return gap + lexeme, False

    def _repeat(self, name: str) -> Written:
        place = self.place
        kind = self._states.speech.language.kind_of(name, place.known.before, place.known.sign)
        gap = self._gap_before(kind)
        place.column += len(name)
        place.turn(kind)
        place.remember(name)
        return gap + name, False

    def _gap_before(self, kind: str, *, closes: bool = False) -> str:
        """The gap before a lexeme of that kind, which is gone behind."""
        place, gap = self.place, self._gap
        if gap is None:
            gap = place.expected(closes=closes) if place.fresh else self._states.expected(place.known, kind)
        if place.fresh:
            place.begin_line(gap, closes=closes)
        self._gap, place.column = None, column(place.column, gap)
        return gap

    def _leave(self) -> str:
        """Stand behind what is open, and give the symbol that opened it."""
        opener, text, place = self._open, "".join(self.texts), self.place
        place.column = column(place.column, text)
        self._open, self.texts = "", []
        if opener[:2] == STRING:
            place.turn(TEXT)
        elif opener[:2] == BEGIN:
            kind = spelt_kind(text)
            place.turn(kind)
            if kind == NAME:
                place.remember(text)
        return opener

    def _at(self) -> At:
        """The layout's state here."""
        opener, text, place = self._open, "".join(self.texts), self.place
        place.column = column(place.column, text)
        at = place.at()._replace(gap=self._gap)
        self._gap, self._open, self.texts = None, "", []
        return at._replace(spelt=text) if opener[:2] == BEGIN else at._replace(open=opener)

    def _slowly(self, at: At, symbol: str) -> Written:
        """Let the layout write a symbol, and the next ones as long as anything is open."""
        text, state = self._states.layout.write(at, symbol)
        assert isinstance(state, At)
        if state.open or state.spelt is not None or state.outer:
            self._slow = state
        else:
            self._slow, self._gap = None, state.gap
            self.place.go_to(state)
        return text, False

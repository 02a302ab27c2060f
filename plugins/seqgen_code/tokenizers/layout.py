"""What a reader of source code can foretell: the gap between two lexemes, and how a line is indented.

`Layout` is the definition, a step at a time, of what symbols write; the fast twin is in `scribe`.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, cast

from seqgen.text.pieces import BYTE, PIECE, byte_of, decoded
from seqgen.tokenizer import Writer
from seqgen_code.language import CLOSING, LINE, NAME, NOTE, NUMBER, OPENING, STRAY, TEXT, Language
from seqgen_code.symbols import (
    CLOSE,
    CLOSERS,
    COMMENT,
    CONVERSIONS,
    DEBUG,
    DEDENT,
    FIELD,
    FIELD_END,
    FORMAT,
    GAP,
    INDENT,
    LINES,
    RECENT,
    RECENTS,
    SOFT,
    STRING,
    is_whole,
)
from seqgen_code.tokenizers.spacing import Spacing

UNIT = "    "
"""What a block is indented by before a corpus says otherwise."""


class Bracket(NamedTuple):
    """A bracket, or a field of an f-string, that is open: the column behind it, the indentation of its line, and how
    the next line within it is indented; `hanging` if nothing followed it on its line."""

    sign: str
    column: int
    margin: str
    indent: str | None = None
    hanging: bool = False


class At(NamedTuple):
    """A state of the writer.

    `before` is the kind of the last lexeme, empty at the beginning of a statement; `column` counts the characters of
    the line, `line` is its indentation, and it is `fresh` until something was written on it. `open` is the symbol of
    the string, comment or format whose text is being written, `outer` those of the f-strings around.
    """

    before: str = ""
    column: int = 0
    line: str = ""
    fresh: bool = True
    indents: tuple[str, ...] = ()
    unit: str = UNIT
    brackets: tuple[Bracket, ...] = ()
    gap: str | None = None
    open: str = ""
    outer: tuple[str, ...] = ()
    spelt: str | None = None
    bytes: bytes = b""
    recent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout(Writer):
    """The writer of source code, with what was learnt: the gaps between lexemes of a line, and the unit of
    indentation."""

    language: Language
    spacing: Spacing
    unit: str = UNIT
    total: bool = field(default=True, init=False)

    @cached_property
    def begun(self) -> Hashable:  # type: ignore[override]
        """Where a document begins, its unit of indentation known."""
        return At(unit=self.unit)

    def write(self, state: Hashable, symbol: str) -> tuple[str, Hashable]:
        """The text that the symbol adds; what says how the next one is to be written adds none."""
        at, kind, rest = cast(At, state), symbol[:2], symbol[2:]
        if is_whole(symbol):
            return self._lexeme(settle(at), symbol)
        if kind in (PIECE, BYTE) and (at.open or at.spelt is not None):
            return _go_on(at, kind, rest)
        if kind in (FIELD, FIELD_END, FORMAT, DEBUG, CLOSE) or symbol in CONVERSIONS:
            return self._within(at, symbol)
        at = settle(at)
        if symbol in LINES:
            return self._line(at, symbol[1:])
        if kind == GAP:
            return "", at._replace(gap=(at.gap or "") + rest)
        if kind in (INDENT, DEDENT):
            return "", _dented(at, symbol)
        if kind == SOFT:
            return self._lexeme(at, rest)
        if kind == RECENT:
            return self._repeat(at, int(rest) if rest.isdecimal() and len(rest) < 4 else RECENTS)
        if kind in (STRING, COMMENT):
            return self._open(at, symbol, rest if kind == STRING else self.language.comment)
        gap, at = self._gap(at, spelt_kind(rest))
        text, at = _go_on(at._replace(spelt=""), kind, rest)
        return gap + text, at

    def finish(self, state: Hashable) -> str:
        """The gap at the end."""
        return cast(At, state).gap or ""

    def closed(self, state: Hashable) -> bool:
        """Whether the last lexeme was a whole one."""
        at = cast(At, state)
        return at.spelt is None and not at.open and at.before != ""

    def fits(self, state: Hashable, content: str) -> bool:
        """Whether the gap that an override said, and the bytes that are held back, begin the content, and nothing is
        glued to a whole word. A gap that is longer than the content does not fit: nobody needs it, and there are many.
        """
        at = cast(At, state)
        gap, start = at.gap or "", content[:1].encode("utf-8", "surrogatepass")
        whole = at.gap is None and at.spelt is None and not at.open and self.language.is_word(at.before)
        glued = whole and self.language.class_of(content[:1]) in (NAME, NUMBER)
        return not glued and content.startswith(gap) and start.startswith(at.bytes)

    def expected(self, at: At, kind: str, *, closes: bool = False) -> str:
        """The gap before a lexeme of that kind, which may close a bracket."""
        if kind == LINE:
            return ""
        if not at.fresh:
            return self.spacing.between(at.before, kind)
        if not at.brackets:
            return "".join(at.indents)
        top = at.brackets[-1]
        return top.margin if closes and top.hanging else top.indent or ""

    def _gap(self, at: At, kind: str, *, closes: bool = False) -> tuple[str, At]:
        """The gap before a lexeme, and the state behind the gap."""
        gap = self.expected(at, kind, closes=closes) if at.gap is None else at.gap
        at = at._replace(gap=None, column=column(at.column, gap))
        if not at.fresh:
            return gap, at
        line = gap[gap.rfind("\n") + 1 :]
        brackets = at.brackets
        if brackets and not closes:
            brackets = (*brackets[:-1], brackets[-1]._replace(indent=line))
        return gap, at._replace(fresh=False, line=line, brackets=brackets)

    def _lexeme(self, at: At, lexeme: str) -> tuple[str, At]:
        sign = at.brackets[-1].sign if at.brackets else ""
        kind, closes = self.language.kind_of(lexeme, at.before, sign), lexeme in CLOSING
        gap, at = self._gap(at, kind, closes=closes)
        brackets, behind = at.brackets, column(at.column, lexeme)
        if lexeme in OPENING:
            brackets = (*brackets, Bracket(lexeme, behind, at.line))
        elif closes and brackets and brackets[-1].sign != FIELD:
            brackets = brackets[:-1]
        return gap + lexeme, at._replace(before=kind, column=behind, brackets=brackets)

    def _repeat(self, at: At, number: int) -> tuple[str, At]:
        if number >= len(at.recent):
            return "", at
        name = at.recent[number]
        text, at = self._lexeme(at, name)
        return text, _remember(at, name)

    def _line(self, at: At, text: str) -> tuple[str, At]:
        """The end of a line, and how the next is indented if a bracket is open."""
        gap, brackets = at.gap or "", tuple(each for each in at.brackets if each.sign != FIELD)
        if brackets and brackets[-1].indent is None:
            top, hanging = brackets[-1], at.before in OPENING
            indent = top.margin + at.unit if hanging else " " * top.column
            brackets = (*brackets[:-1], top._replace(indent=indent, hanging=hanging))
        before = at.before if brackets else ""
        at = at._replace(before=before, column=0, line="", fresh=True, brackets=brackets, gap=None, outer=())
        return gap + text, at

    def _open(self, at: At, symbol: str, text: str) -> tuple[str, At]:
        """The beginning of a string or a comment."""
        gap, at = self._gap(at, TEXT if symbol != COMMENT else NOTE)
        return gap + text, at._replace(open=symbol, column=at.column + len(text))

    def _within(self, at: At, symbol: str) -> tuple[str, At]:
        """What is about the string that is open, or the field of one; nothing where there is none."""
        kind, text = symbol[:2], symbol[1:]
        if kind == CLOSE and at.open[:2] == STRING:
            text = quote_of(at.open)
            return text, at._replace(open="", before=TEXT, bytes=b"", column=at.column + len(text))
        if kind == FIELD and (at.open == FORMAT or (at.open[:2] == STRING and "f" in at.open.lower())):
            brackets = (*at.brackets, Bracket(FIELD, at.column + 1, at.line))
            outer = (*at.outer, at.open)
            return text, at._replace(open="", outer=outer, brackets=brackets, before=FIELD, column=at.column + 1)
        if kind in (CLOSE, FIELD) or not at.outer or at.open not in ("", FORMAT):
            return "", at
        if at.open == FORMAT:
            return ("}", _leave(at)._replace(column=at.column + 1)) if kind == FIELD_END else ("", at)
        gap, at = self._gap(settle(at), kind)
        at = at._replace(before=kind, column=at.column + len(text))
        if kind == FIELD_END:
            at = _leave(at)
        return gap + text, at._replace(open=FORMAT) if kind == FORMAT else at


def _go_on(at: At, kind: str, rest: str) -> tuple[str, At]:
    """More of a lexeme, a string or a comment; a character whose bytes are not all there is held back."""
    text, held = decoded(at.bytes + byte_of(rest), final=False) if kind == BYTE else (rest, b"")
    spelt = None if at.spelt is None else at.spelt + text
    return text, at._replace(spelt=spelt, bytes=held, column=column(at.column, text))


def settle(at: At) -> At:
    """The state behind a lexeme that was being spelled, or a string or comment that nothing closed, if one was."""
    if at.spelt is not None:
        return _spelled(at, at.spelt)
    if at.open:
        before = at.before if at.open == COMMENT else TEXT
        return at._replace(open="", before=before, bytes=b"")
    return at


def _spelled(at: At, lexeme: str) -> At:
    at = at._replace(spelt=None, bytes=b"")
    if not lexeme:
        return at
    at = at._replace(before=spelt_kind(lexeme))
    return _remember(at, lexeme) if at.before == NAME else at


def spelt_kind(lexeme: str) -> str:
    """The kind of a lexeme that is spelled, from how it begins."""
    first = lexeme[:1]
    if not first or first.isalpha() or first == "_" or first >= "\x80":
        return NAME
    return NUMBER if first in "0123456789." else STRAY


def _remember(at: At, name: str) -> At:
    """The state with that name the last one spelled."""
    return at._replace(recent=(name, *(each for each in at.recent if each != name))[:RECENTS])


def _dented(at: At, symbol: str) -> At:
    """The state with a block more, or one less."""
    if symbol[:2] == DEDENT:
        return at._replace(indents=at.indents[:-1])
    unit = symbol[2:] or at.unit
    return at._replace(indents=(*at.indents, unit), unit=unit)


def _leave(at: At) -> At:
    """The state behind the field that is open, in the text around it."""
    field = max(place for place, each in enumerate(at.brackets) if each.sign == FIELD)
    return at._replace(open=at.outer[-1], outer=at.outer[:-1], brackets=at.brackets[:field])


def quote_of(opener: str) -> str:
    """What closes a string, by the symbol that opens it."""
    quote = opener[len(STRING) :].lstrip("rRbBfFuU")
    return CLOSERS.get(quote, quote)


def column(before: int, text: str) -> int:
    """The column behind a text."""
    newline = text.rfind("\n")
    return before + len(text) if newline < 0 else len(text) - newline - 1

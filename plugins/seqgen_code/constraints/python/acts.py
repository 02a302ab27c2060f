"""What each symbol of the tokenizer does, for the constraint of Python."""

import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

from seqgen.constraint import Spoken
from seqgen.tokenizer import Boundary
from seqgen_code.constraints.python import states
from seqgen_code.constraints.python.states import Spot
from seqgen_code.lexers.python import KEYWORDS, OPERATORS
from seqgen_code.spelling import whole
from seqgen_code.spelling.pieces import BYTES
from seqgen_code.symbols import (
    BEGIN,
    BYTE,
    CLOSE,
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
    PIECE,
    RECENT,
    RECENTS,
    SOFT,
    STRING,
    is_whole,
)

WORD, LINE, TAIL, BOUNDARY = "word", "line", "tail", "boundary"
"""Kinds of symbols, beside those that are named by how they begin: a lexeme known whole, a line end, and what stands
behind the expression of a field."""
KINDS = {"NAME": states.WORD, "NUMBER": states.NUMBER, "STRING": states.TEXT, "BYTES": states.TEXT}
TAILS = {DEBUG: "FDEBUG", FORMAT: "FSPEC", FIELD_END: "FCLOSE", **dict.fromkeys(CONVERSIONS, "FCONV")}


class Act(NamedTuple):
    """What a symbol does: of what kind it is, its terminal and the number of that, what it is to its neighbours, the
    place behind it, its text, a number, and those of its characters that are forbidden in some fields."""

    kind: str
    terminal: str = ""
    code: int = -1
    glue: int = states.SIGN
    behind: Spot = Spot()
    text: str = ""
    number: int = 0
    marks: frozenset[str] = frozenset()

    @property
    def alike(self) -> tuple[Any, ...]:
        """What symbols have in common that are allowed in the same places, but for what names are taken."""
        text = self.text if self.kind in (BOUNDARY, STRING) else ""
        return self.kind, self.terminal, text, self.number if self.kind == GAP else 0, self.marks


def act_of(symbol: Spoken) -> Act | None:
    """What a symbol does; None for what the subset lacks."""
    if isinstance(symbol, Boundary):
        return Act(BOUNDARY, text=symbol.level)
    if is_whole(symbol):
        return _lexeme(symbol)
    if symbol in LINES:
        return Act(LINE, number=symbol.count("\n"))
    if symbol in TAILS:
        glue = states.CONVERTED if symbol in CONVERSIONS else states.SIGN
        return _word(TAILS[symbol], symbol, glue=glue)._replace(kind=TAIL)
    if symbol in (DEDENT, CLOSE, FIELD, COMMENT):
        return Act(symbol)
    found = _OTHERS.get(symbol[:2])
    return found(symbol) if found else None


def _lexeme(lexeme: str) -> Act | None:
    if lexeme in KEYWORDS:
        return _word(lexeme, lexeme, glue=states.WORD)
    if lexeme in OPERATORS:
        return _word(lexeme, lexeme, glue=states.DOT if lexeme in (".", "...") else states.SIGN)
    terminal = whole(lexeme) or ("NAME" if is_foreign_name(lexeme) else None)
    return _word(terminal, lexeme, glue=KINDS[terminal]) if terminal else None


def _word(terminal: str, text: str, *, glue: int) -> Act:
    marks = frozenset(text) & frozenset("'\"\\") if glue == states.TEXT else frozenset()
    return Act(WORD, terminal, glue=glue, behind=Spot(before=glue), text=normal(text), marks=marks)


def is_foreign_name(lexeme: str) -> bool:
    """Whether it is a name beyond ASCII that is no keyword in the form in which Python compares names."""
    return not lexeme.isascii() and lexeme.isidentifier() and normal(lexeme) not in {*KEYWORDS, "__debug__"}


def normal(name: str) -> str:
    """A name as Python compares it."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def _unit(symbol: str) -> Act | None:
    unit = symbol[len(INDENT) :]
    return Act(INDENT, text=unit) if not unit.strip(" \t") else None


def _gap(symbol: str) -> Act | None:
    gap = symbol[len(GAP) :]
    rest = gap.replace("\\\r\n", "").replace("\\\n", "")
    if rest.strip(" \t\f"):
        return None
    kind = states.CONTINUED if rest != gap else states.BLANK if gap else states.EMPTY
    return Act(GAP, number=kind, marks=frozenset("\f") & frozenset(gap))


def _recent(symbol: str) -> Act | None:
    number = symbol[len(RECENT) :]
    known = number.isdecimal() and str(int(number)) == number and int(number) < RECENTS
    return _word("NAME", "", glue=states.WORD)._replace(kind=RECENT, number=int(number)) if known else None


def _soft(symbol: str) -> Act | None:
    word = symbol[len(SOFT) :]
    return _word(word, word, glue=states.WORD) if word in ("match", "case") else None


_OTHERS: dict[str, Callable[[str], Act | None]] = {
    INDENT: _unit,
    GAP: _gap,
    RECENT: _recent,
    SOFT: _soft,
    BEGIN: lambda symbol: Act(BEGIN, text=symbol[len(BEGIN) :]) if symbol != BEGIN else None,
    PIECE: lambda symbol: Act(PIECE, text=symbol[len(PIECE) :]),
    BYTE: lambda symbol: (
        Act(PIECE, text=chr(BYTES[symbol]) if BYTES[symbol] < 0x80 else "") if symbol in BYTES else None
    ),
    STRING: lambda symbol: Act(STRING, text=symbol),
}

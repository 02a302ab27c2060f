"""What is learnt from a corpus: which lexemes to know whole, how to spell the others, and the usual gaps."""

import re
from dataclasses import dataclass
from functools import cached_property

from seqgen.text import pieces as spelling
from seqgen.text.pieces import BEGIN, BYTE, PIECE, Memo, Merge, in_bytes, merged
from seqgen_code.language import Language
from seqgen_code.symbols import (
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
    RECENT,
    RECENTS,
    SOFT,
    STRING,
)
from seqgen_code.tokenizers.layout import UNIT, Layout
from seqgen_code.tokenizers.spacing import Spacing

PLAIN_GAPS = ("", " ", "\t", "\f", "\\\n", "\\\r\n")
"""Gaps that can always be said; every other one is made of these."""
ASCII = "\n" + "".join(map(chr, range(32, 127)))
"""Characters that can always be said."""
WITHIN = (CLOSE, FIELD, FIELD_END, *CONVERSIONS, DEBUG, FORMAT)
"""What is about a string that is open, or the field of one."""
PLAIN_UNITS = ("    ", "  ", "\t", " ", "   ", "        ")
"""Lexemes of a document whose gaps are looked at."""

WORDS = re.compile(
    r" ?[A-Za-z\x80-\U0010ffff]{1,32}| ?[0-9]{1,32}|\n[ \t]{0,32}| {1,32}(?= )| ?[^A-Za-z0-9\s\x80-\U0010ffff]{1,16}|.",
    re.DOTALL | re.ASCII,
)
SYLLABLES = re.compile(r"_{0,4}[A-Za-z\x80-\U0010ffff]{1,32}|[0-9]{1,32}|_{1,32}|.", re.DOTALL)


@dataclass(frozen=True)
class Lexicon:
    """What was learnt: the lexemes that are known `whole`, the `letters` that others are spelled with and how they are
    merged, whole `gaps`, the kinds of lexemes `between` which the gap is not the usual one, and the `unit` of
    indentation."""

    whole: tuple[str, ...] = ()
    letters: str = ASCII
    merges: tuple[Merge, ...] = ()
    gaps: tuple[str, ...] = PLAIN_GAPS
    between: tuple[tuple[str, str, str], ...] = ()
    unit: str = UNIT


class Speech:
    """How a lexicon says things in a language."""

    def __init__(self, language: Language, lexicon: Lexicon) -> None:
        self.language, self.lexicon = language, lexicon
        fixed = (*sorted(language.keywords), *language.operators)
        self.whole = dict.fromkeys((*fixed, *lexicon.whole))
        self.units = dict.fromkeys((lexicon.unit, *PLAIN_UNITS)) if language.indented else {}
        between = {(before, kind): gap for before, kind, gap in lexicon.between}
        self.layout = Layout(language, Spacing(language, between), lexicon.unit)
        self.spelled = Memo(self._spell)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """All symbols that a text may need."""
        language, lexicon = self.language, self.lexicon
        single = [kind + letter for kind in (BEGIN, PIECE) for letter in lexicon.letters]
        pieces = dict.fromkeys([BEGIN, *single, *(merged(*pair) for pair in lexicon.merges)])
        bytes = (f"{BYTE}{byte:02x}" for byte in range(256))
        recent = (f"{RECENT}{number}" for number in range(RECENTS))
        indents = (INDENT, *(INDENT + unit for unit in self.units), DEDENT) if language.indented else ()
        fields = (
            (FIELD, FIELD_END, *CONVERSIONS, DEBUG, FORMAT) if any("f" in each for each in language.strings) else ()
        )
        strings = (CLOSE, *(STRING + opener for opener in language.strings)) if language.strings else ()
        marks = (COMMENT,) if language.comment else ()
        soft = (SOFT + each for each in sorted(language.soft))
        gaps = (GAP + gap for gap in lexicon.gaps)
        return (*self.whole, *soft, *LINES, *indents, *marks, *strings, *fields, *gaps, *recent, *pieces, *bytes)

    def gap(self, gap: str) -> list[str]:
        """The symbols that say a gap."""
        return self._gaps[gap]

    @cached_property
    def _gaps(self) -> Memo[list[str]]:
        known = sorted(filter(None, self.lexicon.gaps), key=len, reverse=True)
        parts = re.compile("|".join(map(re.escape, known)))
        return Memo(lambda gap: [GAP + part for part in parts.findall(gap)] or [GAP])

    def _spell(self, lexeme: str) -> list[str]:
        """A lexeme in pieces that begin with one that says so."""
        first, *others = SYLLABLES.findall(lexeme)
        return [*self._chunk(first, BEGIN), *(piece for part in others for piece in self._chunk(part, PIECE))]

    def written(self, text: str) -> list[str]:
        """A text in pieces."""
        chunks = self._chunks
        return [piece for part in WORDS.findall(text) for piece in chunks[part]]

    @cached_property
    def _chunks(self) -> Memo[list[str]]:
        return Memo(lambda part: self._chunk(part, PIECE))

    def _chunk(self, part: str, first: str) -> list[str]:
        if self._known.issuperset(part):
            return spelling.spell(part, self._ranks, first=first)
        found = [] if first == PIECE else [BEGIN]
        for letter in part:
            found += [PIECE + letter] if letter in self._known else in_bytes(letter)
        return found

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.lexicon.letters)

    @cached_property
    def _ranks(self) -> dict[Merge, int]:
        return {pair: rank for rank, pair in enumerate(self.lexicon.merges)}

"""The gaps between the lexemes of a line, as they are foretold from the kinds of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seqgen_code.language import NAME, NOTE, NUMBER, TEXT, UNARY, Language
from seqgen_code.symbols import CONVERSIONS, DEBUG, FIELD, FIELD_END, FORMAT

_LEADING = frozenset({"", "(", "[", "{", ".", "~", "(=", "[:", FIELD, FORMAT, "!"})
_TRAILING = frozenset({")", "]", "}", ",", ":", ";", ".", "(=", "[:", "(:", "{:"})
_INNER = frozenset({FIELD_END, FORMAT, DEBUG, *(each[:2] for each in CONVERSIONS)})
_CALLED = frozenset({NAME, TEXT, ")", "]", "}"})


@dataclass(frozen=True)
class Spacing:
    """What was learnt: the gap between two kinds of lexemes where it is not the one that `usual` gives."""

    language: Language
    gaps: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def between(self, before: str, kind: str) -> str:
        """The gap between two kinds of lexemes; never none where they would be one."""
        gap = self.gaps.get((before, kind))
        gap = usual(before, kind) if gap is None else gap
        return " " if not gap and self.joins(before, kind) else gap

    def joins(self, before: str, kind: str) -> bool:
        """Whether two lexemes of these kinds would be read as others if nothing stood between them."""
        if kind == TEXT and before == TEXT:
            return True
        if kind == NUMBER and before == ".":
            return True
        word = self.language.is_word
        return word(before) and (word(kind) or kind == TEXT or (before == NUMBER and kind in (".", "...")))


def usual(before: str, kind: str) -> str:
    """The gap between two kinds of lexemes where the corpus did not say otherwise."""
    if kind == NOTE:
        return "  "
    if before in _LEADING or kind in _TRAILING or (before[:1] == UNARY != before) or kind[:2] in _INNER:
        return ""
    return "" if kind in ("(", "[") and before in _CALLED else " "

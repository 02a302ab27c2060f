"""What a reader of running text can foretell: the gap before a segment, and the case of a word.

`Layout` is the definition, a step at a time, of which `words` has the fast twin. All symbols but whole segments begin
with a space, which no segment does.

    the, Holmes, .       a segment of the vocabulary, in the case it mostly has
    " l" " T" " U"       the next word is in small letters, capitalised, in capitals, where something else was expected
    " g\\n\\n" " g"        the next gap is this one (several add up), where another was expected
    " ^x" " +y"          a segment that the vocabulary lacks, spelled: how it begins, how it goes on; " ^" adds nothing
    " ~e2"               the next byte, in UTF-8, of a character that the vocabulary lacks
    " r3"                one of the segments spelled last in this document, the last one being " r0"
    " (*" " )*"          a sign that opens and closes alike, as it does either
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, cast

from seqgen.text.pieces import BYTE, PIECE, byte_of, decoded
from seqgen.tokenizer import Writer

GAP, RECENT, OPENS, CLOSES = " g", " r", " (", " )"
CASES = {" l": str.lower, " T": str.capitalize, " U": str.upper}
RECENTS = 32
"""Segments spelled last that are remembered."""
MARGIN = 8
"""Characters that a segment is taken to have, for the end of a line, before it is spelled out."""

START, WORD, NUMBER, SIGN = "start", "word", "number", "sign"
TWINS = {'"', "`", "``", "*", "**"}
"""Signs that open and close alike: they close where nothing stands between them and what came before."""
OPENING, CLOSING = set("([{“\u2018«¿¡"), set(")]}”\u2019»")
LEAVING = OPENING | CLOSING
CLOSE_ON = CLOSING | set(",.;:!?%…")
ENDING = {".", "!", "?", "...", "…", "。", "!!", "??"}
BEGINNING = {OPENS + '"', "“", "«", *ENDING}


class Before(NamedTuple):
    """What of the past decides the next gap and case: the kind of the last segment, and whether a sentence begins."""

    kind: str = START
    begins: bool = True


class At(NamedTuple):
    """A state of the writer: `column` counts the characters of the line, `gap` and `case` are what overrides said."""

    before: Before = Before()
    column: int = 0
    gap: str | None = None
    case: str = ""
    spelt: str | None = None
    bytes: bytes = b""
    recent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout(Writer):
    """The writer of `Words`, with what it learnt: the gap between two kinds of segments, and where lines are wrapped.

    `gaps` holds the pairs of kinds between which the gap is not the one that `usual` gives; `wrap` is the longest line
    in characters, 0 where lines are not wrapped.
    """

    gaps: Mapping[tuple[str, str], str] = field(default_factory=dict)
    wrap: int = 0
    total: bool = field(default=True, init=False)

    @cached_property
    def begun(self) -> Hashable:  # type: ignore[override]
        """Where a document begins."""
        return At()

    def write(self, state: Hashable, symbol: str) -> tuple[str, Hashable]:
        """The text that the symbol adds; an override adds none before what it is about."""
        at = cast(At, state)
        kind, rest = symbol[:2], symbol[2:]
        if symbol[:1] != " " or kind in (OPENS, CLOSES):
            return self._segment(settle(at), symbol)
        if kind in (PIECE, BYTE) and at.spelt is not None:
            return self._spell(at, kind, rest)
        at = settle(at)
        if kind == GAP:
            return "", at._replace(gap=(at.gap or "") + rest)
        if kind in CASES:
            return "", at._replace(case=kind)
        if kind == RECENT:
            return self._repeat(at, int(rest) if rest.isdecimal() and len(rest) < 4 else RECENTS)
        gap, at = self._gap(at, kind_of(rest or "x"), MARGIN)
        text, at = self._spell(at._replace(spelt=""), kind, rest)
        return gap + text, at

    def finish(self, state: Hashable) -> str:
        """The whitespace at the end."""
        return cast(At, state).gap or ""

    def closed(self, state: Hashable) -> bool:
        """Whether the last segment was a whole one."""
        at = cast(At, state)
        return at.spelt is None and at.before.kind != START

    def fits(self, state: Hashable, content: str) -> bool:
        """Whether the gap that an override said, and the bytes that are held back, begin the content, its first word
        stands in the case that one said, and nothing is glued to a whole word."""
        at = cast(At, state)
        if at.case and at.spelt is None and not _stands(at.case, content):
            return False
        gap, start = at.gap or "", content[:1].encode("utf-8", "surrogatepass")
        glued = at.gap is None and at.spelt is None and at.before.kind in (WORD, NUMBER) and not content[:1].isspace()
        return not glued and (content.startswith(gap) or gap.startswith(content)) and start.startswith(at.bytes)

    def _segment(self, at: At, symbol: str) -> tuple[str, At]:
        kind, word = kind_of(symbol), bare(symbol)
        gap, at = self._gap(at, kind, len(word))
        text = CASES[at.case](word) if at.case else cased(word, begins=at.before.begins)
        return gap + text, at._replace(before=behind(at.before, kind), column=at.column + len(text), case="")

    def _repeat(self, at: At, number: int) -> tuple[str, At]:
        if number >= len(at.recent):
            return "", at
        text = at.recent[number]
        kind = kind_of(text)
        gap, at = self._gap(at, kind, len(text))
        after = at._replace(before=behind(at.before, kind), column=at.column + len(text), case="")
        return gap + text, remember(after, text)

    def _gap(self, at: At, kind: str, length: int) -> tuple[str, At]:
        """The gap before a segment, and the state behind it."""
        gap = at.gap
        if gap is None:
            gap = self.expected(at.before, kind, at.column + 1 + length)
        before = Before() if blank(gap) else at.before
        return gap, at._replace(before=before, column=column(at.column, gap), gap=None)

    def _spell(self, at: At, kind: str, rest: str) -> tuple[str, At]:
        """A piece of a segment; a character whose bytes are not all there is held back."""
        text, held = decoded(at.bytes + byte_of(rest), final=False) if kind == BYTE else (rest, b"")
        spelt = cast(str, at.spelt) + text
        return text, at._replace(spelt=spelt, bytes=held, column=at.column + len(text))

    def expected(self, before: Before, kind: str, end: int) -> str:
        """The gap before a segment of that kind, which would end in column `end` behind a space."""
        gap = self.gaps.get((before.kind, kind))
        gap = usual(before.kind, kind) if gap is None else gap
        return "\n" if gap == " " and self.wrap and end > self.wrap else gap


def _stands(case: str, content: str) -> bool:
    """Whether the first word of a text is in that case."""
    word = next(iter(content.split()), "")
    return CASES[case](word) == word


def settle(at: At) -> At:
    """The state behind a segment that was being spelled, if one was."""
    if at.spelt is None:
        return at
    if not at.spelt:
        return at._replace(spelt=None, bytes=b"")
    return remember(at._replace(before=behind(at.before, kind_of(at.spelt)), spelt=None, bytes=b"", case=""), at.spelt)


def remember(at: At, segment: str) -> At:
    """The state with that segment the last one spelled."""
    return at._replace(recent=(segment, *(s for s in at.recent if s != segment))[:RECENTS])


def usual(before: str, kind: str) -> str:
    """The gap between two kinds of segments where the corpus did not say otherwise."""
    if before == START or before in OPENING or before[:2] == OPENS or kind in CLOSE_ON or kind[:2] == CLOSES:
        return ""
    return " "


def kind_of(symbol: str) -> str:
    """The kind of a segment or its symbol: a word, a number, a sign by itself, a twin as it opens or closes."""
    first = symbol[:1]
    if first.isalpha() or first == "_":
        return WORD
    if first.isdecimal():
        return NUMBER
    return symbol if len(symbol) < 3 or symbol in ENDING or symbol[:2] in (OPENS, CLOSES) else SIGN


def bare(symbol: str) -> str:
    """The segment that a whole symbol stands for, as the lexicon has it."""
    return symbol[2:] if symbol[:2] in (OPENS, CLOSES) else symbol


def twin(sign: str, gap: str, before: Before) -> str:
    """The symbol of a sign that opens or closes, as it stands behind that gap."""
    opens = gap or before.kind in (START, "--") or before.kind in OPENING or before.kind[:2] == OPENS
    return (OPENS if opens else CLOSES) + sign


def behind(before: Before, kind: str) -> Before:
    """What of the past decides, once a segment of that kind stands there."""
    leaves = kind in LEAVING or kind[:2] in (OPENS, CLOSES)
    return Before(kind, kind in BEGINNING or (leaves and before.begins))


def blank(gap: str) -> bool:
    """Whether a gap holds a blank line, behind which a sentence begins."""
    return gap.count("\n") > 1


def column(before: int, gap: str) -> int:
    """The column behind a gap."""
    newline = gap.rfind("\n")
    return before + len(gap) if newline < 0 else len(gap) - newline - 1


def cased(word: str, *, begins: bool) -> str:
    """A word of the vocabulary as it is expected."""
    return word.capitalize() if begins and word.islower() else word

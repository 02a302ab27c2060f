"""Where chapters, pages and paragraphs begin: found line by line, and by a fast twin over whole blocks.

A line ends in a line feed. A paragraph begins after a blank line, a page after a form feed or every so many lines, and
a chapter at a heading that follows either a blank line or a form feed. What begins, begins with its first visible line,
indentation included.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from seqgen.errors import UnknownName, UsageError
from seqgen.text.reading import regrouped

LEVELS = ("document", "chapter", "page", "paragraph")

_UNIT = "CHAPTER|BOOK|PART|VOLUME|ACT|SCENE|CANTO|LETTER|STAVE|ADVENTURE"
_NUMBER = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|last"
)
CHAPTER = (
    rf"\s*(?:{_UNIT}|{_UNIT.title()})\s+(?:[IVXLCDM]+|\d+|(?i:(?:the\s+)?(?:{_NUMBER})))\b"
    r"|\s*(?:PREFACE|PROLOGUE|INTRODUCTION|CONCLUSION|EPILOGUE)\W*$"
    r"|[IVX][IVXLC]*\.\s+[^\Wa-z][^a-z]+$"
)
"""CHAPTER IV. Pig and Pepper; Book the First; PREFACE; VII. THE BLUE CARBUNCLE. A bare numeral is but a section."""

SLICE = 1 << 16
"""Characters taken at a time; what is computed from them stays in the processor's cache."""

SHORT = 1 << 11
"""Characters below which numpy costs more than it saves."""

Numbers = np.ndarray[tuple[int], np.dtype[Any]]

_AFTER_AN_END = re.compile(r"(?<=[\n\f])")
_NONE = np.empty(0, np.intp)
_LINE_FEED, _FORM_FEED = 10, 12
_LAST_SPACE = 0x3000
_VISIBLE = np.array([not chr(point).isspace() for point in range(_LAST_SPACE + 2)])


@dataclass(frozen=True)
class Rules:
    """Which levels are wanted, strongest first, and what begins a page or a chapter."""

    levels: tuple[str, ...]
    page_lines: int
    chapter: re.Pattern[str]

    @classmethod
    def checked(
        cls, levels: tuple[str, ...], page_lines: int, chapter: str, *, known: tuple[str, ...] = LEVELS
    ) -> Self:
        """The rules that these options of a tokenizer make. Raises UnknownName or UsageError if they make no sense."""
        for level in levels:
            if level not in known[1:]:
                raise UnknownName("the level", level, known[1:])
        if list(levels) != [level for level in known if level in levels]:
            raise UsageError("the levels", f"they are {list(levels)}", "Name each once, the strongest first")
        if page_lines < 0:
            raise UsageError("the lines of a page", f"{page_lines} is below 0", "Use 0 for none")
        try:
            return cls(levels, page_lines, re.compile(chapter))
        except re.error as error:
            raise UsageError(f"the chapter pattern {chapter!r}", str(error), "Correct the expression") from error

    def heading(self, line: str) -> bool:
        """Whether this line, if it follows a blank one or a form feed, begins a chapter."""
        return self.chapter.match(line.rstrip()) is not None


class Marked(NamedTuple):
    """A block of text, the positions at which units begin, and each one's level as an index into `Rules.levels`."""

    text: str
    positions: Numbers
    levels: Numbers


def code_points(text: str) -> Numbers:
    """The code points of a text; the array holds bytes if it is all ASCII."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def units(content: str | Iterable[str], rules: Rules) -> Iterator[tuple[str | None, str]]:
    """A text cut after each line feed and form feed; with each part the level of the unit that begins there, if any.

    The definition, of which `marked` is the fast twin. The document itself begins and ends without a mark.
    """
    begun, blank, lines, due = False, True, 0, set[str]()
    for part in _parts(content):
        if part.isspace():
            yield None, part
        else:
            if due & {"paragraph", "form feed"} and rules.heading(part):
                due.add("chapter")
            yield next((level for level in rules.levels if begun and level in due), None), part
            begun, blank, due = True, False, set()
        if part.endswith("\f"):
            due |= {"page", "form feed"}
        if part.endswith("\n"):
            lines += 1
            due |= {"paragraph"} if blank else set()
            due |= {"page"} if rules.page_lines and lines % rules.page_lines == 0 else set()
            blank = True


def marked(content: str | Iterable[str], rules: Rules) -> Iterator[Marked]:
    """A text in blocks with the marks of `units`.

    With levels, a line is held in memory whole, however long.
    """
    if not rules.levels:
        yield from (Marked(text, _NONE, _NONE) for text in slices(content))
    elif isinstance(content, str) and len(content) < SHORT:
        yield _marked_short(content, rules)
    else:
        lines = 0
        for number, text in enumerate(_blocks(content)):
            yield Marked(text, *_marks(text, rules, begun=number > 0, lines=lines))
            lines += text.count("\n")


def _marked_short(text: str, rules: Rules) -> Marked:
    position, positions, levels = 0, [], []
    for level, part in units(text, rules):
        if level:
            positions.append(position)
            levels.append(rules.levels.index(level))
        position += len(part)
    return Marked(text, np.array(positions, np.intp), np.array(levels, np.intp))


def _marks(text: str, rules: Rules, *, begun: bool, lines: int) -> tuple[Numbers, Numbers]:
    """The positions and levels of the units that begin in a block, which `lines` lines came before.

    Once the document has begun, a block begins at the end of a visible line. All counts are per visible part.
    """
    codes = code_points(text)
    ends = np.flatnonzero((codes == _LINE_FEED) | (codes == _FORM_FEED))
    starts = np.concatenate([[0], ends + 1])
    starts = starts[starts < len(codes)]
    visible = np.logical_or.reduceat(_VISIBLE.take(codes, mode="clip"), starts)
    visible[0] |= begun
    parts = np.flatnonzero(visible)
    line_feeds = lines + _before(codes[ends] == _LINE_FEED)[parts]
    blank = np.diff(line_feeds) > 1
    fed = np.diff(_before(codes[ends] == _FORM_FEED)[parts]) > 0
    full = np.diff(line_feeds // rules.page_lines) > 0 if rules.page_lines else fed
    positions = starts[parts[1:]]
    headings = _headings(text, positions, after_a_break=blank | fed, rules=rules)
    return _strongest(positions, {"chapter": headings, "page": fed | full, "paragraph": blank}, rules=rules)


def _before(marks: Numbers) -> Numbers:
    """How many of the marks stand before each, and before the end."""
    return np.concatenate([[0], np.cumsum(marks)])


def _headings(text: str, positions: Numbers, *, after_a_break: Numbers, rules: Rules) -> Numbers:
    headings = np.zeros(len(positions), bool)
    if "chapter" in rules.levels:
        lines = (_part_at(text, position) for position in positions[after_a_break].tolist())
        headings[after_a_break] = [rules.heading(line) for line in lines]
    return headings


def _part_at(text: str, start: int) -> str:
    end = text.find("\n", start)
    line = text[start:end] if end >= 0 else text[start:]
    return line.partition("\f")[0]


def _strongest(positions: Numbers, due: dict[str, Numbers], *, rules: Rules) -> tuple[Numbers, Numbers]:
    levels = np.full(len(positions), len(rules.levels))
    for number, level in reversed(list(enumerate(rules.levels))):
        levels[due[level]] = number
    begins = levels < len(rules.levels)
    return positions[begins], levels[begins]


def _parts(content: str | Iterable[str]) -> Iterator[str]:
    return regrouped(slices(content), _AFTER_AN_END.split)


def _blocks(content: str | Iterable[str]) -> Iterator[str]:
    """A text cut only where a visible line has ended: no line is in two blocks, nor any run of blank ones."""
    held: list[str] = []
    for piece in slices(content):
        held.append(piece)
        if "\n" in piece:
            text = "".join(held)
            cut = len(text[: text.rfind("\n")].rstrip())
            if cut:
                yield text[:cut]
            held = [text[cut:]]
    if text := "".join(held):
        yield text


def slices(content: str | Iterable[str]) -> Iterator[str]:
    """A text in pieces that a cache holds."""
    for piece in [content] if isinstance(content, str) else content:
        yield from (piece[i : i + SLICE] for i in range(0, len(piece), SLICE))

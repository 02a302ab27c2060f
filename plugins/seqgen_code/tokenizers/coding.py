"""From lexemes to symbols: `Reader` is the definition.

It asks the layout what it would write, and says no more than that leaves open; so what it says is right by
construction.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import accumulate, islice
from typing import cast

from seqgen.text.pieces import in_bytes
from seqgen.tokenizer import Boundary
from seqgen_code.language import CLOSING, END, LINE, NAME, NOTE, OPENING, TEXT, Language
from seqgen_code.lexers import fstrings
from seqgen_code.symbols import (
    BEGIN,
    CLOSE,
    COMMENT,
    DEBUG,
    DEDENT,
    FIELD,
    FIELD_END,
    FORMAT,
    INDENT,
    RECENT,
    SOFT,
    STRING,
)
from seqgen_code.tokenizers.layout import At, settle
from seqgen_code.tokenizers.lexicon import Speech

Pair = tuple[str, str]
DEFINES = frozenset({"def", "class", "async", "@"})
"""What a definition begins with."""
DEFINITION, BLOCK, STATEMENT, LINE_BEGINS = map(Boundary, ("definition", "block", "statement", "line"))


class Begun:
    """Which of the levels wanted begin where, in one document."""

    def __init__(self, levels: Iterable[str]) -> None:
        wanted = frozenset(levels)
        self.block, self.line = "block" in wanted, "line" in wanted
        self._definition, self._statement = "definition" in wanted, "statement" in wanted
        self._defining, self._decorated = False, False

    def levels(self, lexeme: str, *, begins: bool, top: bool) -> list[Boundary]:
        """What begins with the first lexeme of a line, strongest first: whether a statement `begins`, and at the `top`.

        A definition begins where a function or class does, with its decorators; and where the code between them does.
        """
        found = []
        if begins and top:
            defines = lexeme in DEFINES
            if self._definition and not self._decorated and (defines or self._defining):
                found.append(DEFINITION)
            self._defining, self._decorated = defines, lexeme == "@"
        if begins and self._statement:
            found.append(STATEMENT)
        return [*found, LINE_BEGINS] if self.line else found


class Reader:
    """One document, a lexeme at a time; `levels` are those whose boundaries are wanted."""

    def __init__(self, speech: Speech, levels: Iterable[str] = ()) -> None:
        self._speech, self._layout, self._language = speech, speech.layout, speech.language
        self._begun = Begun(levels)
        self.at = cast(At, speech.layout.begun)

    def read(self, pairs: Sequence[Pair]) -> Iterator[str | Boundary]:
        """The symbols of these lexemes, each with the gap before it, which are a whole document."""
        for place, (gap, lexeme) in enumerate(pairs):
            group, soft = self._language.class_of(lexeme), False
            if self.at.fresh and group not in (LINE, END):
                outside = not self.at.brackets
                if outside:
                    yield from self._margin(pairs, place, group)
                begins = outside and group != NOTE
                yield from self._begun.levels(lexeme, begins=begins, top=not self.at.indents)
                soft = begins and lexeme in self._language.soft and is_soft(pairs, place)
            yield from self._say([SOFT + lexeme], gap, lexeme) if soft else self.lexeme(gap, lexeme, group)

    def _margin(self, pairs: Sequence[Pair], place: int, group: str) -> list[str | Boundary]:
        """The indentation or dedentation that the lexeme at that place shows, if any."""
        gap = pairs[place][0]
        if not self._language.indented or (group == NOTE and gap != margin_behind(pairs, place, self._language)):
            return []
        found = dents(gap, self.at.indents, self.at.unit, known=self._speech.units)
        self._put(found)
        return [*found, *([BLOCK] if found and self._begun.block else [])]

    def lexeme(self, gap: str, lexeme: str, group: str) -> list[str]:
        """The symbols of a lexeme of that class, with the gap before it."""
        speech, self.at = self._speech, settle(self.at)
        if group == END:
            return self._put(speech.gap(gap) if gap else [])
        if lexeme in speech.whole:
            return self._say([lexeme], gap, lexeme)
        if group == LINE:
            return self._say([" " + lexeme], gap, lexeme)
        if group == NOTE:
            sign = self._language.comment
            return [*self._say([COMMENT], gap, sign), *self._put(speech.written(lexeme[len(sign) :]))]
        if group == TEXT:
            return self._string(gap, lexeme)
        if group == NAME and lexeme in self.at.recent:
            return self._say([f"{RECENT}{self.at.recent.index(lexeme)}"], gap, lexeme)
        return self._say(speech.spelled[lexeme], gap, lexeme)

    def _string(self, gap: str, lexeme: str) -> list[str]:
        """A string in parts; its prefix is a name where no symbol opens such a string."""
        literal = self._language.literal(lexeme)
        if literal is None:
            return self._say([BEGIN, *in_bytes(lexeme)], gap, lexeme)
        opener = literal.prefix + literal.quote
        if opener not in self._language.strings:
            first = self.lexeme(gap, literal.prefix, NAME)
            return [*first, *self.lexeme("", lexeme[len(literal.prefix) :], TEXT)]
        found = self._say([STRING + opener], gap, opener)
        parts = fstrings.parts(literal.body, self._language) if literal.fields and literal.closed else None
        found += self._parts((literal.body,) if parts is None else parts)
        return [*found, *self._put([CLOSE] if literal.closed else [])]

    def _parts(self, parts: Iterable[fstrings.Part]) -> list[str]:
        found: list[str] = []
        for part in parts:
            found += self._put(self._speech.written(part)) if isinstance(part, str) else self._field(part)
        return found

    def _field(self, field: fstrings.Field) -> list[str]:
        found = self._put([FIELD])
        for gap, lexeme in field.lexemes:
            found += self.lexeme(gap, lexeme, self._language.class_of(lexeme))
        gap = field.gap
        if field.debug:
            before, _, after = field.debug.partition("=")
            found += self._say([DEBUG], before, "=")
            gap = after
        if field.conversion:
            found += self._say([" " + field.conversion], gap, field.conversion)
            gap = ""
        if field.format is None:
            return [*found, *self._say([FIELD_END], gap, "}")]
        found += self._say([FORMAT], gap, ":")
        return [*found, *self._parts(field.format), *self._put([FIELD_END])]

    def _say(self, symbols: list[str], gap: str, text: str) -> list[str]:
        """The symbols, behind those that say the gap if another one is expected."""
        for override in ([], self._speech.gap(gap)):
            at, written = self.at, ""
            for symbol in [*override, *symbols]:
                more, at = cast(tuple[str, At], self._layout.write(at, symbol))
                written += more
            if written == gap + text:
                self.at = at
                return [*override, *symbols]
        return self._say([BEGIN, *in_bytes(text)], gap, text)

    def _put(self, symbols: list[str]) -> list[str]:
        for symbol in symbols:
            _, self.at = cast(tuple[str, At], self._layout.write(self.at, symbol))
        return symbols


def is_soft(pairs: Sequence[Pair], place: int) -> bool:
    """Whether a soft keyword at that place, where a statement begins, is one: its line has a colon, no bracket being
    open, and does not go on as that of a name."""
    depth = 0
    for _, lexeme in islice(pairs, place + 1, None):
        if lexeme[:1] in ("\n", "\r", "") and depth <= 0:
            return False
        if lexeme == ":" and depth == 0:
            return pairs[place + 1][1] not in (":", "=", ".", ",")
        if lexeme in ("=", "lambda") and depth == 0:
            return False
        depth += (lexeme in ("(", "[", "{")) - (lexeme in (")", "]", "}"))
    return False


def undecided(pairs: Sequence[Pair], language: Language) -> int:
    """How many characters at the end of a text mean what they do only by what follows: an f-string that is not closed,
    or a line that begins with a soft keyword and has no colon yet."""
    begins, place, depth, fresh = len(pairs), len(pairs), 0, True
    for number, (_, lexeme) in enumerate(pairs):
        ends = language.class_of(lexeme) == LINE
        if fresh and depth <= 0 and not ends:
            begins = number
        depth += (lexeme in OPENING) - (lexeme in CLOSING)
        fresh = ends
    if begins < len(pairs) and pairs[begins][1] in language.soft and not (fresh or is_soft(pairs, begins)):
        place = begins
    last = len(pairs) - 2
    literal = language.literal(pairs[last][1]) if last >= 0 else None
    if literal is not None and literal.fields and not literal.closed:
        place = min(place, last)
    return sum(len(gap) + len(lexeme) for gap, lexeme in pairs[place:])


def dents(gap: str, indents: Sequence[str], unit: str, *, known: Container[str]) -> list[str]:
    """How a line with that margin stands to the blocks that are open: the symbols of what is opened or closed."""
    margins = ["", *accumulate(indents)]
    if gap in margins:
        return [DEDENT] * (len(margins) - 1 - margins.index(gap))
    deeper = gap[len(margins[-1]) :]
    if not gap.startswith(margins[-1]) or deeper not in known:
        return []
    return [INDENT if deeper == unit else INDENT + deeper]


def margin_behind(pairs: Sequence[Pair], place: int, language: Language) -> str:
    """The margin of the next line that is neither blank nor a comment; none at the end."""
    fresh = False
    for gap, lexeme in islice(pairs, place, None):
        group = language.class_of(lexeme)
        if fresh and group not in (LINE, NOTE):
            return "" if group == END else gap
        fresh = group == LINE
    return ""

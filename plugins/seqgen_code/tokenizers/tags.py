"""What symbols of markup write, and from markup to symbols: `Tags` is the definition of the one, `TagReader` of the
other, which asks the first and so is right by construction.

Between tags pieces are text as it stands, entities and white space included. `<` and a name open an element; " ."
closes the value or the comment that is open, or else the element, whatever its name.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from seqgen.text.pieces import BEGIN, BYTE, PIECE, byte_of, decoded, in_bytes
from seqgen.tokenizer import Boundary, Writer
from seqgen_code.language import NAME, TEXT
from seqgen_code.lexers.markup import CLOSERS, MARKUP, end_of, note_of
from seqgen_code.symbols import CLOSE, GAP, RECENT, RECENTS, STRING, is_whole
from seqgen_code.tokenizers.lexicon import Speech

Pair = tuple[str, str]
BLOCK = Boundary("block")
OUTSIDE = None
"""The name of the tag where there is none; it is empty where it is still to come."""
GAPS = ("\n", "\r")
"""Gaps that can be said beside those of every language."""


class At(NamedTuple):
    """A state of the writer: the names of the elements that are open; the name of the tag, whether it is a closing one,
    and the kind of the last lexeme in it; the gap that was said; the symbol of what is open, what was spelled of a
    lexeme, bytes of a character that is not complete; and the names spelled last."""

    elements: tuple[str, ...] = ()
    tag: str | None = OUTSIDE
    closing: bool = False
    before: str = ""
    gap: str | None = None
    open: str = ""
    spelt: str | None = None
    bytes: bytes = b""
    recent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tags(Writer):
    """The writer of markup."""

    speech: Speech
    begun: Hashable = field(default=At(), init=False)

    def write(self, state: Hashable, symbol: str) -> tuple[str, Hashable]:
        """The text that the symbol adds; what says how the next one is to be written adds none."""
        at, kind, rest = cast(At, state), symbol[:2], symbol[2:]
        if kind in (PIECE, BYTE) and not is_whole(symbol):
            return self._go_on(at, kind, rest)
        if symbol == CLOSE and at.open:
            before = "" if at.tag is OUTSIDE else TEXT
            return CLOSERS.get(at.open[len(STRING) :], ""), at._replace(open="", before=before, bytes=b"")
        at = settle(at)
        if kind == GAP:
            return "", at._replace(gap=(at.gap or "") + rest)
        if is_whole(symbol):
            return self._lexeme(at, symbol)
        if symbol == CLOSE:
            return self._close(at)
        if kind == STRING:
            gap, at = self._gap(at, TEXT)
            return gap + rest, at._replace(open=symbol)
        if kind == RECENT and rest.isdecimal() and len(rest) < 4 and int(rest) < len(at.recent):
            name = at.recent[int(rest)]
            text, at = self._lexeme(at, name)
            return text, remember(at, name)
        return self._go_on(at, kind, rest, begins=True) if kind == BEGIN else ("", at)

    def finish(self, state: Hashable) -> str:
        """The gap at the end."""
        return cast(At, state).gap or ""

    def expected(self, at: At, kind: str) -> str:
        """The gap before a lexeme of that kind."""
        if at.tag is OUTSIDE or at.before in ("<", "</") or kind in ("=", ">") or (kind == TEXT and at.before == "="):
            return ""
        if kind == "/>":
            return self.speech.layout.spacing.between(at.before, kind)
        return "" if at.before == "=" else " "

    def _gap(self, at: At, kind: str) -> tuple[str, At]:
        return self.expected(at, kind) if at.gap is None else at.gap, at._replace(gap=None)

    def _go_on(self, at: At, kind: str, rest: str, *, begins: bool = False) -> tuple[str, At]:
        """More of a text or a lexeme; a character whose bytes are not all there is held back."""
        gap = ""
        if begins or (at.tag is not OUTSIDE and not at.open and at.spelt is None) or at.gap is not None:
            gap, at = self._gap(settle(at), NAME)
            at = at._replace(spelt="" if begins or at.tag is not OUTSIDE else None)
        text, held = decoded(at.bytes + byte_of(rest), final=False) if kind == BYTE else (rest, b"")
        spelt = None if at.spelt is None else at.spelt + text
        return gap + text, at._replace(spelt=spelt, bytes=held)

    def _lexeme(self, at: At, lexeme: str) -> tuple[str, At]:
        kind = MARKUP.kind_of(lexeme, at.before, "")
        gap, at = self._gap(at, kind)
        if lexeme in ("<", "</"):
            at = at._replace(tag="", closing=lexeme == "</", before=lexeme)
        elif at.tag is OUTSIDE:
            pass
        elif lexeme in (">", "/>"):
            at = ended(at, lexeme)
        else:
            at = named(at, lexeme)._replace(before=kind)
        return gap + lexeme, at

    def _close(self, at: At) -> tuple[str, At]:
        """The end of the element that is open; nothing where there is none."""
        if at.tag is not OUTSIDE or not at.elements:
            return "", at
        return f"</{at.elements[-1]}{at.gap or ''}>", at._replace(elements=at.elements[:-1], gap=None)


def settle(at: At) -> At:
    """The state behind a lexeme that was being spelled, or a value that nothing closed, if one was."""
    at = at._replace(bytes=b"") if at.bytes else at
    if at.spelt is not None:
        name, at = at.spelt, at._replace(spelt=None)
        value = at.before == "="
        if not name or at.tag is OUTSIDE:
            return at
        at = named(at, name)._replace(before=NAME)
        return at if value else remember(at, name)
    return at._replace(open="", before="" if at.tag is OUTSIDE else TEXT) if at.open else at


def named(at: At, name: str) -> At:
    """The state behind a lexeme in a tag, of which the first is its name."""
    return at._replace(tag=at.tag or name) if at.before in ("<", "</") else at


def ended(at: At, lexeme: str) -> At:
    """The state behind the end of a tag. A closing one closes the element of its name, and those within, if it is
    open."""
    elements = at.elements
    if at.closing:
        places = [place for place, each in enumerate(elements) if each == at.tag]
        elements = elements[: places[-1]] if places else elements
    elif lexeme == ">" and at.tag:
        elements = (*elements, at.tag)
    return at._replace(elements=elements, tag=OUTSIDE, closing=False, before="")


def remember(at: At, name: str) -> At:
    """The state with that name the last one spelled."""
    return at._replace(recent=(name, *(each for each in at.recent if each != name))[:RECENTS])


class TagReader:
    """One document, a lexeme at a time; with `blocks` the children of the outermost element begin with a boundary."""

    def __init__(self, speech: Speech, writer: Tags, *, blocks: bool = False) -> None:
        self._speech, self._writer, self._blocks = speech, writer, blocks
        self.at = cast(At, writer.begun)

    def read(self, pairs: Sequence[Pair]) -> Iterator[str | Boundary]:
        """The symbols of these lexemes, each with the gap before it, which are a whole document."""
        yield from self._put(self._speech.written(pairs[0][1]))
        place = 1
        while place < len(pairs):
            gap, lexeme = pairs[place]
            if lexeme == "<" and self._blocks and len(self.at.elements) == 1:
                yield BLOCK
            tag = [text for _, text in pairs[place : place + 3]]
            if lexeme == "</" and len(tag) == 3 and self.at.elements[-1:] == (tag[1],) and tag[2][0] == ">":
                place += 2
                gap, text = pairs[place]
                yield from self._put([*(self._gap(gap) if gap else []), CLOSE, *self._speech.written(text[1:])])
            else:
                yield from self._lexeme(gap, lexeme)
            place += 1

    def _lexeme(self, gap: str, lexeme: str) -> list[str]:
        """The symbols of a lexeme, with the gap before it, and the text behind it."""
        written = self._speech.written
        if not lexeme:
            return self._put(self._gap(gap))
        if end := end_of(lexeme):
            return [*self._say([end], gap, end), *self._put(written(lexeme[len(end) :]))]
        if note := note_of(lexeme):
            found = [*self._say([STRING + note.opener], gap, note.opener), *self._put(written(note.body))]
            return [*found, *self._put([*([CLOSE] if note.closer else []), *written(note.text)])]
        at = settle(self.at)
        if lexeme in self._speech.whole:
            return self._say([lexeme], gap, lexeme)
        if MARKUP.class_of(lexeme) == TEXT:
            closed = len(lexeme) > 1 and lexeme[-1] == lexeme[0]
            body = written(lexeme[1 : -1 if closed else None])
            return [*self._say([STRING + lexeme[0]], gap, lexeme[0]), *self._put([*body, *([CLOSE] if closed else [])])]
        again = lexeme in at.recent and at.before != "="
        return self._say([f"{RECENT}{at.recent.index(lexeme)}"] if again else self._speech.spelled[lexeme], gap, lexeme)

    def _say(self, symbols: list[str], gap: str, text: str) -> list[str]:
        """The symbols, behind those that say the gap if another one is expected."""
        for override in ([], self._gap(gap)):
            at, written = self.at, ""
            for symbol in [*override, *symbols]:
                more, at = cast(tuple[str, At], self._writer.write(at, symbol))
                written += more
            if written == gap + text:
                self.at = at
                return [*override, *symbols]
        return self._say([BEGIN, *in_bytes(text)], gap, text)

    def _put(self, symbols: Iterable[str]) -> list[str]:
        found = list(symbols)
        for symbol in found:
            _, self.at = cast(tuple[str, At], self._writer.write(self.at, symbol))
        return found

    def _gap(self, gap: str) -> list[str]:
        """The symbols that say a gap."""
        if set(gap).isdisjoint(GAPS) or gap in self._speech.lexicon.gaps:
            return self._speech.gap(gap)
        return [GAP + each for each in gap]

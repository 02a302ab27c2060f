"""Other languages, by the lexers of pygments, of which no more is asked than where strings and comments begin.

All else is read alike in every language: names, numbers, operators and brackets. So what a newer pygments calls
otherwise changes little, and a text is always all of its lexemes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from pygments.lexers import find_lexer_class, get_all_lexers, get_lexer_by_name
from pygments.token import Comment, String
from pygments.util import ClassNotFound

from seqgen.errors import UnknownName
from seqgen_code.language import Language, Literal
from seqgen_code.lexers.classes import classes
from seqgen_code.symbols import CLOSERS

OPERATORS = tuple(
    "<<= >>= ... === !== **= && || == != <= >= += -= *= /= %= &= |= ^= ++ -- << >> -> => :: := ** .. ?? ?."
    " + - * / % & | ^ ~ ! < > = ( ) [ ] { } , ; : . ? @ $ # \\".split()
)
KEYWORDS = frozenset(
    "and as async await break case catch class const continue def default defer delete do done echo elif else"
    " elseif end enum esac except extends extern fi finally fn for foreach from func function go goto if impl"
    " implements import in include instanceof interface is let local loop match mod module mut namespace new not"
    " or package private protected pub public raise repeat return select static struct super switch then throw try"
    " type typedef typeof union unless until use using var void when where while with yield".split()
)
"""Words that are keywords in some of them: what stands beside one is foretold apart."""
PREFIXES = frozenset("- + * & ! ~ ++ -- $ @ #".split())

_NAME = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*+"
_NUMBER = r"0[xX][0-9A-Fa-f_]++[A-Za-z]*+|[0-9][0-9_]*+(?:\.[0-9][0-9_]*+)?+(?:[eE][+-]?+[0-9]++)?+[A-Za-z]*+"
_SIGN = "|".join(map(re.escape, OPERATORS))
_LEXEME = rf"{_NAME}|{_NUMBER}|\n{{1,3}}+|\r\n?+|{_SIGN}|.|\Z"


def _literal(opener: str, closer: str) -> str:
    start, end = re.escape(opener), re.escape(closer)
    if opener == closer:
        return rf"{start}(?:[^\\{start}]|\\.)*+{end}"
    return rf"{start}.*?{end}" if closer else rf"{start}[^\r\n]*+"


_OPENERS = sorted(CLOSERS, key=len, reverse=True)
_OPENER = re.compile("|".join(map(re.escape, _OPENERS)))
_LITERALS = {opener: re.compile(_literal(opener, CLOSERS[opener]), re.DOTALL) for opener in _OPENERS}
_LITERAL = re.compile("|".join(each.pattern for each in _LITERALS.values()), re.DOTALL)


_QUOTED = re.compile(r""""(?:[^\\"\r\n]|\\.)*+"|'(?:[^\\'\r\n]|\\.)*+'""")
_BLANK_LINES = re.compile(r"^(?:[ \t\f\r]*+\n){8}((?:[ \t\f\r]*+\n)++)", re.MULTILINE)
_DIRECTIVE = b"\2"
_DIRECTIVES = re.compile(_DIRECTIVE + b"++")


def literal_of(lexeme: str) -> Literal | None:
    """The parts of a string or a comment; None if the lexeme is none."""
    for opener, pattern in _LITERALS.items():
        if lexeme.startswith(opener) and pattern.fullmatch(lexeme):
            closer = CLOSERS[opener]
            return Literal("", opener, lexeme[len(opener) : len(lexeme) - len(closer)], closed=closer != "")
    return None


@cache
def lexer_named(name: str) -> Any:
    """The lexer of pygments that has this name, or this one for short. Raises UnknownName."""
    try:
        return get_lexer_by_name(name)
    except ClassNotFound:
        found = find_lexer_class(name)
        if found is None:
            known = {each.lower() for full, short, _, _ in get_all_lexers() for each in (full, *short)}
            near = get_close_matches(name.lower(), sorted(known), 8, 0.5) or ["c", "javascript", "rust", "text"]
            raise UnknownName("the lexer", name, near) from None
        return found()


@dataclass(frozen=True)
class Other(Language):
    """A language that a lexer of pygments reads, which is called `lexer`."""

    lexer: str = ""

    @property
    def inner(self) -> bool:
        """Whether blocks stand within brackets: in many of these languages."""
        return True

    def lexemes(self, text: str) -> list[tuple[str, str]]:
        """Each lexeme with the gap before it; the last is empty, at the end. All together are the text."""
        found, at = list[tuple[str, str]](), 0
        for start, end in literals(text, marked(text, lexer_named(self.lexer))):
            found += self._between(text, at, start)
            found[-1] = found[-1][0], text[start:end]
            at = end
        return found + self._between(text, at, len(text))

    def _between(self, text: str, start: int, end: int) -> list[tuple[str, str]]:
        found = self.pattern.findall(text, start, end)
        return found[:-1] if len(found) > 1 and not found[-2][1] else found


def marked(text: str, lexer: Any) -> bytes:
    """Which characters the lexer takes for some of a string or a comment, as ones; none if what it gives is not the
    text. Of a run of blank lines it is shown the first few, for what follows them it may look for behind each anew."""
    cuts = [found.span(1) for found in _BLANK_LINES.finditer(text)]
    marks, shown, at = _marked("".join(_left(text, cuts)), lexer), bytearray(), 0
    for start, end in cuts:
        ahead = start - len(shown)
        shown += marks[at : at + ahead]
        at += ahead
        shown += marks[at - 1 : at] * (end - start)
    return bytes(shown + marks[at:])


def _left(text: str, cuts: list[tuple[int, int]]) -> Iterator[str]:
    """What is left of it without these parts."""
    at = 0
    for start, end in cuts:
        yield text[at:start]
        at = end
    yield text[at:]


def _marked(text: str, lexer: Any) -> bytes:
    ended = f"{text}\n"  # some lexers want a line end behind every comment
    marks, at = bytearray(len(ended)), 0
    for start, kind, value in lexer.get_tokens_unprocessed(ended):
        if start != at or not ended.startswith(value, at):
            return bytes(len(text))
        at += len(value)
        if kind in String or kind in Comment:
            mark = _DIRECTIVE if kind in Comment.Preproc or kind in Comment.PreprocFile else b"\1"
            marks[start:at] = mark * len(value)
    found = _DIRECTIVES.sub(lambda found: _strings_of(ended[slice(*found.span())]), bytes(marks))
    return found[:-1] if at == len(ended) else bytes(len(text))


def _strings_of(directive: str) -> bytes:
    """The marks of a directive, in which lexers see no strings; they are on one line."""
    marks = bytearray(len(directive))
    for found in _QUOTED.finditer(directive):
        marks[slice(*found.span())] = b"\1" * len(found.group())
    return bytes(marks)


def literals(text: str, marks: bytes) -> Iterator[tuple[int, int]]:
    """Where the strings and comments are that begin and end where there are marks, and go on over line ends only if
    those are marked."""
    at = marks.find(1)
    while at >= 0 and (opener := _OPENER.search(text, at)):
        at = opener.start()
        found = _LITERAL.match(text, at) if marks[at] else None
        if found and _is_marked(text, marks, *found.span()):
            yield found.span()
            at = found.end() - 1
        at = marks.find(1, at + 1)


def _is_marked(text: str, marks: bytes, start: int, end: int) -> bool:
    line = text.find("\n", start, end)
    return marks[end - 1] == 1 and (line < 0 or marks[line] == 1)


def language_of(lexer: str) -> Other:
    """The language that a lexer of pygments reads. Raises UnknownName."""
    lexer_named(lexer)
    return Other(
        name=lexer,
        pattern=_PATTERN,
        class_of=CLASS_OF,
        keywords=KEYWORDS,
        operators=OPERATORS,
        prefixes=PREFIXES,
        literal=literal_of,
        strings=tuple(CLOSERS),
        comment="",
        indented=True,
        lexer=lexer,
    )


CLASS_OF = classes(OPERATORS, is_text=lambda lexeme: literal_of(lexeme) is not None)
_PATTERN = re.compile(rf"([ \t\f]*+(?:\\\r?\n[ \t\f]*+)*+)({_LEXEME})", re.DOTALL)

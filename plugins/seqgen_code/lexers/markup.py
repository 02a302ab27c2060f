"""Markup, as XML and HTML have it, read by our own lexer: a tag that is not well formed is text.

Text belongs to the lexeme behind which it stands, the end of a tag or of a comment; so all else in a lexeme's gap is
white space within a tag.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from seqgen_code.language import NAME, SIGN, Language, Literal
from seqgen_code.lexers.classes import classes

OPERATORS = ("<", "</", ">", "/>", "=")
CLOSERS = {'"': '"', "'": "'", "<!--": "-->", "<![CDATA[": "]]>", "<?": "?>", "<!": ">"}
"""What closes what opens."""
SPACE = " \t\r\n\f"

_GAP = f"[{SPACE}]*+"
_NAME = r"[A-Za-z_:\x80-\U0010ffff][-A-Za-z0-9_.:\x80-\U0010ffff]*+"
_VALUE = r""""[^"<]*+(?:"|\Z)|'[^'<]*+(?:'|\Z)|[-A-Za-z0-9_.:#%+\x80-\U0010ffff]++|\Z"""
_ATTRIBUTE = rf"{_GAP}{_NAME}(?:{_GAP}={_GAP}(?:{_VALUE}))?+"
_TAG = rf"<(?:{_NAME}(?:{_ATTRIBUTE})*+{_GAP}/?+|/{_NAME}{_GAP})(?:>|(?<!/)\Z)"
_NOTE = r"(<!--|<!\[CDATA\[|<\?|<!(?=[A-Za-z]))"
_PART = re.compile(rf"(?P<text>[^<]++)|(?P<tag>{_TAG})|(?P<note>{_NOTE})|<", re.DOTALL)
_IN_TAG = re.compile(rf"""({_GAP})(</?|/?>|=|"[^"]*+"?+|'[^']*+'?+|[^{SPACE}"'=<>/]++|\Z)""")
_END = re.compile("/?>")


class Note(NamedTuple):
    """A comment or the like: what opens it, what stands in it, what closes it if anything does, and the text behind."""

    opener: str
    body: str
    closer: str
    text: str


def note_of(lexeme: str) -> Note | None:
    """A comment, a section, an instruction or a declaration in parts; None for another lexeme."""
    opener = next((each for each in ("<!--", "<![CDATA[", "<?", "<!") if lexeme.startswith(each)), None)
    if opener is None:
        return None
    body, closer, text = lexeme[len(opener) :].partition(CLOSERS[opener])
    return Note(opener, body, closer, text)


def end_of(lexeme: str) -> str:
    """The end of a tag with which a lexeme begins, behind which it is text; empty where there is none."""
    found = _END.match(lexeme)
    return found.group() if found else ""


def literal_of(lexeme: str) -> Literal | None:
    """A value in quotes in its parts, or what holds text as one that is not closed; None for another lexeme."""
    if opener := end_of(lexeme):
        return Literal("", opener, lexeme[len(opener) :], closed=False)
    if note := note_of(lexeme):
        return Literal("", note.opener, note.body + note.closer + note.text, closed=False)
    if lexeme[:1] not in ('"', "'"):
        return None
    closed = len(lexeme) > 1 and lexeme[-1] == lexeme[0]
    return Literal("", lexeme[0], lexeme[1 : -1 if closed else None], closed)


class Tagged(Language):
    """A language of tags with text between them."""

    def lexemes(self, text: str) -> list[tuple[str, str]]:
        """Each lexeme with the gap before it; the first is text, perhaps none. All together are the text."""
        found, gap, open = list[tuple[str, str]](), "", [""]
        for part in _parts(text):
            if isinstance(part, str):
                open.append(part)
            else:
                found += [(gap, "".join(open)), *part[:-1]]
                gap, open = part[-1][0], [part[-1][1]]
        return [*found, (gap, "".join(open))]

    def kind_of(self, lexeme: str, before: str, sign: str) -> str:
        """What a lexeme is to its neighbours: the end of a tag is one with text behind it as well."""
        end = end_of(lexeme)
        group = self.class_of(lexeme)
        return end or (lexeme if group == SIGN else group)

    def is_word(self, kind: str) -> bool:
        """Whether letters beside a lexeme of that kind would make it another."""
        return kind == NAME


def _parts(text: str) -> Iterator[str | list[tuple[str, str]]]:
    """Text; or the lexemes of a tag, or a comment, of which the last is still without the text behind it."""
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        assert found is not None
        end = found.end()
        if found["note"]:
            closer = CLOSERS[found["note"]]
            end = text.find(closer, end)
            end = len(text) if end < 0 else end + len(closer)
            yield [("", text[at:end])]
        elif found["tag"]:
            yield [(gap, lexeme) for gap, lexeme in _IN_TAG.findall(text, at, end) if gap or lexeme]
        else:
            yield found.group()
        at = end


MARKUP = Tagged(
    name="markup",
    pattern=_PART,
    class_of=classes(OPERATORS, is_text=lambda lexeme: literal_of(lexeme) is not None),
    operators=OPERATORS,
    literal=literal_of,
    strings=tuple(CLOSERS),
    comment="",
)

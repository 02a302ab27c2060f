"""The symbols of source code. A lexeme that is known whole is its own symbol; every other symbol begins with a space,
which no lexeme does.

    def, (, self, 0, ''    a lexeme known whole
    " kmatch"              a soft keyword where it is one
    " \\n" " \\n\\n" " \\r\\n"  a line end, perhaps with blank lines behind it
    " >" " >\\t"            what follows is indented by the unit used last, or by this one, which is used from now on
    " <"                   what follows is dedented by one level
    " _ " " _"             the next gap is this one (several add up), where another was expected
    " ^fo" " +o" " ~e2"    a lexeme that is not known whole: how it begins, how it goes on, a byte of a rare character
    " r3"                  one of the names spelled last in this document, the last one being " r0"
    " s\\"" " sf'''"         a string opens, with its prefix and quote; its text is in pieces
    " ."                   the string that is open closes
    " #"                   a comment opens, as far as the next line end
    " {" " !r" " =" " :" " }"  a field of an f-string opens; its conversion, debug sign and format; it closes
"""

from typing import Final

from seqgen.text.pieces import BEGIN, BYTE, PIECE

__all__ = ["BEGIN", "BYTE", "PIECE"]

SOFT: Final = " k"
INDENT, DEDENT, GAP, RECENT, STRING, CLOSE, COMMENT = " >", " <", " _", " r", " s", " .", " #"
FIELD, FIELD_END = " {", " }"
CONVERSIONS = (" !r", " !s", " !a")
DEBUG, FORMAT = " =", " :"
LINES = (" \n", " \n\n", " \n\n\n", " \r\n", " \r")
CLOSERS: Final = {
    **{each: each for each in ('"', "'", "`")},
    **{"/*": "*/", "(*": "*)", "{-": "-}", "<!--": "-->", "#|": "|#", "--[[": "]]", "[[": "]]"},
    **dict.fromkeys(("//", "#", "--", ";", "%"), ""),
}
"""How strings and comments close in languages without a lexer of their own, by how they open; some with their line."""
RECENTS = 64
"""Names spelled last that are remembered."""


def is_whole(symbol: str) -> bool:
    """Whether the symbol is a lexeme itself."""
    return symbol[:1] != " "

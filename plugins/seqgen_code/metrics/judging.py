"""Whether excerpts are what they should be, as the language's own parser sees it; nothing is ever run."""

import ast
import json
import warnings
from bisect import bisect_left
from io import StringIO
from xml.parsers import expat

from seqgen.metric import Excerpt

INCOMPLETE = 0x4000
"""The flag PyCF_ALLOW_INCOMPLETE_INPUT of `codeop`: the compiler says of a text that it lacks nothing but its end."""
_REFUSED = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What is no program, holds what cannot be encoded, or is nested too deep."""


def text_of(excerpt: Excerpt) -> str:
    """The text of an excerpt, without a byte order mark, and without the line in which its document was cut."""
    text = "".join(excerpt.pieces)
    if not excerpt.ends:
        text = text[: 1 + max(text.rfind("\n"), text.rfind("\r"))]
    return text.removeprefix("\ufeff") if excerpt.begins else text


def tree_of(text: str) -> ast.Module | None:
    """The syntax tree of a program; None of what is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what the text holds
            return ast.parse(text)
    except _REFUSED:
        return None


def compiles(text: str) -> bool:
    """Whether the text can be compiled: beyond its grammar, that no parameter comes twice, no `return` stands alone,
    and so on."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<excerpt>", "exec", dont_inherit=True)
    except _REFUSED:
        return False
    return True


def begins_a_program(text: str) -> bool:
    """Whether whole lines, followed by others, could be a program."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<excerpt>", "exec", ast.PyCF_ONLY_AST | INCOMPLETE, dont_inherit=True)
    except SyntaxError as why:
        return why.msg == "incomplete input"
    except _REFUSED:
        return False
    return True


def parses(excerpt: Excerpt) -> bool:
    """Whether a document is a program, or the whole lines of one that goes on may begin one."""
    text = text_of(excerpt)
    return tree_of(text) is not None if excerpt.ends else begins_a_program(text)


def good_lines(excerpt: Excerpt) -> tuple[int, int]:
    """How many lines stand before the first with which no program can go on, and how many there are."""
    lines = _lines(text_of(excerpt))
    counts = range(1, len(lines) + 1)
    return bisect_left(counts, True, key=lambda count: not begins_a_program("".join(lines[:count]))), len(lines)


def first_statements(excerpt: Excerpt) -> ast.Module | None:
    """The syntax tree of an excerpt that parses; of one that goes on, that of the most lines that are a program."""
    if not parses(excerpt):
        return None
    lines = _lines(text_of(excerpt))
    trees = (tree_of("".join(lines[:count])) for count in range(len(lines), -1, -1))
    return next(tree for tree in trees if tree is not None)


def _lines(text: str) -> list[str]:
    """The lines as Python counts them, with their ends."""
    return list(StringIO(text, newline=""))


def loads(excerpt: Excerpt) -> bool:
    """Whether a document is JSON."""
    try:
        json.loads("".join(excerpt.pieces), parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def well_formed(excerpt: Excerpt) -> bool:
    """Whether a document is XML, or one that goes on may begin one. Nothing from outside is fetched."""
    try:
        expat.ParserCreate().Parse("".join(excerpt.pieces), excerpt.ends)
    except (expat.ExpatError, ValueError):
        return False
    return True


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(constant)

"""Source without its comments or docstrings, and with every other character in its place.

What is a comment, Python's `tokenize` says; what a docstring, its parser. So a file that the running Python cannot read
is not stripped.
"""

import ast
import re
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Definition = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LINE_END = re.compile(r"\r\n|\r|\n|\Z")
_REST = re.compile(r"[ \t\f]*(?=#|\r|\n|\Z)")


class Cut(NamedTuple):
    """What stands instead of a part of a text: nothing, or `pass`."""

    start: int
    stop: int
    instead: str = ""


def stripped(text: str, *, comments: bool, docstrings: bool) -> str | None:
    """The text without comments and the space before them, without docstrings, and without the lines that this leaves
    empty; None if the text cannot be read.

    A docstring that is all there is of a body gives way to `pass`; strings that would be one in its stead go with it.
    Law: the syntax tree is as it was, docstrings apart.
    """
    lines = _LINES.findall(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what the text holds
            cuts = list(_docstrings(text, lines)) if docstrings else []
            without = _without(text, cuts)
            return _without(without, _comments(without, _LINES.findall(without))) if comments else without
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return None


def _comments(text: str, lines: list[str]) -> Iterator[Cut]:
    """The comments, but for one that a backslash leads to: without it, that would lead to the next line.

    Raises TokenError for what is no Python.
    """
    starts, last = _starts(lines), 0
    for token in tokenize.generate_tokens(iter([*lines, ""]).__next__):
        row, column = token.start
        if token.type == tokenize.ERRORTOKEN and not token.string.isspace():
            raise tokenize.TokenError(token.string)
        if token.type == tokenize.COMMENT:
            before = lines[row - 2].rstrip("\r\n") if row > last + 1 and not lines[row - 1][:column].strip() else ""
            if not before.endswith("\\"):
                yield _widened(text, starts[row - 1] + column, starts[row - 1] + column + len(token.string))
            last = row


def _docstrings(text: str, lines: list[str]) -> Iterator[Cut]:
    """The docstrings that have their lines to themselves, or a body."""
    starts, waiting = _starts(lines), list[ast.AST]([ast.parse(text)])
    while waiting:
        node = waiting.pop()
        if isinstance(node, Definition):
            yield from _of_body(text, lines, starts, body=node.body)
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            waiting += getattr(node, part, ())


def _of_body(text: str, lines: list[str], starts: list[int], *, body: list[ast.stmt]) -> Iterator[Cut]:
    for number, node in enumerate(body):
        if not _is_string(node):
            return
        start = starts[node.lineno - 1] + _column(lines[node.lineno - 1], node.col_offset)
        last = (node.end_lineno or node.lineno) - 1
        stop = starts[last] + _column(lines[last], node.end_col_offset or 0)
        if number == len(body) - 1:
            yield Cut(start, stop, "pass")
        elif text[starts[node.lineno - 1] : start].isspace() or start == starts[node.lineno - 1]:
            if not _REST.match(text, stop):
                return
            yield _widened(text, start, stop)
        else:
            return


def _is_string(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _widened(text: str, start: int, stop: int) -> Cut:
    """What goes when this goes: the space before it, and the line if nothing is left on it."""
    while start and text[start - 1] in " \t\f":
        start -= 1
    begins = start == 0 or text[start - 1] in "\r\n"
    rest = _REST.match(text, stop)
    end = _LINE_END.match(text, rest.end() if rest else stop)
    return Cut(start, end.end() if begins and end else stop)


def _without(text: str, cuts: Iterable[Cut]) -> str:
    kept, at = [], 0
    for start, stop, instead in sorted(cuts):
        kept += [text[at:start], instead]
        at = stop
    return "".join([*kept, text[at:]])


def _starts(lines: list[str]) -> list[int]:
    """Where each line begins."""
    found, at = [], 0
    for line in lines:
        found.append(at)
        at += len(line)
    return [*found, at]


def _column(line: str, offset: int) -> int:
    """The characters that so many bytes of UTF-8 are, at the start of a line."""
    return offset if line.isascii() else len(line.encode()[:offset].decode())

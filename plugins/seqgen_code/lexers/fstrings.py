"""What stands in an f-string: text, and fields with an expression, as up to Python 3.11 (PEP 498)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from seqgen_code.language import CLOSING, END, LINE, NOTE, OPENING, STRAY, Language

_TEXT = re.compile(r"(?:[^{}]|\{\{|\}\})*+")
_FORMAT = re.compile(r"[^{}]*+")
_TAIL = re.compile(r"(?P<debug>[ \t]*=[ \t]*(?=[!:}]))?(?P<conversion>![rsa](?=[:}]))?(?P<format>:)?")
DEEPEST = 3
"""Fields within formats of fields, at most."""


class Field(NamedTuple):
    """An expression in an f-string: its lexemes, each with the gap before it; what stands behind them up to a format,
    in which there may be fields again; the format is None where there is none."""

    lexemes: tuple[tuple[str, str], ...]
    gap: str
    debug: str
    conversion: str
    format: "tuple[Part, ...] | None"


Part = str | Field


def parts(body: str, language: Language) -> tuple[Part, ...] | None:
    """The body in parts, which together are the body; None where it is not well formed."""
    try:
        found, end = _parts(body, 0, language, text=_TEXT, depth=0)
    except _Odd:
        return None
    return found if end == len(body) else None


class _Odd(Exception):
    """Not what an f-string holds."""


def _parts(
    body: str, at: int, language: Language, *, text: re.Pattern[str], depth: int
) -> tuple[tuple[Part, ...], int]:
    found: list[Part] = []
    while True:
        plain = text.match(body, at)
        if plain and plain.end() > at:
            found.append(plain.group())
            at = plain.end()
        if at == len(body) or body[at] != "{" or depth == DEEPEST:
            return tuple(found), at
        field, at = _field(body, at + 1, language, depth=depth)
        found.append(field)


def _field(body: str, at: int, language: Language, *, depth: int) -> tuple[Field, int]:
    lexemes = []
    for gap, lexeme, end in _expression(body, at, language):
        lexemes.append((gap, lexeme))
        at = end
    if not lexemes:
        raise _Odd
    rest = body[at:]
    gap = rest[: len(rest) - len(rest.lstrip(" \t"))]
    tail = _TAIL.match(body, at)
    if tail and tail["debug"]:
        gap = ""
    else:
        tail = _TAIL.match(body, at + len(gap))
    if tail is None:
        raise _Odd
    at, format = tail.end(), None
    if tail["format"]:
        format, at = _parts(body, at, language, text=_FORMAT, depth=depth + 1)
    if body[at : at + 1] != "}":
        raise _Odd
    return Field(tuple(lexemes), gap, tail["debug"] or "", tail["conversion"] or "", format), at + 1


def _expression(body: str, at: int, language: Language) -> Iterator[tuple[str, str, int]]:
    """The lexemes of an expression as far as its field goes on without a bracket that is open."""
    depth = 0
    while True:
        found = language.pattern.match(body, at)
        if found is None:
            raise _Odd
        gap, lexeme = found.groups()
        if depth == 0 and (lexeme in ("}", ":", ":=", "!") or (lexeme == "=" and _TAIL.match(body, at)["debug"])):  # type: ignore[index]
            return
        depth += (lexeme in OPENING) - (lexeme in CLOSING)
        if depth < 0 or "\\" in gap + lexeme or language.class_of(lexeme) in (LINE, NOTE, STRAY, END):
            raise _Odd
        at = found.end()
        yield gap, lexeme, at

"""The signs of a line of music in ABC notation."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

_LENGTH = r"\d{0,4}(?:/{1,8}\d{0,4})?"
_ENDING = r"\d{1,2}(?:[,-]\d{1,2})*"
_NOTE = rf"[\^_=]{{0,2}}[A-Ga-g][,']*{_LENGTH}"

_KINDS = {
    "field": r"\[[A-Za-z]:[^\]]*\]",
    "bar": rf"(?::*(?:\[\||\|\]|\|)+:*|::+)(?:{_ENDING}|[ \t]*\[{_ENDING})?",
    "ending": rf"\[{_ENDING}",
    "chord": rf"\[(?:{_NOTE}-?)+\]{_LENGTH}-?",
    "note": rf"{_NOTE}-?",
    "rest": rf"[zx]{_LENGTH}",
    "bars of rest": r"[ZX]\d{0,3}",
    "broken": r">{1,3}|<{1,3}",
    "tuplet": r"\(\d(?::\d{0,2}){0,2}",
    "grace notes": r"\{[^}]*\}",
    "chord symbols": r'"[^"]*"',
    "decorations": r"![^!]+!|\+[^+]+\+|[~.HLMOPSTuv]",
    "slurs": r"[()]",
    "space": r"[ \t`]+|y\d*|\\$",
    "unknown": ".",
}
_SIGNS = re.compile("|".join(f"(?P<k{at}>{pattern})" for at, pattern in enumerate(_KINDS.values())))
_NAMES = list(_KINDS)
_SINGLE = re.compile(rf"([\^_=]{{0,2}})([A-Ga-g])([,']*)({_LENGTH})(-?)")
_CHORD = re.compile(rf"\[(.*)\]({_LENGTH})(-?)")


class Sign(NamedTuple):
    """A sign: what kind it is, and how it is written."""

    kind: str
    text: str


class Written(NamedTuple):
    """A note as it is written: its accidental or "", its letter, its octave (0 begins at middle C), its length."""

    accidental: str
    letter: str
    octave: int
    length: Fraction
    tied: bool


def signs(line: str) -> Iterator[Sign]:
    """The signs of a line without its comment, spaces left out; one that is not known is of the kind "unknown"."""
    for match in _SIGNS.finditer(line):
        kind = _NAMES[int((match.lastgroup or "k0")[1:])]
        if kind != "space":
            yield Sign(kind, match.group())


def written(text: str) -> list[Written]:
    """The notes of a note or of a chord in brackets, whose own length and tie hold for all of it."""
    match = _CHORD.fullmatch(text)
    inner, factor, whole = match.groups() if match else (text, "", "")
    return [
        Written(sign, letter.upper(), _octave(letter, marks), length(size) * length(factor), tied=bool(tie or whole))
        for sign, letter, marks, size, tie in _SINGLE.findall(inner)
    ]


def _octave(letter: str, marks: str) -> int:
    return letter.islower() + marks.count("'") - marks.count(",")


def length(text: str) -> Fraction:
    """A length as a factor: "" is 1, "3/2" is 3/2, "/" is 1/2, "//" is 1/4, "/4" is 1/4. 0 where it cannot be."""
    number, slashes, divisor = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()  # type: ignore[union-attr]
    below = int(divisor) if divisor else 2 ** len(slashes)
    return Fraction(int(number or 1), below) if below else Fraction(0)


def endings(text: str) -> frozenset[int]:
    """The numbers in "1", "1,3" and "1-3"."""
    found = set[int]()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)

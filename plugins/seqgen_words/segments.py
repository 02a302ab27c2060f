"""Text cut into segments, which hold no whitespace, each with the gap before it.

Words end where Unicode says (UAX #29, default word boundaries, as `regex` finds them): `can't`, `3.14`, a letter with
its combining marks and a joined emoji are one segment each. A run of one ASCII sign is one too: `--`, `...`, `=====`.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import regex

from seqgen.text.levels import LEVELS as BROAD
from seqgen.text.levels import Rules, marked, slices

LEVELS = (*BROAD, "sentence")

Pair = tuple[str, str, str]
"""A gap, perhaps empty, the segment that it precedes, and, for a run of one sign, that sign."""

_PAIR = regex.compile(r"(?V1w)(\s*)((?=([!-/:-@\[-^`{-~])\3)\3+(?![\p{M}\u200d])|\S+?\b|\S)")
_TAIL = regex.compile(r"(?r)\s*")
_SPACE = regex.compile(r"(?r)\s")
_END = regex.compile(
    r"""[.!?…\u3002\uff01\uff1f]+["'\p{Pf}\p{Pe}]*(?=\s+["'¿¡*_\p{Pi}\p{Ps}]*[\p{Lu}\p{Lt}\p{Lo}\p{N}])"""
)
_SHORTENED = regex.compile(
    r"(?i)\b(?:\p{L}|mrs?|ms|dr|st|prof|rev|gen|col|capt|lt|sgt|jr|sr|messrs|vs|etc|e\.g|i\.e|no|vol|figs?|pp?)\.$"
)
_REACH = 8
"""Characters that the longest abbreviation takes."""


def pairs(text: str) -> tuple[list[Pair], str]:
    """The segments of a text, each with its gap, and the whitespace at the end. All of them together are the text."""
    end = _TAIL.match(text)
    assert end is not None
    return _PAIR.findall(text, 0, end.start()), end[0]


def units(content: str | Iterable[str], rules: Rules, *, sentences: bool) -> Iterator[tuple[str | None, str]]:
    """A text in pieces, each with the level of the unit that begins there, if any.

    A sentence begins behind the last sign of the one before it. With sentences, a unit is held in memory whole.
    """
    if not sentences:
        yield from _blocks(content, rules) if rules.levels else ((None, text) for text in unbroken(content))
        return
    level, held = None, list[str]()
    for begun, text in _blocks(content, rules) if rules.levels else ((None, text) for text in slices(content)):
        if begun:
            yield from _sentences(level, "".join(held))
            level, held = begun, []
        held.append(text)
    yield from _sentences(level, "".join(held))


def _blocks(content: str | Iterable[str], rules: Rules) -> Iterator[tuple[str | None, str]]:
    for block in marked(content, rules):
        edges = [(0, None), *zip(block.positions.tolist(), (rules.levels[i] for i in block.levels), strict=True)]
        for (start, level), (end, _) in pairwise([*edges, (len(block.text), None)]):
            if level or end > start:
                yield level, block.text[start:end]


def unbroken(content: str | Iterable[str]) -> Iterator[str]:
    """A text in pieces that end where whitespace begins, but for the last."""
    held: list[str] = []
    for piece in slices(content):
        space = _SPACE.search(piece)
        held.append(piece)
        if space:
            text = "".join(held)
            end = len(text[: len(text) - len(piece) + space.start()].rstrip())
            if end:
                yield text[:end]
            held = [text[end:]]
    yield "".join(held)


def _sentences(level: str | None, unit: str) -> Iterator[tuple[str | None, str]]:
    """A unit of a stronger level, cut behind each sentence but the last."""
    ends = [found.end() for found in _END.finditer(unit) if not _shortened(unit, found)]
    for start, end in pairwise([0, *ends, len(unit)]):
        yield (level if start == 0 else "sentence"), unit[start:end]


def _shortened(text: str, end: "regex.Match[str]") -> bool:
    """Whether what ends there is an abbreviation, `Mr.`, and no sentence."""
    at = end.start() + 1
    return _SHORTENED.search(text, max(0, at - _REACH), at) is not None

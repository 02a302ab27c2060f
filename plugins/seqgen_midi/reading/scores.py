"""Scores, of what the tracks of a file held."""

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from seqgen_midi.reading.options import Karaoke
from seqgen_midi.reading.part import Part
from seqgen_midi.reading.report import Tally
from seqgen_midi.score import Key, Metre, Score, Tempo, Text

Mark = TypeVar("Mark", Tempo, Metre, Key)

KARAOKE = "@K"
"""What the text begins with that says that a file is karaoke (Soft Karaoke)."""
_start = attrgetter("start")


def score_of(parts: Sequence[Part], division: int, *, karaoke: Karaoke, found: Tally) -> Score:
    """One piece of tracks that sound together.

    What is said once for all, such as the tempo, may stand in any of them; of several of a kind at one tick the last in
    the file holds.
    """
    tracks = tuple(chain.from_iterable(part.tracks() for part in parts))
    texts = sorted(chain.from_iterable(part.texts for part in parts), key=_start)
    return Score(
        division,
        tracks,
        _settled((each for part in parts for each in part.tempos), "tempos followed by another at their tick", found),
        _settled((each for part in parts for each in part.metres), "metres followed by another at their tick", found),
        _settled((each for part in parts for each in part.keys), "keys followed by another at their tick", found),
        _sung(texts, karaoke, found),
    )


def _settled(marks: Iterable[Mark], what: str, found: Tally) -> tuple[Mark, ...]:
    settled = dict[int, Mark]()
    for each in sorted(marks, key=_start):
        if settled.setdefault(each.start, each) != each:
            found.dropped[what] += 1
            settled[each.start] = each
    return tuple(settled.values())


def _sung(texts: list[Text], karaoke: Karaoke, found: Tally) -> tuple[Text, ...]:
    """In a karaoke file the syllables are texts, and its other texts begin with @."""
    plain = [each for each in texts if each.kind == "text"]
    if karaoke == "keep" or not any(each.text.startswith(KARAOKE) for each in plain):
        return tuple(texts)
    if karaoke == "drop":
        found.dropped["texts of karaoke"] += len(plain)
        return tuple(each for each in texts if each.kind != "text")
    return tuple(each._replace(kind="lyric") if _is_syllable(each) else each for each in texts)


def _is_syllable(text: Text) -> bool:
    return text.kind == "text" and not text.text.startswith("@")

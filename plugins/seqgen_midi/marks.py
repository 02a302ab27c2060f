"""Where the boundaries stand that a tokenizer marks: where bars, beats, and sections of several bars begin."""

from collections.abc import Iterator

from seqgen.errors import UnknownName, UsageError
from seqgen.records import within
from seqgen_midi.bars import Bars, beat_length
from seqgen_midi.score import Score

SECTION, BAR, BEAT = LEVELS = ("section", "bar", "beat")
"""What lies within a piece, strongest first."""


def checked(levels: tuple[str, ...], section_bars: int) -> None:
    """Raise UnknownName or UsageError for options of a tokenizer that make no sense."""
    for level in levels:
        if level not in LEVELS:
            raise UnknownName("the level", level, LEVELS)
    if [level for level in LEVELS if level in levels] != list(levels):
        there = f"they are {', '.join(levels)}"
        raise UsageError("the levels", there, f"Name each once, strongest first: {', '.join(LEVELS)}")
    within("section_bars", section_bars, 1, 1 << 20)


def at_bar(levels: tuple[str, ...], number: int, section_bars: int) -> str:
    """The strongest of these levels that begins with a bar of this number; empty if none does."""
    if SECTION in levels and number % section_bars == 0:
        return SECTION
    return BAR if BAR in levels else BEAT if BEAT in levels else ""


def marks(score: Score, levels: tuple[str, ...], *, section_bars: int, until: int) -> Iterator[tuple[int, str]]:
    """The tick of each boundary from tick 1 to `until`, both included, and the strongest level that begins there."""
    if not levels:
        return
    for bar in Bars.of(score).until(until + 1):
        if bar.start and (level := at_bar(levels, bar.number, section_bars)):
            yield bar.start, level
        if BEAT in levels:
            beat = beat_length(score.division, bar.metre)
            yield from ((tick, BEAT) for tick in range(bar.start + beat, min(bar.stop, until + 1), beat))

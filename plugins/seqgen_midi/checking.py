"""What a score must be like so that a MIDI file can hold it."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, pairwise
from typing import Any

from seqgen.errors import InputError, shown
from seqgen_midi.reading.metas import SMALLEST_UNIT, TEXTS
from seqgen_midi.reading.options import LONGEST_DELTA
from seqgen_midi.score import MOST_SHARPS, Bend, Control, Key, Metre, Note, Program, Score, Tempo, Track

TICKS = (0, 1 << 40)
BYTE = (0, 127)
RANGES: dict[type, tuple[tuple[int, int], ...]] = {
    Note: (TICKS, BYTE, (1, 127), TICKS),
    Program: (TICKS, BYTE),
    Control: (TICKS, BYTE, BYTE),
    Bend: (TICKS, (-8192, 8191)),
    Tempo: (TICKS, (1, (1 << 24) - 1)),
    Metre: (TICKS, (1, 255), (1, 1 << SMALLEST_UNIT)),
    Key: (TICKS, (-MOST_SHARPS, MOST_SHARPS), (0, 1)),
}
"""The lowest and highest value of each field."""
MOST_TRACKS = 32_766
MOST_TICKS = (1 << 15) - 1


def check(score: Score) -> None:
    """Raise InputError unless a MIDI file can hold all of this, as it is."""
    _number("the division", score.division, 1, MOST_TICKS)
    _number("the number of tracks", len(score.tracks), 0, MOST_TRACKS)
    for track in score.tracks:
        _number("the channel of a track", track.channel, 0, 15)
        _check_text("the name of a track", track.name)
        _check_fields(chain(track.notes, track.programs, track.controls, track.bends))
        check_pairs([track])
    _check_fields(chain(score.tempos, score.metres, score.keys))
    for metre in score.metres:
        if metre.unit & (metre.unit - 1):
            raise cannot(f"a metre of {metre}", "its unit is no power of 2", "Choose 1, 2, 4, 8 and so on")
    for text in score.texts:
        _number("the start of a text", text.start, *TICKS)
        _check_text("a text", text.text)
        if text.kind not in TEXTS.values():
            there = f"it is of the kind {shown(text.kind)}"
            raise cannot("a text", there, f"Choose among {', '.join(TEXTS.values())}")


def check_pairs(tracks: Iterable[Track]) -> None:
    """Raise InputError if a note ends within an earlier one of its pitch and channel.

    The ends of notes say no more than channel and pitch, and the first of them is taken for that of the first note.
    """
    spans = defaultdict[tuple[int, int], list[tuple[int, int]]](list)
    for track in tracks:
        for note in track.notes:
            spans[track.channel, note.pitch].append((note.start, note.end))
    for (channel, pitch), each in spans.items():
        for (_, before), (start, end) in pairwise(sorted(each)):
            if end < before:
                there = f"on channel {channel} a note of pitch {pitch} from {start} to {end} lies within another"
                raise cannot("a score", there, "Put one of them on another track or channel, or end it later")


def check_delta(ticks: int) -> None:
    """Raise InputError if so many ticks between two events cannot be written."""
    _number("the time between two events", ticks, 0, LONGEST_DELTA)


def cannot(what: str, there: str, remedy: str) -> InputError:
    """The error for something that a MIDI file cannot hold."""
    return InputError(f"writing {what} to a MIDI file", there, remedy)


def _check_fields(events: Iterable[Any]) -> None:
    for each in events:
        kind = type(each)
        for name, value, (low, high) in zip(each._fields, each, RANGES[kind], strict=True):
            if not (isinstance(value, int) and low <= value <= high):
                _number(f"the {name} of a {kind.__name__.lower()}", value, low, high)


def _number(what: str, value: object, low: int, high: int) -> None:
    if not (isinstance(value, int) and low <= value <= high):
        raise cannot(what, f"it is {shown(value)}", f"It must be a whole number from {low} to {high}")


def _check_text(what: str, text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeError as error:
        raise cannot(what, f"{shown(text)} is no Unicode text", "Leave out its lone surrogates") from error

"""What a model goes on with: the music of a file, or some pitches."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqgen.codec import Codec
from seqgen.errors import UsageError
from seqgen.records import flag, option, within
from seqgen_midi.bars import COMMON, Bars
from seqgen_midi.constraints.wishes import Wishes, pitch
from seqgen_midi.filing import scores_of
from seqgen_midi.score import DIVISION, Metre, Note, Score, Track

VELOCITY = 80
WHOLE = re.compile(r"x\d+")
"""How `events` says a division that it has learnt."""


@dataclass(frozen=True)
class Opening:
    """What a sample begins with. Raises UsageError where both a file and pitches are named."""

    primer: Path | None = option(None, "Go on with the music of this file")
    primer_bars: int = option(0, "Take only so many bars of it; 0 takes all")
    pitches: str = option("", "Go on with these pitches, such as 60,62,64 or C4:2,D4,E4:0.5 with quarters behind :")

    def __post_init__(self) -> None:
        """Check what goes together."""
        within(flag("primer_bars"), self.primer_bars, 0, 1 << 20)
        if self.primer and self.pitches:
            raise UsageError("a beginning", "both --primer and --pitches are given", "Give one of them")
        if self.primer_bars and not self.primer:
            raise UsageError("--primer-bars", "no --primer is given", "Give --primer FILE, or leave it out")


def prime(options: Opening, codec: Codec, asked: Mapping[str, Any]) -> Score | None:
    """The music asked for, None for none, with as many ticks a quarter as most of what the model has learnt.

    Pitches are in the metre that is asked for besides. Raises InputError for a file that is no music, UsageError for
    one without notes and for what is no pitch.
    """
    if options.primer:
        return _first_bars(_from_file(options.primer), options.primer_bars).at(division_of(codec))
    if not options.pitches:
        return None
    metre = Metre(0, *(Wishes(metre=str(asked.get("metre", ""))).signature or COMMON[1:]))
    return _of_pitches(options.pitches, division_of(codec), metre)


def division_of(codec: Codec) -> int:
    """The ticks a quarter that the model knows best: those of the commonest symbol that says any."""
    symbols = codec.vocabulary.symbols if codec.tokenizer.name == "events" else ()
    return next((int(symbol[1:]) for symbol in symbols if WHOLE.fullmatch(symbol)), DIVISION)


def _from_file(path: Path) -> Score:
    found = [score for score in scores_of(path) if score.notes]
    if not found:
        raise UsageError(f"--primer {path}", "it has no notes", "Name a file with music in it")
    return found[0]


def _first_bars(score: Score, count: int) -> Score:
    """The notes that begin in the first bars, cut where the last of these ends."""
    if not count:
        return score
    stop = next((bar.stop for bar in Bars.of(score).until(score.end) if bar.number == count - 1), score.end)

    def before(events: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(event for event in events if event.start < stop)

    tracks = (
        Track(
            each.channel, tuple(_cut(each, stop)), each.name, *map(before, (each.programs, each.controls, each.bends))
        )
        for each in score.tracks
    )
    tempos, metres, keys, texts = map(before, (score.tempos, score.metres, score.keys, score.texts))
    return Score(score.division, tuple(tracks), tempos, metres, keys, texts)


def _cut(track: Track, stop: int) -> Iterator[Note]:
    for note in track.notes:
        if note.start < stop:
            yield note._replace(duration=min(note.duration, stop - note.start))


def _of_pitches(text: str, division: int, metre: Metre) -> Score:
    """One note after the other."""
    notes, tick = list[Note](), 0
    for each in text.split(","):
        name, _, quarters = each.strip().partition(":")
        duration = _ticks(quarters or "1", division)
        notes.append(Note(tick, pitch(name), VELOCITY, duration))
        tick += duration
    return Score(division, (Track(0, tuple(notes)),), metres=(metre,))


def _ticks(quarters: str, division: int) -> int:
    try:
        found = round(float(quarters) * division)
    except (ValueError, OverflowError):
        found = 0
    if not 0 < found < 1 << 20:
        raise UsageError(f"a note of {quarters!r} quarters", "that is no length", "Write it like 2 or 0.5")
    return found

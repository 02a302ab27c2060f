"""Files of music to documents, and back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from seqgen.domain import Document, Notes, Selection
from seqgen.errors import InputError, UnknownName
from seqgen.records import flag, option, within
from seqgen.text import TextOptions, read_text
from seqgen_midi.abc import Tune, read_abc
from seqgen_midi.augmenting import variants
from seqgen_midi.bars import Bars
from seqgen_midi.labelling import KNOWN, labels_of
from seqgen_midi.piece import playable
from seqgen_midi.reading import Manner, Report, read_file
from seqgen_midi.score import Score

ABC = ".abc"
CHANNELS = 16
BARS = 100_000
"""Bars that a piece has at most; a file with more has times that nobody meant."""


@dataclass(frozen=True)
class MidiOptions(Selection, Manner):
    """How files of music are read. Raises UsageError, UnknownName."""

    channels: tuple[int, ...] = option((), "Read only this channel, from 1 to 16; 10 is the drums")
    label: tuple[str, ...] = option(
        (), "Label pieces with what is known: title, key, metre, composer, rhythm or origin"
    )
    transpose: int = option(0, "Learn each piece also up to so many semitones higher and lower, in training alone")
    stretch: tuple[float, ...] = option(
        (), "Learn each piece also so many times as long, such as 0.95 or 1.05, in training alone"
    )

    def __post_init__(self) -> None:
        """Check the choices."""
        Selection.__post_init__(self)
        Manner.__post_init__(self)
        within(flag("transpose"), self.transpose, 0, 60)
        for factor in self.stretch:
            within(flag("stretch"), factor, 0.1, 10)
        for channel in self.channels:
            within(flag("channels"), channel, 1, CHANNELS)
        for name in self.label:
            if name not in KNOWN:
                raise UnknownName("the label", name, KNOWN)


class Piece(NamedTuple):
    """A piece of a file: its name, its score, what is known about it, and what reading it met, one line each too."""

    name: str
    score: Score
    known: dict[str, str]
    report: Report
    lines: Sequence[str]


def read(path: Path, options: MidiOptions, notes: Notes) -> Iterator[Document]:
    """The pieces of a file, each followed by its variants; one without notes is left out.

    The notes count what reading met. Raises InputError for a file that is no music, or over a limit.
    """
    yield from documents(_pieces(path, options), options, notes)


def documents(pieces: Iterable[Piece], options: MidiOptions, notes: Notes) -> Iterator[Document]:
    """What `read` gives for these pieces, for readers of other files of music."""
    for piece in pieces:
        report, score = piece.report, piece.score
        notes.update(dict((*report.counts, *report.noted, *report.dropped)))
        if not score.notes:
            notes["pieces without notes dropped"] += 1
            continue
        yield Document(piece.name, score, labels_of(score, piece.known, options.label))
        for change, other in variants(score, transpose=options.transpose, stretch=options.stretch):
            known = {name: value for name, value in piece.known.items() if name != "key" or other.keys == score.keys}
            yield Document(f"{piece.name} {change}", other, labels_of(other, known, options.label), variant=True)


def audit(path: Path, options: MidiOptions) -> Iterator[str]:
    """What reading a file met: nothing where all was well, else its notes, and line by line what was found and done."""
    try:
        found = [piece for piece in _pieces(path, options) if piece.lines]
    except InputError as why:
        yield f"refused: {why.there}"
        return
    for piece in found:
        yield f"{piece.name.removeprefix(path.name).removeprefix(':') or 'kept'}: {piece.score.notes:,} notes"
        yield from (f"  {line}" for line in piece.lines)


def write(scores: Iterable[Score], path: Path) -> None:
    """Write a score as a MIDI file, several as one of type 2; a note within another of its pitch cuts that one.

    Raises InputError, LimitError.
    """
    from seqgen_midi import writing  # mido takes longer to import than all else that a command needs

    found = [playable(score) for score in scores]
    if len(found) == 1:
        writing.write(found[0], path)
    else:
        writing.write_many(found, path)


def scores_of(path: Path) -> list[Score]:
    """The pieces of a file, read as they are. Raises InputError for a file that is no music."""
    return [piece.score for piece in _pieces(path, MidiOptions())]


def _pieces(path: Path, options: MidiOptions) -> Iterator[Piece]:
    yield from named(path, _tunes(path) if path.suffix.lower() == ABC else _scores(path, options), options)


def named(path: Path, pieces: Iterable[Piece], options: MidiOptions) -> Iterator[Piece]:
    """The pieces of a file with names that tell them apart, and the channels asked for alone."""
    found = list(pieces)
    for number, piece in enumerate(found, start=1):
        own = tuple(each for each in piece.score.tracks if not options.channels or each.channel + 1 in options.channels)
        name = path.name if len(found) == 1 else f"{path.name}:{number}"
        yield piece._replace(name=name, score=replace(piece.score, tracks=own))


def _scores(path: Path, options: MidiOptions) -> Iterator[Piece]:
    for score, report in read_file(path, options=options):
        bars = Bars.of(score).at(score.end).number
        if bars > BARS:
            there = f"it has {bars:,} bars, and the limit is {BARS:,}"
            raise InputError(f"reading {path}", there, "Correct its division, or the times in it")
        yield Piece(path.name, score, {}, report, list(_told(report)))


def _told(report: Report) -> Iterator[str]:
    """The findings, a line each."""
    for each in report.findings:
        track = f", track {each.track}" if each.track >= 0 else ""
        yield f"byte {each.offset}{track}: {each.what}: {each.remedy}"
    more = sum(count for _, count in report.counts) - len(report.findings)
    if more > 0:
        yield f"and {more:,} more of these"
    for what, count in report.noted:
        yield f"{what}: {count:,}, kept as they are"
    if not report.notes:
        yield "no notes: left out"


def _tunes(path: Path) -> Iterator[Piece]:
    return pieces_of(path, read_abc("".join(read_text(path, TextOptions(), Notes()))))


def pieces_of(path: Path, tunes: Sequence[Tune]) -> Iterator[Piece]:
    """The pieces that `read_abc` found in the text of a file. Raises InputError if there are none."""
    if not tunes:
        raise InputError(f"reading {path}", "no line in it begins a tune with X:", "Name a file in ABC notation")
    for score, known, lines in tunes:
        counts = (("lines of ABC not understood", len(lines)),) if lines else ()
        yield Piece(path.name, score, known, Report(counts=counts, notes=score.notes), lines)

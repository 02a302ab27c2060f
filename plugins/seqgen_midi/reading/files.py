"""A file, as scores and reports."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from seqgen_midi.reading import kinds
from seqgen_midi.reading.chunks import Header, next_track, read_header
from seqgen_midi.reading.events import TrackReader
from seqgen_midi.reading.options import Limits, Manner
from seqgen_midi.reading.part import Part
from seqgen_midi.reading.report import Refused, Report, Tally, report_of
from seqgen_midi.reading.scores import score_of
from seqgen_midi.score import DIVISION, TEMPO, Score, Tempo

PATTERNS = 2
"""The type of a file whose tracks are pieces of their own."""
FRAMES = 0x8000
"""The bit of a division that counts frames and not quarters."""
RATES = {29: Fraction(30000, 1001)}
"""Frames a second, where the number in the file is not exact."""

LIMITS, MANNER = Limits(), Manner()

Read = list[tuple[Score, Report]]
"""Scores, each with what reading it met."""


def read_file(path: Path, *, limits: Limits = LIMITS, options: Manner = MANNER) -> Read:
    """The scores in a file, as `read_bytes` gives them. Raises Refused, also for a file that cannot be read."""
    try:
        if not path.is_file():
            raise Refused(f"reading {path}", "there is no such file", "Check the path")
        _check_size(path.stat().st_size, limits)
        return read_bytes(path.read_bytes(), limits=limits, options=options)
    except OSError as error:
        there = error.strerror or str(error)
        raise Refused(f"reading {path}", there, "Check the path and its permissions") from error
    except Refused as error:
        raise Refused(f"reading {path}", error.there, error.remedy) from error


def read_bytes(data: bytes, *, limits: Limits = LIMITS, options: Manner = MANNER) -> Read:
    """The score in a MIDI file, and what reading it met; of a file of type 2 one for each of its tracks.

    Every file track gives a Track for each channel that has notes, programs, controls or bends in it, in the order of
    the file and then of the channels. What holds for the whole piece, in whichever track it stands, goes to the score.
    A broken file gives what is whole in it, and the report says what was wrong. Raises Refused, and nothing else, for
    bytes that are no MIDI, and for what is over a limit.
    """
    _check_size(len(data), limits)
    found = Tally()
    header = read_header(data, found)
    division, rate = _timing(header, options, found)
    parts = _parts(data, header, found, limits=limits, charset=options.charset)
    _check_header(header, len(parts), found)
    read = Read()
    for group in [[part] for part in parts] if header.type == PATTERNS and parts else [parts]:
        own = Tally() if read else found
        score = score_of(group, division, karaoke=options.karaoke, found=own)
        score = score if rate is None else _in_seconds(score, rate, own)
        read.append((score, report_of([own, *(part.found for part in group)], score.notes)))
    return read


def _parts(data: bytes, header: Header, found: Tally, *, limits: Limits, charset: str) -> list[Part]:
    """What the tracks hold."""
    parts, position, room = list[Part](), header.start, limits.events
    while extent := next_track(data, position, stop=header.stop, found=found):
        if len(parts) == limits.tracks:
            raise Refused("reading MIDI", f"it has more than {limits.tracks} tracks", "Raise the limit of tracks")
        part = Part(len(parts))
        position = TrackReader(data, extent, part, charset=charset, limits=limits).read(room)
        room -= part.events()
        parts.append(part)
    return parts


def _timing(header: Header, options: Manner, found: Tally) -> tuple[int, Fraction | None]:
    """Ticks a quarter, and ticks a second if that is what the file counts."""
    if not header.division & FRAMES:
        if not header.division:
            found.add(kinds.DIVISION, header.place)
        return header.division or DIVISION, None
    if options.smpte == "refuse":
        there = "its time is counted in frames, not in quarters"
        raise Refused("reading MIDI", there, "Use --smpte read to read it all the same")
    frames, ticks = 256 - (header.division >> 8), header.division & 255
    rate = RATES.get(frames, Fraction(frames)) * ticks
    if not ticks:
        found.add(kinds.DIVISION, header.place)
        return DIVISION, None
    found.add(kinds.FRAMES, header.place)
    return max(1, round(rate / 2)), rate


def _in_seconds(score: Score, rate: Fraction, found: Tally) -> Score:
    """The score at so many ticks a second; a tempo says what a whole number of ticks a quarter does not."""
    if score.tempos:
        found.dropped["tempos where time is in frames"] += len(score.tempos)
    micros = round(1_000_000 * score.division / rate)
    return replace(score, tempos=() if micros == TEMPO else (Tempo(0, micros),))


def _check_header(header: Header, tracks: int, found: Tally) -> None:
    faults = {
        kinds.NO_TRACKS: not tracks,
        kinds.TYPE: header.type > PATTERNS,
        kinds.TYPE_0: header.type == 0 and tracks > 1,
        kinds.COUNT: header.tracks not in (None, tracks),
    }
    for kind, is_so in faults.items():
        if is_so:
            found.add(kind, header.place)


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.bytes:
        raise Refused(
            "reading MIDI", f"it has {size} bytes, and the limit is {limits.bytes}", "Raise the limit of bytes"
        )

"""The chunks of a file: its header, and where its tracks lie, whatever the lengths in it say."""

from typing import NamedTuple

from seqgen_midi.reading import kinds
from seqgen_midi.reading.report import Refused, Tally
from seqgen_midi.score import DIVISION

HEADER, TRACK = b"MThd", b"MTrk"
NAME, HEAD, BODY = 4, 8, 6
"""Bytes of a chunk's name, of name and length, and of the header's content."""
LONGEST_HEADER = 1 << 16
"""What says that it is longer is taken for a header only where the file begins with it, and has no better one."""
SAMPLES = b"RIFF"


class Header(NamedTuple):
    """Where it is, what it says, where the chunks behind it begin, and where they end at the latest."""

    place: int
    type: int
    tracks: int | None
    division: int
    start: int
    stop: int


class Extent(NamedTuple):
    """Where a track's events lie.

    `declared` is the end according to its length. It is `sure` if another chunk or the end of the file is there; where
    not, `stop` is the beginning of the next track or the end of the file.
    """

    start: int
    stop: int
    declared: int
    sure: bool


def read_header(data: bytes, found: Tally) -> Header:
    """The header. Raises Refused if there are neither a header nor tracks."""
    place = _find_header(data)
    if place < 0:
        return _without_header(data, found)
    stop = len(data)
    if data.startswith(SAMPLES):
        found.add(kinds.RIFF, 0)
        stop = _riff_stop(data, place)
    elif place:
        found.add(kinds.LEADING, 0)
    length = _size(data, place)
    body = place + HEAD
    following = data.find(TRACK, body, stop)
    room = (following if following >= 0 else stop) - body
    if length != BODY:
        found.add(kinds.HEADER_LENGTH, place)
    start = body + (length if BODY < length <= room else min(BODY, room))
    if room >= BODY:
        return _header(place, data[body : body + BODY], start, stop=stop)
    if following < 0:
        raise Refused("reading MIDI", "the header is cut off, and nothing is behind it", "Get the file again")
    found.add(kinds.HEADER_SHORT, place)
    given = data[body:following]
    usual = b"\0\1\0\0" + DIVISION.to_bytes(2, "big")
    return _header(place, given + usual[len(given) :], following, stop=stop)._replace(tracks=None)


def next_track(data: bytes, position: int, *, stop: int, found: Tally) -> Extent | None:
    """The next track at or behind a position, and what is left out on the way there."""
    while position < stop:
        name, end = data[position : position + NAME], position + HEAD + _size(data, position)
        if name == TRACK and stop - position >= HEAD:
            return _extent(data, position + HEAD, declared=end, stop=stop)
        if name == HEADER:
            found.add(kinds.SECOND, position)
            return None
        if _is_chunk(data, position, stop) and _is_chunk(data, end, stop):
            found.add(kinds.ALIEN, position)
            position = end
            continue
        following = data.find(TRACK, position + 1, stop)
        found.add(kinds.TRAILING if following < 0 else kinds.BETWEEN, position)
        position = following if following >= 0 else stop
    return None


def _find_header(data: bytes) -> int:
    """Where the header is, or -1: the first that does not say too much, or else the one that the file begins with."""
    place = data.find(HEADER)
    while place >= 0 and _size(data, place) >= LONGEST_HEADER:
        place = data.find(HEADER, place + 1)
    return 0 if place < 0 and data.startswith(HEADER) else place


def _without_header(data: bytes, found: Tally) -> Header:
    place = data.find(TRACK)
    while place >= 0 and _size(data, place) > len(data):
        place = data.find(TRACK, place + 1)
    if place < 0:
        there = "there is no MIDI header in it" if data else "it is empty"
        raise Refused("reading MIDI", there, "Give a MIDI file, such as tune.mid")
    found.add(kinds.NO_HEADER, 0)
    return Header(0, 1, None, DIVISION, place, len(data))


def _header(place: int, body: bytes, start: int, *, stop: int) -> Header:
    kind, tracks, division = (int.from_bytes(body[at : at + 2], "big") for at in (0, 2, 4))
    return Header(place, kind, tracks, division, start, stop)


def _riff_stop(data: bytes, place: int) -> int:
    """Where the RIFF chunk that holds the file ends; its length has the lowest byte first."""
    length = int.from_bytes(data[place - NAME : place], "little")
    named = data[place - HEAD : place - NAME] == b"data"
    return place + length if named and HEAD + BODY <= length <= len(data) - place else len(data)


def _extent(data: bytes, start: int, *, declared: int, stop: int) -> Extent:
    if declared == stop or (declared < stop and _is_chunk(data, declared, stop)):
        return Extent(start, declared, declared, True)
    following = data.find(TRACK, start, stop)
    return Extent(start, following if following >= 0 else stop, declared, False)


def _is_chunk(data: bytes, place: int, stop: int) -> bool:
    """Whether a chunk may begin here, or the file ends here."""
    if place >= stop:
        return place == stop
    name = data[place : place + NAME]
    if name in (TRACK, HEADER):
        return True
    return len(name) == NAME and name.isalnum() and place + HEAD + _size(data, place) <= stop


def _size(data: bytes, place: int) -> int:
    return int.from_bytes(data[place + NAME : place + HEAD], "big")

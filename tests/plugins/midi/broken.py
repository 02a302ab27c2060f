"""MIDI files that are broken, each in one way, and what is to be recovered of them.

Most hold the same two notes, of a quarter each: middle C, then the D above it, at 96 ticks a quarter. Bytes are written
in hexadecimal, with comments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seqgen_midi.reading import kinds
from seqgen_midi.reading.report import Kind

Notes = tuple[tuple[int, int, int, int], ...]

C, D = (0, 60, 64, 96), (96, 62, 64, 96)
BOTH: Notes = (C, D)
TUNE = """
    00 90 3C 40   # C begins
    60 80 3C 00   # and ends a quarter later
    00 90 3E 40   # D
    60 80 3E 00
"""
END = "00 FF 2F 00   # end of track"


@dataclass(frozen=True)
class Case:
    """A file, the notes in it, and what the report must count: nothing else may be in it. Or why it is refused."""

    name: str
    data: bytes
    notes: Notes = BOTH
    found: Mapping[Kind, int] = field(default_factory=dict)
    noted: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    refused: str = ""


def hexed(text: str) -> bytes:
    """Bytes from hexadecimal, what stands behind # in a line left out."""
    return bytes.fromhex(" ".join(line.partition("#")[0] for line in text.splitlines()))


def chunk(name: bytes, body: bytes, *, length: int | None = None) -> bytes:
    """A chunk, with another length than its own if one is given."""
    return name + (len(body) if length is None else length).to_bytes(4, "big") + body


def track(text: str, *, length: int | None = None) -> bytes:
    """A track of these events."""
    return chunk(b"MTrk", hexed(text), length=length)


def header(kind: int = 1, tracks: int = 1, *, division: int = 96) -> bytes:
    """A header."""
    return chunk(b"MThd", b"".join(each.to_bytes(2, "big") for each in (kind, tracks, division)))


def midi(events: str) -> bytes:
    """A file of type 1 with one track, which is brought to its end."""
    return header() + track(events + "\n" + END)


WHOLE = header() + track(TUNE + END)


def chunks() -> list[Case]:
    """What is wrong with the file around the events."""
    two = track(TUNE + END) + track("00 91 43 40  81 40 81 43 00" + END)  # a G of two quarters on another channel
    three = (C, D, (0, 67, 64, 192))
    size = len(hexed(TUNE + END))
    return [
        Case("empty", b"", refused="empty"),
        Case("no MIDI", b"This is not a MIDI file, though MThd is in it.", refused="no MIDI header"),
        Case("zeros", bytes(100), refused="no MIDI header"),
        Case("name of the header alone", b"MThd", refused="cut off"),
        Case("header cut off", header()[:12], refused="cut off"),
        Case("header alone", header(1, 0), (), {kinds.NO_TRACKS: 1}),
        Case("header alone that promises tracks", header(1, 3), (), {kinds.NO_TRACKS: 1, kinds.COUNT: 1}),
        Case("header of eight bytes", chunk(b"MThd", header()[8:] + b"\1\2") + track(TUNE + END), BOTH,
             {kinds.HEADER_LENGTH: 1}),
        Case("header that says eight bytes and has six", b"MThd\0\0\0\x08" + WHOLE[8:], BOTH, {kinds.HEADER_LENGTH: 1}),
        Case("header that says three bytes and has six", b"MThd\0\0\0\x03" + WHOLE[8:], BOTH, {kinds.HEADER_LENGTH: 1}),
        Case("header of four bytes", chunk(b"MThd", header()[8:12]) + WHOLE[14:], BOTH,
             {kinds.HEADER_LENGTH: 1, kinds.HEADER_SHORT: 1}),
        Case("header with a huge length", b"MThd\xff\xff\xff\xff" + WHOLE[8:], BOTH, {kinds.HEADER_LENGTH: 1}),
        Case("no header", WHOLE[14:], BOTH, {kinds.NO_HEADER: 1}),
        Case("misspelt header", b"MTht" + WHOLE[4:], BOTH, {kinds.NO_HEADER: 1}),
        Case("header says too many tracks", header(1, 5) + two, three, {kinds.COUNT: 1}),
        Case("header says too few tracks", header(1, 1) + two, three, {kinds.COUNT: 1}),
        Case("header says minus one track", header(1, 0xFFFF) + two, three, {kinds.COUNT: 1}),
        Case("several tracks of type 0", header(0, 2) + two, three, {kinds.TYPE_0: 1}),
        Case("type 7", header(7, 2) + two, three, {kinds.TYPE: 1}),
        Case("division 0", header(division=0) + track(TUNE + END), BOTH, {kinds.DIVISION: 1}),
        Case("time in frames", header(division=0xE728) + track(TUNE + END), refused="frames"),
        Case("RMID", b"RIFF" + (len(WHOLE) + 12).to_bytes(4, "little") + b"RMIDdata"
             + len(WHOLE).to_bytes(4, "little") + WHOLE + b"LIST\4\0\0\0INFO", BOTH, {kinds.RIFF: 1}),
        Case("RMID with a wrong length", b"RIFF\0\0\0\0RMIDdata\xff\xff\xff\xff" + WHOLE, BOTH, {kinds.RIFF: 1}),
        Case("leading junk", bytes(128) + WHOLE, BOTH, {kinds.LEADING: 1}),
        Case("leading junk that names a header", b"MThd is coming: " + WHOLE, BOTH, {kinds.LEADING: 1}),
        Case("trailing junk", WHOLE + b"\x1a", BOTH, {kinds.TRAILING: 1}),
        Case("track that ends after its name", WHOLE + b"MTrk\0", BOTH, {kinds.TRAILING: 1}),
        Case("alien chunk before the track", header() + chunk(b"Junk", b"no track") + WHOLE[14:], BOTH,
             {kinds.ALIEN: 1}),
        Case("alien chunk behind the track", WHOLE + chunk(b"XFIH", b"\0\xff\x2f\0"), BOTH, {kinds.ALIEN: 1}),
        Case("alien chunk with a wrong length", header() + chunk(b"Junk", b"??", length=999) + WHOLE[14:], BOTH,
             {kinds.BETWEEN: 1}),
        Case("bytes between tracks", header(1, 2) + track(TUNE + END) + b"\0\0\0" + two[8 + size :], three,
             {kinds.BETWEEN: 1}),
        Case("second file behind the first", WHOLE + WHOLE, BOTH, {kinds.SECOND: 1}),
        Case("track too long, the last one", header() + track(TUNE + END, length=size + 100), BOTH, {kinds.LENGTH: 1}),
        Case("track too long, not the last one",
             header(1, 2) + track(TUNE + END, length=size + 3) + two[8 + size :], three, {kinds.LENGTH: 1}),
        Case("track as long as the file", header(1, 2) + track(TUNE + END, length=len(two) - 8) + two[8 + size :],
             three, {kinds.LENGTH: 1}),
        Case("track too short, the last one", header() + track(TUNE + END, length=9), BOTH, {kinds.LENGTH: 1}),
        Case("track too short, not the last one", header(1, 2) + track(TUNE + END, length=9) + two[8 + size :], three,
             {kinds.LENGTH: 1}),
        Case("track of length 0 that is none", header() + track(TUNE + END, length=0), BOTH, {kinds.LENGTH: 1}),
        Case("track of a negative length", header() + track(TUNE + END, length=0xFFFFFFF0), BOTH, {kinds.LENGTH: 1}),
        Case("empty track", header() + track(""), (), {kinds.NO_END: 1}),
        Case("track that says nothing", header() + track(END), ()),
        Case("misspelt track", header(1, 2) + b"MTrq" + two[4:], (three[2],), {kinds.ALIEN: 1, kinds.COUNT: 1}),
    ]  # fmt: skip


def endings() -> list[Case]:
    """What is wrong with where a track ends."""
    size = len(hexed(TUNE + END))
    return [
        Case("cut off within the second note", header() + track(TUNE, length=size)[:-6],
             ((0, 60, 64, 96),), {kinds.CUT: 1}),
        Case("cut off between events", header() + track(TUNE, length=size)[:-4], (C, (96, 62, 64, 0)),
             {kinds.CUT: 1, kinds.NEVER_ENDED: 1}, {kinds.NO_LENGTH: 1}),
        Case("cut off within a delta time", header() + track("00 90 3C 40  60 90 3E 40  81", length=99),
             ((0, 60, 64, 96), (96, 62, 64, 0)), {kinds.CUT: 1, kinds.NEVER_ENDED: 2}, {kinds.NO_LENGTH: 1}),
        Case("cut off within the length of a track", WHOLE[:20], (),
             {kinds.TRAILING: 1, kinds.NO_TRACKS: 1, kinds.COUNT: 1}),
        Case("last byte missing", WHOLE[:-1], BOTH, {kinds.CUT: 1}),
        Case("last byte missing, length put right", header() + track(TUNE + "00 FF 2F"), BOTH, {kinds.CUT: 1}),
        Case("no end of track", header() + track(TUNE), BOTH, {kinds.NO_END: 1}),
        Case("two ends of track", header() + track(TUNE + END + "\n" + END), BOTH, {kinds.EARLY_END: 1}),
        Case("notes behind the end of track", header() + track(END + TUNE + END), BOTH, {kinds.EARLY_END: 1}),
        Case("zeros behind the end of track", header() + track(TUNE + END + "\n" + "00" * 50), BOTH, {kinds.PADDED: 1}),
        Case("end of track with content", header() + track(TUNE + "00 FF 2F 02 01 02"), BOTH),
        Case("end of track with a wrong length", header() + track(TUNE + "00 FF 2F 7F"), BOTH, {kinds.META_LENGTH: 1}),
    ]  # fmt: skip


def events() -> list[Case]:
    """What is wrong with events."""
    each = [(byte, kinds.UNDEFINED) for byte in (0xF4, 0xF5, 0xF9, 0xFD)]
    each += [(byte, kinds.REALTIME) for byte in (0xF8, 0xFA, 0xFB, 0xFC, 0xFE)]
    each += [(0xF6, kinds.SYSTEM)]
    illegal = [Case(f"status {byte:02X}", midi(f"00 {byte:02X}" + TUNE), BOTH, {kind: 1}) for byte, kind in each]
    sysex = "00 F0 05 7E 7F 09 01 F7"
    one = {"system exclusive events": 1}
    return [
        *illegal,
        Case("status F1", midi("00 F1 7F" + TUNE), BOTH, {kinds.SYSTEM: 1}),
        Case("status F2", midi("00 F2 7F 7F" + TUNE), BOTH, {kinds.SYSTEM: 1}),
        Case("status F3", midi("00 F3 7F" + TUNE), BOTH, {kinds.SYSTEM: 1}),
        Case("realtime within running status", midi("00 90 3C 40  60 F8  00 3C 00  00 3E 40  60 3E 00"), BOTH,
             {kinds.REALTIME: 1}),
        Case("running status behind a system exclusive event",
             midi("00 90 3C 40  60 3C 00" + sysex + "00 3E 40  60 3E 00"), BOTH, {kinds.RUNNING: 1}, dropped=one),
        Case("running status behind a text", midi("00 90 3C 40  60 3C 00  00 FF 01 02 48 69  00 3E 40  60 3E 00"),
             BOTH, {kinds.RUNNING: 1}),
        Case("running status without a status", midi("00 3C 40" + TUNE), BOTH, {kinds.STRAY: 1}),
        Case("velocity 200", midi("00 90 3C C8  60 80 3C 00"), ((0, 60, 127, 96),), {kinds.DATA: 1}),
        Case("pitch 200", midi("00 90 C8 40  60 80 7F 00"), ((0, 127, 64, 96),), {kinds.DATA: 1}),
        Case("controller 168 set to 255", midi("00 B0 A8 FF" + TUNE), BOTH, {kinds.DATA: 2}),
        Case("program 255", midi("00 C0 FF" + TUNE), BOTH, {kinds.DATA: 1}),
        Case("delta time of six bytes", midi("80 80 80 80 80 00 90 3C 40  60 80 3C 00"), (C,), {kinds.DELTA: 1}),
        Case("delta time of 2^28", midi("00 90 3C 40  81 80 80 80 00 80 3C 00"), refused="268435456 ticks in one"),
        Case("track of 2^29 ticks", midi("FF FF FF 7F 90 3C 40  FF FF FF 7F 80 3C 00"), refused="536870910 ticks at"),
        Case("delta time without end", midi("FF" * 400 + "7F 90 3C 40  60 80 3C 00"), refused="ticks in one delta"),
        Case("system exclusive event without a status byte at its end", midi("00 F0 03 7E 7F 09" + TUNE), BOTH,
             dropped=one),
        Case("system exclusive event longer than the track", midi("00 F0 FF 7F 7E 09 F7" + TUNE), BOTH,
             {kinds.SYSEX_LENGTH: 1}, dropped=one),
        Case("system exclusive event without end", midi(TUNE + "00 F0 FF 7F 7E 09"), BOTH, {kinds.CUT: 1}),
        Case("escape", midi("00 F7 02 F3 01" + TUNE), BOTH, dropped=one),
        Case("text longer than the track", midi(TUNE + "00 FF 01 7F 48 69"), BOTH, {kinds.CUT: 1}),
    ]  # fmt: skip


def metas() -> list[Case]:
    """What is wrong with meta events."""
    faults = {
        "tempo of zero": ("00 FF 51 03 00 00 00", kinds.TEMPO),
        "tempo of two bytes": ("00 FF 51 02 07 A1", kinds.SHORT),
        "tempo of no bytes": ("00 FF 51 00", kinds.SHORT),
        "tempo of four bytes": ("00 FF 51 04 07 A1 20 00", kinds.LONG),
        "tempo longer than the track": ("00 FF 51 FF 7F 07 A1 20", kinds.META_LENGTH),
        "eight sharps": ("00 FF 59 02 08 00", kinds.KEY),
        "key of mode 255": ("00 FF 59 02 00 FF", kinds.KEY),
        "128 flats": ("00 FF 59 02 80 00", kinds.KEY),
        "key of one byte": ("00 FF 59 01 00", kinds.SHORT),
        "metre with no beats": ("00 FF 58 04 00 02 18 08", kinds.METRE),
        "metre in units of 2^200": ("00 FF 58 04 04 C8 18 08", kinds.METRE),
        "metre of two bytes": ("00 FF 58 02 04 02", kinds.SHORT),
    }
    dropped = {
        "sequence number without one": ("00 FF 00 00", "sequence numbers"),
        "channel prefix without a channel": ("00 FF 20 00", "channel prefixes"),
        "port without a number": ("00 FF 21 00", "ports"),
        "SMPTE offset of one byte": ("00 FF 54 01 00", "SMPTE offsets"),
        "meta event of no known kind": ("00 FF 7E 02 01 02", "unknown meta events"),
        "meta event of kind 200": ("00 FF C8 00", "unknown meta events"),
    }
    return [
        *(Case(name, midi(text + TUNE), BOTH, {kind: 1}) for name, (text, kind) in faults.items()),
        *(Case(name, midi(text + TUNE), BOTH, dropped={what: 1}) for name, (text, what) in dropped.items()),
        Case("text in no UTF-8", midi("00 FF 05 02 E9 74" + TUNE), BOTH, noted={kinds.LATIN: 1}),
    ]


def pairs() -> list[Case]:
    """What is wrong with the ends of notes."""
    return [
        Case("note never ended", midi(TUNE + "00 90 40 40  30 90 45 00"), (*BOTH, (192, 64, 64, 48)),
             {kinds.NEVER_ENDED: 1, kinds.NO_NOTE: 1}),
        Case("notes ended by all notes off", midi("00 90 3C 40  00 90 40 40  60 B0 7B 00"),
             (C, (0, 64, 64, 96)), {kinds.SILENCED[123]: 2}),
        Case("notes ended by all sound off", midi("00 90 3C 40  60 B0 78 00  30 B0 78 00"), (C,),
             {kinds.SILENCED[120]: 1}),
        Case("all notes off on another channel", midi("00 90 3C 40  30 B1 7B 00  30 80 3C 00"), (C,)),
        Case("note ended twice", midi("00 90 3C 40  60 80 3C 00  00 80 3C 00"), (C,), {kinds.NO_NOTE: 1}),
        Case("note of no length", midi("00 90 3C 40  00 80 3C 00"), ((0, 60, 64, 0),), noted={kinds.NO_LENGTH: 1}),
        Case("note struck again without an end", midi("00 90 3C 40  60 90 3C 50  60 80 3C 00"),
             ((0, 60, 64, 192), (96, 60, 80, 96)), {kinds.NEVER_ENDED: 1}, {kinds.OVERLAP: 1}),
        Case("three of a pitch at once", midi("00 90 3C 40  10 90 3C 41  10 90 3C 42  10 3C 00  10 3C 00  10 3C 00"),
             ((0, 60, 64, 48), (16, 60, 65, 48), (32, 60, 66, 48)), noted={kinds.OVERLAP: 2}),
    ]  # fmt: skip


CASES = [*chunks(), *endings(), *events(), *metas(), *pairs()]

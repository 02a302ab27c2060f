"""How MIDI files are read, and how much of one."""

from dataclasses import dataclass
from typing import Literal, get_args

from seqgen.errors import UnknownName
from seqgen.records import option, within
from seqgen.text import encoding_named
from seqgen_midi.score import LAST_TICK

Smpte = Literal["refuse", "read"]
Karaoke = Literal["keep", "lyrics", "drop"]
LONGEST_DELTA = LAST_TICK
"""Ticks between two events that four bytes hold (Standard MIDI Files 1.0)."""


@dataclass(frozen=True)
class Manner:
    """How the bytes are understood. Raises UnknownName for a word that is not one of the choices."""

    charset: str = option("utf-8", "The encoding of texts in MIDI files; where it does not fit, latin-1")
    smpte: Smpte = option("refuse", "Files whose time is in frames: refuse them, or read them, half a second a quarter")
    karaoke: Karaoke = option("keep", "Texts of karaoke files: keep them as texts, make lyrics of them, or drop them")

    def __post_init__(self) -> None:
        if self.charset == "auto":
            raise UnknownName("the encoding", self.charset, ["utf-8", "latin-1", "cp1252", "shift_jis"])
        encoding_named(self.charset)
        for name, given, known in (
            ("what is done about time in frames,", self.smpte, get_args(Smpte)),
            ("what is done about karaoke,", self.karaoke, get_args(Karaoke)),
        ):
            if given not in known:
                raise UnknownName(name, given, known)


@dataclass(frozen=True)
class Limits:
    """What a file may hold; one that holds more is refused. Raises UsageError for a limit that makes no sense."""

    bytes: int = option(1 << 24, "Refuse a MIDI file of more bytes")
    tracks: int = option(4096, "Refuse a MIDI file with more tracks")
    delta: int = option(LONGEST_DELTA, "Refuse a MIDI file with more ticks from one event to the next")
    length: int = option(LONGEST_DELTA, "Refuse a MIDI file with a track of more ticks")
    events: int = option(1 << 20, "Refuse a MIDI file with more notes and other events that are kept")

    def __post_init__(self) -> None:
        within("bytes", self.bytes, 1, 1 << 40)
        within("tracks", self.tracks, 1, 1 << 40)
        within("delta", self.delta, 0, 1 << 40)
        within("length", self.length, 0, 1 << 40)
        within("events", self.events, 1, 1 << 40)

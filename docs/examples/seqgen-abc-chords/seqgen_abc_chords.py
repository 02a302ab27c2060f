"""Melodies in ABC notation with their chord symbols, such as "Am" or "D7", played beside the tune on a second channel.

The chords of a tune are written down as a tune of their own, with the same bars, repeats and lengths, and read as any
other: where the melody has a note, the chord sounds as long.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from seqgen.domain import Document, Notes, Reader
from seqgen.hookspecs import hookimpl
from seqgen.text import TextOptions, read_text
from seqgen_midi.abc import read_abc, signs
from seqgen_midi.filing import MidiOptions, documents, named, pieces_of
from seqgen_midi.score import Score

KINDS = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "dim": (0, 3, 6),
}
"""The semitones of chords above their first note; one of another kind is played as the longest that it begins with."""
CHORD = re.compile(r'"([A-G])([#b]?)(m(?!aj)|)(maj7|dim|7|)')
PITCHES = ("=C,", "^C,", "=D,", "^D,", "=E,", "=F,", "^F,", "=G,", "^G,", "=A,", "^A,", "=B,")
"""The notes of the octave below middle C, each with its accidental, so that no key changes them."""
FIELD = re.compile(r"[A-Za-z+]:(?![|:\]])|%")
SOUNDING = ("note", "chord", "rest")
STRUCTURE = ("bar", "ending", "broken", "tuplet", "field", "bars of rest")
LENGTH = re.compile(r"[\d/]*$")
SKIPPED = re.compile(r"skipped: \d+ chord symbols")
"""What the reading of melodies says of them."""
CHANNEL, VELOCITY = 1, 50


def spelled(symbol: str) -> str:
    """A chord symbol as a chord of ABC; nothing for one that is not known, such as a remark."""
    found = CHORD.match(symbol)
    if not found:
        return ""
    letter, sign, minor, rest = found.groups()
    root = "C D EF G A B".index(letter) + {"#": 1, "b": -1, "": 0}[sign]
    steps = KINDS.get(minor + rest, KINDS[minor])
    return "[" + "".join(PITCHES[(root + step) % 12] for step in steps) + "]"


@dataclass
class Accompaniment:
    """Rewrites the lines of a text as those of the chords' own tune.

    A chord holds until the next one, and is struck anew in each bar.
    """

    chord: str = "z"

    def line(self, text: str) -> str:
        """The next line."""
        if text.startswith("X:"):
            self.chord = "z"
        return text if FIELD.match(text) else "".join(self._music(text.partition("%")[0]))

    def _music(self, text: str) -> list[str]:
        written, held = list[str](), -1
        for kind, sign in signs(text):
            if kind in SOUNDING:
                if held >= 0 and self.chord != "z":
                    written[held] += "-"
                held = len(written)
                written.append(self.chord + LENGTH.findall(sign.rstrip("-"))[0])
            elif kind == "chord symbols":
                self.chord, held = spelled(sign) or self.chord, -1
            elif kind in STRUCTURE:
                written.append(sign)
                held = held if kind in ("broken", "tuplet") else -1
        return written


def accompanied(text: str) -> list[tuple[Score, dict[str, str], list[str]]]:
    """The tunes of a text as `read_abc` gives them, each with its chords as a second track."""
    accompaniment = Accompaniment()
    chords = read_abc("\n".join(map(accompaniment.line, text.splitlines())))
    tunes = read_abc(text)
    return [
        (_both(score, other), known, [line for line in lines if not SKIPPED.fullmatch(line)])
        for (score, known, lines), (other, *_) in zip(tunes, chords, strict=True)
    ]


def _both(melody: Score, chords: Score) -> Score:
    (track,) = chords.tracks
    notes = tuple(note._replace(velocity=VELOCITY) for note in track.notes)
    second = replace(track, channel=CHANNEL, notes=notes, name="chords")
    return replace(melody, tracks=(*melody.tracks, second)) if notes else melody


def read(path: Path, options: MidiOptions, notes: Notes) -> Iterator[Document]:
    """As the domain reads such files, with the chords."""
    tunes = accompanied("".join(read_text(path, TextOptions(), notes)))
    yield from documents(named(path, pieces_of(path, tunes), options), options, notes)


@hookimpl
def seqgen_readers() -> Iterable[Reader]:
    return [Reader("abc-chords", "midi", (".abc",), read, summary="melodies in ABC notation, and their chords")]

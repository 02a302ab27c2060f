"""The fields of a tune that say how its notes are meant: K: M: L: Q:."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

MODES = {
    "maj": ("major", 0),
    "ion": ("major", 0),
    "m": ("minor", -3),
    "min": ("minor", -3),
    "aeo": ("minor", -3),
    "mix": ("mixolydian", -1),
    "dor": ("dorian", -2),
    "phr": ("phrygian", -4),
    "lyd": ("lydian", 1),
    "loc": ("locrian", -5),
}
"""Modes by how they begin: the name, and how many sharps they have more than the major scale on the same note."""
SHARPS = "FCGDAEB"
"""The letters in the order in which key signatures sharpen them."""
STEPS: Mapping[str, int] = {"^^": 2, "^": 1, "": 0, "=": 0, "_": -1, "__": -2}
"""Semitones of an accidental."""
PACES = {
    "reel": (Fraction(1, 2), 92),
    "hornpipe": (Fraction(1, 2), 76),
    "slip jig": (Fraction(3, 8), 112),
    "jig": (Fraction(3, 8), 112),
    "polka": (Fraction(1, 4), 126),
    "waltz": (Fraction(1, 4), 144),
    "strathspey": (Fraction(1, 4), 120),
    "march": (Fraction(1, 4), 112),
    "hymn": (Fraction(1, 4), 96),
    "lullaby": (Fraction(1, 4), 84),
}
"""Beats a minute of rhythms, where a tune names its rhythm and no tempo: customary, of no authority."""
DEFAULT_PACE = (Fraction(1, 4), 120)

_KEY = re.compile(r"([A-G])([#b]?)[ \t]*(?!clef\b|exp\b)([A-Za-z]*)")
_SIGNED = re.compile(r"(\^\^|\^|__|_|=)([A-Ga-g])")
_TEMPO = re.compile(r"(?:(\d{1,2})/(\d{1,3})[ \t]*=[ \t]*)?(\d{1,4})(?![\d/])")


@dataclass(frozen=True)
class KeySignature:
    """A key: its name ("D major", "" for none), its sharps (flats below 0), and the semitones that letters move by."""

    name: str = ""
    sharps: int = 0
    minor: bool = False
    moved: Mapping[str, int] = field(default_factory=dict)


class Signature(NamedTuple):
    """A metre: 6/8 is (6, 8). (0, 1) is free."""

    beats: int
    unit: int

    @property
    def bar(self) -> Fraction:
        """How long a bar is, in whole notes."""
        return Fraction(self.beats, self.unit)


def key_signature(text: str) -> KeySignature | None:
    """What a K: field says, accidentals of its own included; None if it is not understood. Clefs are left out."""
    words = text.strip()
    if words in ("", "none", "HP"):
        return KeySignature()
    if words == "Hp":
        return KeySignature("A mixolydian", 2, moved={"F": 1, "C": 1})
    match = _KEY.match(words)
    mode = _mode(match.group(3)) if match else None
    if not match or not mode:
        return None
    name, shift = mode
    sharps = SHARPS.index(match.group(1)) - 1 + 7 * {"#": 1, "b": -1, "": 0}[match.group(2)] + shift
    if not -7 <= sharps <= 7:
        return None
    usual = {} if re.search(r"\bexp\b", words) else _moved(sharps)
    own = {letter.upper(): STEPS[sign] for sign, letter in _SIGNED.findall(words)}
    return KeySignature(f"{match.group(1)}{match.group(2)} {name}", sharps, name == "minor", usual | own)


def _mode(word: str) -> tuple[str, int] | None:
    if word.startswith("M") and len(word) == 1:
        return None
    lower = word.lower()
    if lower in ("", "treble", "bass", "alto", "tenor"):
        return MODES["maj"]
    return MODES.get(lower if lower == "m" else lower[:3])


def _moved(sharps: int) -> dict[str, int]:
    flats = dict.fromkeys(SHARPS[::-1][: max(-sharps, 0)], -1)
    return flats | dict.fromkeys(SHARPS[: max(sharps, 0)], 1)


def metre(text: str) -> Signature | None:
    """What an M: field says: C, C|, 6/8, 2+3/8 or none; None if it is not understood."""
    word = text.strip().replace(" ", "").replace("(", "").replace(")", "")
    if word in ("none", ""):
        return Signature(0, 1)
    word = {"C": "4/4", "C|": "2/2"}.get(word, word)
    match = re.fullmatch(r"(\d{1,3}(?:\+\d{1,2})*)/(\d{1,2})", word)
    found = Signature(sum(map(int, match.group(1).split("+"))), int(match.group(2))) if match else Signature(0, 3)
    return found if found.beats in range(1, 256) and found.unit in (1, 2, 4, 8, 16, 32, 64) else None


def unit_length(text: str) -> Fraction | None:
    """What an L: field says, in whole notes; None if it is not understood."""
    match = re.fullmatch(r"(\d{1,2})(?:/(\d{1,3}))?", text.strip())
    if not match or not int(match.group(1)) or not int(match.group(2) or 1):
        return None
    return Fraction(int(match.group(1)), int(match.group(2) or 1))


def usual_length(signature: Signature) -> Fraction:
    """The unit of length where a tune names none: a sixteenth in metres shorter than 3/4, else an eighth."""
    return Fraction(1, 16) if signature.beats and signature.bar < Fraction(3, 4) else Fraction(1, 8)


def tempo(text: str, unit: Fraction) -> int | None:
    """Microseconds per quarter that a Q: field asks for; None if it has no number. A lone number counts units."""
    match = _TEMPO.search(re.sub(r'"[^"]*"', "", text))
    if not match or not int(match.group(3)) or (match.group(2) and not int(match.group(1)) * int(match.group(2))):
        return None
    beat = Fraction(int(match.group(1)), int(match.group(2))) if match.group(2) else unit
    return micros(beat, int(match.group(3)))


def pace(rhythm: str) -> int:
    """Microseconds per quarter that suit a rhythm."""
    named = (each for name, each in PACES.items() if name in rhythm.lower())
    return micros(*next(named, DEFAULT_PACE))


def micros(beat: Fraction, count: int) -> int:
    """Microseconds per quarter of so many beats a minute, within what a MIDI file can say."""
    return min(max(round(Fraction(60_000_000, count) / (4 * beat)), 1), (1 << 24) - 1)

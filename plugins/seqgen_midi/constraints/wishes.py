"""What a person may ask of the music, beyond that it is legal."""

import re
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqgen.constraint import Spoken
from seqgen.errors import UnknownName, UsageError
from seqgen.records import flag, option, within
from seqgen.tokenizer import Boundary
from seqgen_midi.score import PITCHES

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic-minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic-minor": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor-pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole-tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
}
"""The notes of a scale in semitones above its first."""


def pitch_class(name: str) -> int:
    """The pitch class of a note's name such as C, F# or Bb, 0 to 11. Raises UsageError for what is no name."""
    found = re.fullmatch(r"([A-Ga-g])([#b♯♭]*)", name)
    if not found:
        raise UsageError(f"the note {name!r}", "that is no note's name", "Write it like C, F# or Bb")
    sharps = sum(1 if sign in "#♯" else -1 for sign in found[2])
    return (LETTERS[found[1].upper()] + sharps) % 12


def pitch(name: str) -> int:
    """The pitch of a number, 0 to 127, or of a name with its octave: C4 is 60. Raises UsageError for any other."""
    found = re.fullmatch(r"([A-Ga-g])([#b♯♭]*)(-?\d)", name)
    sharps = sum(1 if sign in "#♯" else -1 for sign in found[2]) if found else 0
    number = LETTERS[found[1].upper()] + sharps + 12 * (int(found[3]) + 1) if found else -1
    if re.fullmatch(r"\d{1,3}", name):
        number = int(name)
    if not 0 <= number < PITCHES:
        raise UsageError(f"the pitch {name!r}", "it is none from 0 to 127", "Write it like 60 or C4")
    return number


WORDS = {
    "bar": "one bar more",
    "m": "that metre",
    "/": "that metre",
    "s": "that key signature",
    "q": "that tempo",
    "d": "that duration",
    **dict.fromkeys(("p", "on", "drum", "v", "~", "<"), "that note"),
    **dict.fromkeys(("t", "w", "@"), "that much time"),
}
"""What symbols are about, by what stands before their number."""


@dataclass(frozen=True)
class Wishes:
    """What the music is to keep to; an empty text, and 0, ask for nothing. Raises UsageError for what cannot be."""

    key: str = option("", "Keep to the notes of this key, such as D, Bb or F#m")
    scale: str = option("", "Keep to this scale, such as dorian or blues, from the first note of the key")
    range: str = option("", "Keep to pitches from one to another, such as C4-C6 or 60-84")
    metre: str = option("", "Keep to this metre, such as 3/4")
    max_polyphony: int = option(0, "At most so many notes sound at once; 0 for any number")
    max_leap: int = option(0, "At most so many semitones from one note of a track to the next; 0 for any leap")
    bars: int = option(0, "End at the bar line after so many bars; 0 ends where the model ends the piece")

    def __post_init__(self) -> None:
        within(flag("max_polyphony"), self.max_polyphony, 0, 1 << 20)
        within(flag("max_leap"), self.max_leap, 0, PITCHES)
        within(flag("bars"), self.bars, 0, 1 << 20)
        if not self.pitches.any():
            there = f"no pitch is in {self.range} and in the scale"
            raise UsageError("the pitches asked for", there, "Widen --range, or change --key or --scale")
        _ = self.signature

    @cached_property
    def pitches(self) -> NDArray[np.bool_]:
        """Which pitches may sound, (128,)."""
        found = np.zeros(PITCHES, np.bool_)
        low, high = self._range
        tonic, scale = self._scale
        for each in range(low, high + 1):
            found[each] = (each - tonic) % 12 in scale
        found.setflags(write=False)
        return found

    @cached_property
    def signature(self) -> tuple[int, int] | None:
        """The metre asked for: beats, and the unit that each of them is."""
        if not self.metre:
            return None
        found = re.fullmatch(r"(\d{1,3})/(\d{1,2})", self.metre)
        if not found or not 0 < int(found[1]) < 256 or int(found[2]) not in (1, 2, 4, 8, 16, 32, 64):
            raise UsageError(f"the metre {self.metre!r}", "it is none", "Write it like 4/4, 6/8 or 7/8")
        return int(found[1]), int(found[2])

    @property
    def signs(self) -> tuple[int, bool] | None:
        """The sharps of the key asked for, flats below 0, and whether it is minor; None without one, or in a mode."""
        tonic, scale = self._scale
        minor = scale == SCALES["minor"]
        if not self.key or not (minor or scale == SCALES["major"]):
            return None
        fifths = 7 * (tonic + 3 * minor) % 12
        return fifths - 12 * (fifths > 6), minor

    def __str__(self) -> str:
        """The options that ask for it, such as "--key D and --bars 4"; empty for none."""
        asked = {each.name: getattr(self, each.name) for each in fields(self)}
        return " and ".join(f"--{name.replace('_', '-')} {value}" for name, value in asked.items() if value)

    @property
    def _range(self) -> tuple[int, int]:
        if not self.range:
            return 0, PITCHES - 1
        found = re.fullmatch(r"([^-]+?-?\d*)-([^-].*|-\d+)", self.range)
        if not found:
            raise UsageError(f"the range {self.range!r}", "it is none", "Write it like C4-C6 or 60-84")
        low, high = pitch(found[1]), pitch(found[2])
        if low > high:
            raise UsageError(f"the range {self.range!r}", "its first pitch is the higher one", "Turn it round")
        return low, high

    @property
    def _scale(self) -> tuple[int, tuple[int, ...]]:
        minor = self.key.endswith("m")
        tonic = pitch_class(self.key.removesuffix("m")) if self.key else 0
        name = self.scale or (("minor" if minor else "major") if self.key else "chromatic")
        if name not in SCALES:
            raise UnknownName("the scale", name, SCALES)
        if self.scale and not self.key and name != "chromatic":
            raise UsageError(f"the scale {name}", "no key says where it begins", "Give --key too, such as --key D")
        return tonic, SCALES[name]


NONE = Wishes()


def in_words(symbol: Spoken) -> str:
    """What a symbol, of any of the tokenizers, is about to a person."""
    kind = "bar" if isinstance(symbol, Boundary) else re.split(r"[-\d]", symbol)[0]
    return f"{WORDS.get(kind, 'an event')}{'' if kind == 'bar' else f' ({symbol})'}"


def legal_with(wishes: Wishes) -> str:
    """What messages call the constraint that keeps to them."""
    return "the constraint legal" + f", with {wishes}" * (wishes != NONE)

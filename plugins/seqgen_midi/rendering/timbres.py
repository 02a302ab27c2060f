"""What the instruments of General MIDI sound like, roughly: how strong each partial is, and how it grows and fades."""

import math
from dataclasses import dataclass, replace
from functools import cache

Mode = tuple[float, float, float]


@dataclass(frozen=True)
class Timbre:
    """A way to sound. Times are in seconds, for middle C where they depend on pitch.

    partials    the strength of each harmonic from the first on, at full brightness
    modes       of bars, bells and skins instead: frequency as a multiple, strength, and how many times as fast it fades
    attack      until it is at full strength
    fade        until it has fallen to 1/e of what it falls, higher notes sooner; sustain is what it falls to
    release     until it has fallen to 1/e once it is let go; what `rings` is not let go
    bright      a factor for each further partial, at first, in the end, and in which time it changes
    vibrato     the part of its frequency by which it swings
    spread      cents by which a second of its kind, half as loud, is higher
    breath      how much noise is in it
    formants    frequencies in hertz that are stronger, for voices
    """

    partials: tuple[float, ...] = ()
    modes: tuple[Mode, ...] = ()
    attack: float = 0.004
    fade: float = 1.5
    sustain: float = 0.0
    release: float = 0.1
    rings: bool = False
    bright: tuple[float, float, float] = (0.8, 0.8, 1.0)
    vibrato: float = 0.0
    spread: float = 0.0
    breath: float = 0.0
    formants: tuple[float, ...] = ()


def falling(count: int, power: float, *, even: float = 1.0) -> tuple[float, ...]:
    """Partials that fall by a power of their number; the even ones by a factor more."""
    return tuple((1.0 if k % 2 else even) * k**-power for k in range(1, count + 1))


def plucked(count: int, place: float) -> tuple[float, ...]:
    """The partials of a string that is plucked at a part of its length."""
    return tuple(abs(math.sin(math.pi * k * place)) / k for k in range(1, count + 1))


PIANO = Timbre(falling(14, 1.1), fade=1.6, release=0.12, bright=(0.88, 0.55, 0.5))
MALLETS = Timbre(modes=((1, 1, 1), (3.98, 0.35, 2.5), (10.6, 0.1, 6)), attack=0.002, fade=0.9, release=0.3, rings=True)
WOOD = replace(MALLETS, fade=0.22, modes=((1, 1, 1), (3.93, 0.3, 2), (9.4, 0.12, 4)))
BELL = replace(MALLETS, fade=1.2, modes=((0.5, 0.3, 0.7), (1, 1, 1), (1.19, 0.5, 1.4), (2, 0.45, 2), (2.74, 0.25, 3)))
SKIN = Timbre(modes=((1, 1, 1), (1.5, 0.6, 1.5), (1.98, 0.4, 2), (2.44, 0.25, 3)), fade=0.5, release=0.3, rings=True)
ORGAN = Timbre((1, 0.9, 0.5, 0.5, 0.1, 0.25, 0.05, 0.3), attack=0.012, sustain=1, release=0.04, bright=(0.95, 0.95, 1))
ACCORDION = Timbre(falling(14, 0.8), attack=0.03, sustain=1, release=0.06, bright=(0.82, 0.82, 1), spread=9)
GUITAR = Timbre(plucked(16, 0.19), attack=0.002, fade=1.1, release=0.08, bright=(0.95, 0.6, 0.35))
BASS = Timbre(plucked(14, 0.27), attack=0.005, fade=1.4, release=0.08, bright=(0.85, 0.5, 0.3))
BOWED = Timbre(falling(20, 1.0), attack=0.06, sustain=0.85, release=0.1, bright=(0.85, 0.88, 0.2), vibrato=0.0035)
STRINGS = replace(BOWED, partials=falling(15, 1.0), attack=0.11, release=0.25, spread=9.0)
VOICE = replace(
    STRINGS, attack=0.09, vibrato=0.005, breath=0.015, formants=(730, 1090, 2440), bright=(0.93, 0.93, 1), spread=6.0
)
BRASS = Timbre(falling(18, 0.75), attack=0.03, sustain=0.85, release=0.07, bright=(0.45, 0.82, 0.06), vibrato=0.0015)
REED = Timbre(
    falling(16, 0.9, even=0.75), attack=0.03, sustain=0.9, release=0.06, bright=(0.8, 0.84, 0.1), vibrato=0.002
)
CLARINET = replace(REED, partials=falling(15, 0.9, even=0.08), vibrato=0.0)
FLUTE = Timbre((1, 0.45, 0.16, 0.05, 0.02), attack=0.05, sustain=0.9, release=0.08, vibrato=0.003, breath=0.03)
LEAD = Timbre(falling(20, 1.0), attack=0.006, sustain=0.9, release=0.06, bright=(0.92, 0.86, 0.3), spread=6)
SQUARE = replace(LEAD, partials=falling(19, 1.0, even=0.0), spread=0.0)
PAD = Timbre(falling(12, 1.0), attack=0.3, sustain=0.95, release=0.5, bright=(0.6, 0.75, 1.0), spread=12)

FAMILIES = (
    PIANO,
    MALLETS,
    ORGAN,
    GUITAR,
    BASS,
    BOWED,
    STRINGS,
    BRASS,
    REED,
    FLUTE,
    LEAD,
    PAD,
    PAD,
    GUITAR,
    WOOD,
    PAD,
)
"""The sixteen families of General MIDI 1, eight programs each."""
OTHERS = {
    **dict.fromkeys((12, 13, 115), WOOD),
    14: BELL,
    **dict.fromkeys((20, 21, 22, 23), ACCORDION),
    45: replace(GUITAR, fade=0.35),
    46: replace(GUITAR, fade=1.6),
    **dict.fromkeys((47, 116, 117, 118), SKIN),
    **dict.fromkeys((52, 53, 54, 85, 91), VOICE),
    71: CLARINET,
    80: SQUARE,
    **dict.fromkeys((109, 111), ACCORDION),
    110: BOWED,
    **dict.fromkeys((112, 113), BELL),
}
"""Programs, counted from 0, that do not sound like their family."""
SEMITONES, LONGEST = 24, 2.5
"""Going up by so many, a note fades twice as fast; and none takes longer than so many seconds."""


@cache
def timbre_of(program: int, pitch: int) -> Timbre:
    """The timbre of a program, 0 to 127, with the fade of that pitch."""
    found = OTHERS.get(program, FAMILIES[program // 8])
    return replace(found, fade=min(LONGEST, found.fade * 2 ** ((60 - pitch) / SEMITONES)))

"""Writes tunes.abc: melodies that wander over the notes of their chords, from fixed random numbers."""

import random
from pathlib import Path

CHORDS = {"C": "CEGc", "F": "FAcf", "G": "GBdg", "Am": "Acea", "Dm": "DFAd"}
WAYS = [("C", "F", "G", "C"), ("C", "Am", "Dm", "G"), ("Am", "Dm", "G", "C"), ("F", "G", "Am", "C")]
chance = random.Random(1)


def bar(chord: str) -> str:
    """Notes of the chord, most of them eighths."""
    notes = chance.choices(CHORDS[chord], k=6)
    return f'"{chord}"' + "".join(notes[:5]) + notes[5] + "3"


def tune(number: int) -> str:
    """Two repeated parts of four bars."""
    parts = ["|:" + "|".join(map(bar, chance.choice(WAYS))) + ":|" for _ in range(2)]
    return "\n".join([f"X:{number}", f"T:Walk {number}", "M:4/4", "L:1/8", "K:C", *parts, ""])


Path("tunes.abc").write_text("\n".join(tune(number) for number in range(1, 31)), "utf-8")

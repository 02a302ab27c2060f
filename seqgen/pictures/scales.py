"""Scales of colour: even steps for the eye, from dim to bright alike for all eyes.

A scale is a straight line in OKLab (Ottosson, 2020), where equal distances look equally far, so its steps look even and
its lightness goes one way. Blue and orange ends are told apart by those who see fewer colours.
"""

from dataclasses import dataclass

import numpy as np

from seqgen.pictures.style import BLUE, ORANGE, SKY

CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
"""Linear red, green and blue to what three kinds of cone see."""
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""Cube roots of that to lightness, green to red, and blue to yellow."""


@dataclass(frozen=True)
class Scale:
    """From the ground, at 0, to `high` at 1 and, where values may be negative, `low` at -1; `ink` is read on all of
    it."""

    ground: str
    high: str
    low: str
    ink: str

    def at(self, share: float) -> str:
        """The colour, as #rrggbb, of a value from -1 to 1; beyond, that of the end."""
        return between(self.ground, self.high if share >= 0 else self.low, min(abs(share), 1.0))


LIGHT_SCALE = Scale("#ffffff", high=ORANGE, low=SKY, ink="#222222")
DARK_SCALE = Scale("#111111", high="#9e5200", low=BLUE, ink="#f2f2f2")
SCALES = {"light": LIGHT_SCALE, "dark": DARK_SCALE}


def between(one: str, other: str, share: float) -> str:
    """The colour that lies this share of the way from one to another."""
    return _colour((1 - share) * _lab(one) + share * _lab(other))


def _lab(colour: str) -> np.ndarray:
    part_C = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear_C = np.where(part_C <= 0.04045, part_C / 12.92, ((part_C + 0.055) / 1.055) ** 2.4)
    return np.asarray(LAB @ np.cbrt(CONES @ linear_C))


def _colour(lab: np.ndarray) -> str:
    linear_C = np.linalg.solve(CONES, np.linalg.solve(LAB, lab) ** 3).clip(0, 1)
    part_C = np.where(linear_C <= 0.0031308, 12.92 * linear_C, 1.055 * linear_C ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * float(part)):02x}" for part in part_C)

"""Pictures of what is learnt and how: drawn from plain data, in one style, the same byte for byte. matplotlib is the
extra `plot`, and imported only when something is drawn.

    Curve, draw_curves       the losses of runs by step, with samples
    Spot, draw_heat          a text, symbol by symbol: what each cost, or what a unit of the network did
    Stream, strategy_diagram what a strategy reads and predicts
    reset_diagram            where the state is cleared
    styled, save, LOOKS      the style, for pictures of one's own
"""

from seqgen.pictures.curve import Curve, Excerpt, Point, draw_curves
from seqgen.pictures.diagrams import Stream, reset_diagram, strategy_diagram
from seqgen.pictures.heat import PAGE, Spot, draw_heat
from seqgen.pictures.style import (
    BOTH,
    DARK,
    LIGHT,
    LOOKS,
    SUFFIXES,
    THEMES,
    Theme,
    draw,
    require,
    save,
    styled,
    theme_of,
)
from seqgen.pictures.writing import visible

__all__ = [
    "BOTH",
    "DARK",
    "LIGHT",
    "LOOKS",
    "PAGE",
    "SUFFIXES",
    "THEMES",
    "Curve",
    "Excerpt",
    "Point",
    "Spot",
    "Stream",
    "Theme",
    "draw",
    "draw_curves",
    "draw_heat",
    "require",
    "reset_diagram",
    "save",
    "strategy_diagram",
    "styled",
    "theme_of",
    "visible",
]

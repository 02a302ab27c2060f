"""One style for all pictures: Okabe and Ito's colours, told apart by dashes and marks too, legible on light and dark.

A picture is the same byte for byte when what it shows is: no dates, no names of software, no random ids, and nothing of
a user's own matplotlib settings. In SVG text stays text.
"""

import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from seqgen.errors import UnknownName, UsageError
from seqgen.files import write_atomically

SUFFIXES = (".svg", ".png")
"""Of the files that can be drawn."""
DOTS = 144
"""Dots an inch."""
MOST = 30.0
"""Inches that a picture has in a direction at most."""
ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = "#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7"
"""Okabe and Ito (2008): told apart by those who see fewer colours."""


@dataclass(frozen=True)
class Theme:
    """What a picture is drawn with: the colour of its `ink`, and of the ground, which `none` leaves out.

    The `name` is what `--theme` calls it.
    """

    name: str
    ink: str
    ground: str = "none"


BOTH, LIGHT, DARK = Theme("both", "#767676"), Theme("light", "#222222", "#ffffff"), Theme("dark", "#dddddd", "#111111")
"""For any page, for a light one, and for a dark one."""
THEMES = {theme.name: theme for theme in (BOTH, LIGHT, DARK)}
"""The themes by their names."""
LOOKS: tuple[dict[str, Any], ...] = tuple(
    {"color": colour, "linestyle": dashes, "marker": mark}
    for colour, dashes, mark in (
        (BLUE, "-", "o"),
        (VERMILION, "--", "s"),
        (GREEN, "-.", "D"),
        (PURPLE, ":", "^"),
        (BLUE, (0, (6, 2, 1, 2, 1, 2)), "v"),
        (VERMILION, (0, (1, 3)), "P"),
        (GREEN, (0, (9, 3)), "X"),
        (PURPLE, (0, (4, 1, 1, 1)), "*"),
    )
)
"""How lines are drawn, one after the other. These colours stand out from white and from black alike."""

_STYLE: dict[str, Any] = {
    "svg.hashsalt": "seqgen",
    "svg.fonttype": "none",  # text stays text
    "text.parse_math": False,  # a dollar is a dollar
    "axes.unicode_minus": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib
    "font.monospace": ["DejaVu Sans Mono"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "axes.facecolor": "none",
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "lines.markersize": 3.5,
}


def theme_of(name: str) -> Theme:
    """The theme of that name. Raises UnknownName for any other."""
    if name not in THEMES:
        raise UnknownName("the theme", name, THEMES)
    return THEMES[name]


def require(path: Path | str, *, suffixes: tuple[str, ...] = SUFFIXES) -> Path:
    """The file into which a picture is to be drawn.

    Raises UsageError if it has another suffix, is a folder or in none, or matplotlib, which the extra `plot` brings, is
    not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"drawing {path}", f"its name does not end in {' or '.join(suffixes)}", "Let it end so")
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"drawing {path}", "it is a folder, or in none that is there", "Name a file in one that is")
    if path.suffix.lower() in SUFFIXES and find_spec("matplotlib") is None:
        raise UsageError(f"drawing {path}", "matplotlib is not installed", "pip install 'seqgen[plot]'")
    if path.suffix.lower() in SUFFIXES:
        _import_quietly()
    return path


def _import_quietly() -> None:
    """Import matplotlib without what it says of a home that cannot be written to, and of fonts."""
    logger = logging.getLogger("matplotlib")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        import_module("matplotlib.font_manager")
    finally:
        logger.setLevel(before)


@contextmanager
def styled(theme: Theme = BOTH) -> Iterator[None]:
    """What is drawn meanwhile with matplotlib is drawn in this style."""
    import matplotlib

    inks = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "grid.color")
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A sign that the font lacks is a box in PNG, and in SVG the reader's font has it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()
        settings: Any = _STYLE | dict.fromkeys(inks, theme.ink) | {"figure.facecolor": theme.ground}
        matplotlib.rcParams.update(settings)
        yield


def save(figure: Any, path: Path | str, *, title: str = "") -> None:
    """Write a figure of matplotlib to a .svg or .png file, the same bytes for the same figure.

    For use inside `styled`. Raises as `require` and `seqgen.files.write_atomically` do.
    """
    path, file = require(path), io.BytesIO()
    kind = path.suffix[1:].lower()
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    figure.savefig(file, format=kind, dpi=DOTS, metadata=metadata | ({"Title": title} if title else {}))
    write_atomically(path, file.getvalue())


def draw(
    path: Path | str, paint: Callable[[Any], None], *, size: tuple[float, float], theme: str = "both", title: str = ""
) -> None:
    """Draw a picture of that size, in inches, into a file: `paint` is given an empty figure of matplotlib.

    Raises as `require` does, UnknownName for a theme, and UsageError for a picture that is too large.
    """
    path, chosen = require(path), theme_of(theme)
    if max(size) > MOST:
        there = f"it would be {size[0]:.0f} by {size[1]:.0f} inches"
        raise UsageError(f"drawing {path}", there, f"Draw less, so that neither is more than {MOST:.0f}")
    from matplotlib.figure import Figure

    with styled(chosen):
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        save(figure, path, title=title)

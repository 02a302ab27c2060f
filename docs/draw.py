"""Draws docs/pictures/*.svg: `python docs/draw.py`. A test holds them to what the code draws.

The diagrams follow from the code alone. The curve and the heat show what is kept in docs/pictures/names of one small
run: `seqgen chars train fantasy-names --minutes 0.3`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from seqgen.api.gallery import curve_of
from seqgen.lanes import Strategy
from seqgen.pictures import Spot, Stream, draw_curves, draw_heat, reset_diagram, strategy_diagram
from seqgen.tokenizer import Boundary

FOLDER = Path(__file__).with_name("pictures")
DRAWN_WITH = FOLDER / "drawn-with.txt"
"""The version of matplotlib that drew what is kept: another one may write other bytes for the same picture."""
DOCUMENT, PARAGRAPH = Boundary("document"), Boundary("paragraph")
TEXT = "hello world"
ROW: list[str | Boundary] = [DOCUMENT, *"one", PARAGRAPH, *"two", DOCUMENT, *"red", PARAGRAPH, *"blue", DOCUMENT]
STRATEGIES = (Strategy(), Strategy("many-to-one", context=3), Strategy("one-to-many", horizon=3))
RESETS = ("never", "window", "document", "paragraph")


def draw(folder: Path) -> None:
    """Draw every picture into a folder."""
    for strategy in STRATEGIES:
        reset = "window" if strategy.context else "document"
        stream = Stream.of([DOCUMENT, *TEXT, DOCUMENT], strategy, reset=reset)
        strategy_diagram(folder / f"{strategy.name}.svg", stream, count=5)
    reset_diagram(folder / "resets.svg", {f"--reset {reset}": _reset(reset) for reset in RESETS})
    draw_curves(folder / "curve.svg", [curve_of(FOLDER / "names")])
    kept = json.loads((FOLDER / "names" / "symbols.json").read_text("utf-8"))
    for name, with_unit in {"heat.svg": False, "unit.svg": True}.items():
        title = f"names: the output of unit {kept['unit']} by symbol." if with_unit else "names: surprisal by symbol."
        draw_heat(folder / name, [_spot(each, with_unit) for each in kept["spots"]], title=title)


def _reset(reset: str) -> Stream:
    levels = "document", "paragraph"
    return Stream.of(ROW, Strategy("one-to-many", horizon=3), reset=reset, window=5, levels=levels)


def _spot(kept: list[Any], with_unit: bool) -> Spot:
    *told, activation = kept
    return Spot(*told, activation=activation if with_unit else None)


if __name__ == "__main__":
    import matplotlib

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    draw(folder)
    if folder == FOLDER:
        DRAWN_WITH.write_text(f"matplotlib {matplotlib.__version__}\n", "utf-8")

"""Draws docs/pictures/*.svg and what docs/from_scratch.py finds: `python docs/draw.py`. A test holds the pictures to
what the code draws.

The diagrams follow from the code alone. The curve and the heat show what is kept in docs/pictures/names of one small
run: `seqgen chars train fantasy-names --minutes 0.3`.
"""

import json
import re
import runpy
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from seqgen.api.gallery import curve_of
from seqgen.corpus import find
from seqgen.lanes import Strategy
from seqgen.pictures import BOTH, LOOKS, Spot, Stream, draw_curves, draw_heat, reset_diagram, strategy_diagram
from seqgen.tokenizer import Boundary

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "pictures"
DRAWN_WITH = FOLDER / "drawn-with.txt"
"""The version of matplotlib that drew what is kept: another one may write other bytes for the same picture."""
BLUE, VERMILION = (look["color"] for look in LOOKS[:2])
DOCUMENT, PARAGRAPH = Boundary("document"), Boundary("paragraph")
TEXT = "hello world"
ROW: list[str | Boundary] = [DOCUMENT, *"one", PARAGRAPH, *"two", DOCUMENT, *"red", PARAGRAPH, *"blue", DOCUMENT]
STRATEGIES = (Strategy(), Strategy("many-to-one", context=3), Strategy("one-to-many", horizon=3))
RESETS = ("never", "window", "document", "paragraph")
GALLERY = (0, 1, 2, 4, 8, 16)
"""The epochs after which the names of docs/from_scratch.py are shown."""


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


def relearnt(page: str) -> tuple[str, str]:
    """The page "From scratch" with the table of what its program finds now, and the picture of its losses."""
    files = sorted(map(str, find("fantasy-names").files))
    found = list(runpy.run_path(str(HERE / "from_scratch.py"))["told"](files))
    rows = ["| epoch | learnt | held out | names |", "|---|---|---|---|"]
    for epoch, learnt, held_out, names in found:
        if epoch in GALLERY:
            rows.append(f"| {epoch} | {f'{learnt:.3f}' if epoch else ''} | {held_out:.3f} | {names} |")
    table = "".join(f"{row}\n" for row in rows)
    page = re.sub(r"(?<=<!-- written by draw.py -->\n\n)(?:\|.*\n)+", lambda _: table, page)
    return page, losses_by_epoch([(learnt, held_out) for _, learnt, held_out, _ in found], epochs=len(found) - 1)


def losses_by_epoch(losses: Iterable[tuple[float, float]], *, epochs: int) -> str:
    """Losses of learning and of names held out, in nats, as SVG that a page of any ground can hold within itself."""
    learnt, held_out = zip(*losses, strict=True)
    said = 'role="img" aria-label="loss by epoch" font-family="sans-serif" font-size="12"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 310" {said}>']
    for loss in (2, 3, 4):
        parts += [f'<path d="M50 {_down(loss)}H560" stroke="#76767655"/>', _said(40, _down(loss) + 4, str(loss))]
    parts += [_said(_across(epoch / epochs), 280, str(epoch)) for epoch in range(0, epochs + 1, 4)]
    parts += [_said(50, 12, "nats per symbol", anchor="start"), _said(560, 300, "epoch", anchor="end")]
    for name, ink, row in (("learnt", BLUE, learnt), ("held out", VERMILION, held_out)):
        points = [(_across(epoch / epochs), _down(loss)) for epoch, loss in enumerate(row) if loss == loss]
        path = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>')
        parts.append(_said(566, points[-1][1] + 4, name, ink=ink, anchor="start"))
    return "\n".join([*parts, "</svg>", ""])


def _across(share: float) -> float:
    return round(50 + 510 * share, 1)


def _down(loss: float) -> float:
    return round(20 + 80 * (4.5 - loss), 1)


def _said(x: float, y: float, text: str, *, ink: str = BOTH.ink, anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{ink}" text-anchor="{anchor}">{text}</text>'


if __name__ == "__main__":
    import matplotlib

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    draw(folder)
    if folder == FOLDER:
        DRAWN_WITH.write_text(f"matplotlib {matplotlib.__version__}\n", "utf-8")
        page, curve = relearnt((HERE / "from-scratch.md").read_text("utf-8"))
        (HERE / "from-scratch.md").write_text(page, "utf-8")
        (HERE / "from-scratch.svg").write_text(curve, "utf-8")

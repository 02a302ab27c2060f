"""Records what three small models write as the moving pictures of the first page: `python docs/record.py`.

Each model learns for twenty seconds, and what it then writes is drawn as it came, so the pictures differ from one
recording to the next. They play once, and what comes later shines through before. Where less motion is wanted, and
where nothing can move, they stand still, complete from the start.
"""

import keyword
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import seqgen

HERE = Path(__file__).with_name("pictures")
SECONDS = 20
PLAYED = 4.0
"""Seconds until a picture is complete."""
WIDE, MARGIN, LINE = 720, 18, 20
GROUND, INK, DIM, BLUE, ORANGE = "#161b22", "#e6edf3", "#9da7b3", "#56b4e9", "#e69f00"
STYLE = f"""\
<style>
text {{ font: 14px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: {INK} }}
.k {{ fill: {BLUE} }}
@media (prefers-reduced-motion: no-preference) {{ .s {{ animation: say 1ms both }} }}
@keyframes say {{ from {{ opacity: .2 }} to {{ opacity: 1 }} }}
</style>"""


def picture(body: Iterable[str], *, height: float, title: str) -> str:
    """An SVG of that height on a dark ground of its own, which stands on light pages and dark ones."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height:g}" role="img">'
    ground = f'<rect width="{WIDE}" height="{height:g}" rx="8" fill="{GROUND}"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", STYLE, ground, *body, "</svg>", ""])


def terminal(command: str, text: str, *, title: str, piece: str = r"\w+|\s+|.") -> str:
    """A command, and what it printed appearing piece by piece."""
    above, pieces = f"$ {command}".split("\n"), re.findall(piece, text.rstrip("\n"), re.DOTALL)
    body = [_line(line, escape(row)) for line, row in enumerate(above)] + list(_written(pieces, len(above)))
    return picture(body, height=2 * MARGIN + LINE * len(body), title=title)


def _line(line: int, row: str) -> str:
    return f'<text xml:space="preserve" x="{MARGIN}" y="{MARGIN + 14 + LINE * line}">{row}</text>'


def _written(pieces: list[str], line: int) -> Iterator[str]:
    """A line of text for each line of the pieces, in which each piece has its moment."""
    row, moment, before = "", 0.0, ""
    for piece in [*pieces, "\n"]:
        first, *more = piece.split("\n")
        quoted = "#" in row or before.count('"""') % 2
        kind = "s k" if piece in keyword.kwlist and not quoted else "s"
        row += f'<tspan class="{kind}" style="animation-delay:{moment:.2f}s">{escape(first)}</tspan>' if first else ""
        for rest in more:
            yield _line(line, row)
            row, line = escape(rest), line + 1
        before += piece
        moment += PLAYED / len(pieces)


def roll(notes: list[tuple[float, float, int]], *, bars: int, title: str) -> str:
    """A piano roll, its notes (begin and end in bars, pitch) lighting up one after another."""
    pitches = [pitch for _, _, pitch in notes]
    low, high, tall = min(pitches) - 1, max(pitches) + 1, 9
    height, wide = 2 * MARGIN + tall * (high - low + 1), (WIDE - 2 * MARGIN) / bars
    body = [
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{MARGIN}" y2="{height - MARGIN}" stroke="{DIM}" stroke-width=".5"/>'
        for x in (MARGIN + wide * bar for bar in range(bars + 1))
    ]
    for begin, end, pitch in notes:
        x, y, length = MARGIN + wide * begin, MARGIN + tall * (high - pitch), wide * (end - begin)
        moment, colour = PLAYED * begin / bars, BLUE if pitch % 12 in (0, 2, 4, 5, 7, 9, 11) else ORANGE
        body.append(
            f'<rect class="s" style="animation-delay:{moment:.2f}s" x="{x:.1f}" y="{y + 1:.1f}" '
            f'width="{max(2, length - 1.5):.1f}" height="{tall - 2}" rx="2" fill="{colour}"/>'
        )
    return picture(body, height=height, title=title)


def trained(folder: Path, corpus: str, domain: str, **options: Any) -> Any:
    """A model that has learnt for a short while."""
    return seqgen.train(corpus, out=folder / domain, domain=domain, minutes=SECONDS / 60, **options)


def names(folder: Path) -> str:
    """Names, one a line."""
    made = trained(folder, "fantasy-names", "chars").generate(count=12, seed=7, temperature=0.7)
    text = "\n".join(sample.content for sample in made)
    said = "seqgen chars generate runs/names -n 12 --temperature 0.7"
    return terminal(said, text, title="A model writes twelve names", piece=".")


def code(folder: Path) -> str:
    """A definition, which parses: the first of some that is neither long nor short."""
    model = trained(folder, "stdlib", "code", include=("unittest/*.py",))
    made = model.generate(prompt="def ", count=40, seed=5, temperature=0.6, min_p=0.1, length=160)
    texts = [sample.content for sample in made]
    text = next(text for text in texts if 6 <= text.count("\n") <= 14 and max(map(len, text.splitlines())) < 80)
    said = 'seqgen code generate runs/code --prompt "def " \\\n    --temperature 0.6 --min-p 0.1 --length 160'
    return terminal(said, text, title="A model writes Python that parses")


def tune(folder: Path) -> str:
    """Eight bars of a melody."""
    model = trained(folder, "tunes", "midi", tokenizer="melody", transpose=3)
    (sample,) = model.generate(count=1, seed=3, bars=8)
    return roll(list(played(sample.content)), bars=8, title="A model writes eight bars of music")


def played(score: Any) -> Iterator[tuple[float, float, int]]:
    """The notes of a piece whose metre does not change."""
    metre = score.metres[0] if score.metres else None
    bar = score.division * 4 * (metre.beats / metre.unit if metre else 1)
    for track in score.tracks:
        yield from ((note.start / bar, (note.start + note.duration) / bar, note.pitch) for note in track.notes)


RECORDINGS = {"text": names, "code": code, "music": tune}

if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for name in sys.argv[1:] or RECORDINGS:
        with tempfile.TemporaryDirectory() as folder:
            (HERE / f"{name}.svg").write_text(RECORDINGS[name](Path(folder)), "utf-8")
        print(f"pictures/{name}.svg: recorded")

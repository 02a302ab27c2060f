"""A text with what its symbols cost as one page of HTML, which holds all it needs and runs nothing."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from seqgen.pictures.scales import SCALES, Scale
from seqgen.pictures.writing import visible
from seqgen.text import show

if TYPE_CHECKING:
    from seqgen.pictures.heat import Measure, Spot

HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{schemes}">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{note}</p>
<p class="legend">{legend}</p>
"""
LOOK = """body { font: 1rem/1.6 sans-serif; margin: 2rem auto; max-width: 52rem; padding: 0 1rem;
  background: var(--g); color: var(--i); print-color-adjust: exact; -webkit-print-color-adjust: exact }
h1 { font-size: 1.2rem }
pre { font: 1rem/1.7 monospace; white-space: pre-wrap; overflow-wrap: anywhere }
.legend span { padding: .2rem .4rem }
b { border-left: 3px solid; margin: 0 2px }"""


def page(spots: "Sequence[Spot]", measure: "Measure", *, title: str, note: str, theme: str) -> str:
    """The page. The title of each symbol says in words what its ground says in colour, and what was likely there."""
    steps = [step for step, _ in measure.legend()]
    parts = [
        HEAD.format(
            schemes="light dark" if theme == "both" else theme,
            title=_safe(title or "A text, symbol by symbol"),
            style="\n".join(_style(steps, theme)),
            note=_safe(note),
            legend="".join(f'<span class="{_name(step)}">{_safe(said)}</span>' for step, said in measure.legend()),
        ),
        "<pre>",
        *(_marked(spot, measure) for spot in spots),
        "</pre>\n",
    ]
    if any(spot.reset for spot in spots):
        parts.append("<p>A bar <b></b> stands where the state was cleared.</p>\n")
    return "".join([*parts, "</body>\n</html>\n"])


def _marked(spot: "Spot", measure: "Measure") -> str:
    text = _safe(spot.text).replace("\n", "↵\n")
    said = f'<span class="{_name(measure.step(spot))}" title="{_safe(_told(spot))}">{text}</span>'
    bar = '<b title="Here the state was cleared."></b>' if spot.reset else ""
    return said + bar + ("\n" if spot.ends else "")


def _told(spot: "Spot") -> str:
    unit = [] if spot.activation is None else [f"activation {spot.activation:.3f}"]
    likely = ", ".join(f"{show(symbol)} {share:.1%}" for symbol, share in spot.likely)
    return "; ".join([*unit, f"{spot.bits:.2f} bits", *([f"likeliest: {likely}"] if likely else [])])


def _safe(text: str) -> str:
    """Text that stands for itself, whatever it is; of what does not print only line feeds are left."""
    return "\n".join(escape(visible(line)) for line in text.split("\n"))


def _name(step: int) -> str:
    return f"h{step}" if step >= 0 else f"n{-step}"


def _style(steps: Sequence[int], theme: str) -> Iterator[str]:
    """The grounds of one theme; or of both, the dark ones for readers whose pages are dark, though not on paper."""
    yield f":root {{ {_colours(SCALES['dark' if theme == 'dark' else 'light'], steps)} }}"
    if theme == "both":
        yield f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_colours(SCALES['dark'], steps)} }} }}"
    yield LOOK
    yield "\n".join(f".{_name(step)} {{ background: var(--{_name(step)}) }}" for step in steps)


def _colours(scale: Scale, steps: Sequence[int]) -> str:
    grounds = "; ".join(f"--{_name(step)}: {scale.at(step / max(steps))}" for step in steps)
    return f"--g: {scale.ground}; --i: {scale.ink}; {grounds}"

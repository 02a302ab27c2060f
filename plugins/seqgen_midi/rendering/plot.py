"""A piano roll as a picture, drawn by matplotlib."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from seqgen.pictures import BOTH, require, save, styled
from seqgen.pictures.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from seqgen_midi.bars import Bar, Bars, beat_length
from seqgen_midi.rendering.summary import note_name, summary
from seqgen_midi.score import DRUMS, Score, Track

BARS, SYSTEMS = 8, 8
"""Bars of a system at first, and systems at most: a longer piece has twice as many bars in each, and so on."""
LINES, MANY = 65, 4096
"""Bar lines drawn in a system at most; beyond so many bars a system may begin within one."""
WIDTH, HEIGHT, TITLE = 12.0, 1.9, 0.7
"""Inches of the picture, of a system, and of what stands around them."""
BLACK = (1, 3, 6, 8, 10)
"""The pitch classes of black keys."""
FAINTEST = 0.35
"""How opaque the softest note is."""
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#8c564b", "#7f7f7f")
"""By track: told apart by those who see fewer colours, too."""


def plot(score: Score, path: Path) -> None:
    """Draw a piece into a .png or .svg file: tracks by colour, velocity by strength, with bars, beats and C's.

    Drums are left out unless there is nothing else. The same piece gives the same bytes. Raises as
    `seqgen.pictures.require` and `save` do.
    """
    path = require(path)
    with styled():
        save(_figure(score), path, title=summary(score))


def _figure(score: Score) -> Any:
    from matplotlib.figure import Figure

    systems = _systems(score)
    figure = Figure(figsize=(WIDTH, TITLE + HEIGHT * len(systems)), layout="constrained")
    figure.suptitle(summary(score), fontsize=10, x=0.01, ha="left")
    panels = figure.subplots(len(systems), 1, squeeze=False)[:, 0]
    longest = max(stop - start for start, stop in systems)
    for axes, (start, stop) in zip(panels, systems, strict=True):
        _keys(axes, _drawn(score), (start, start + longest))
        _lines(axes, Bars.of(score), (start, stop))
        _notes(axes, score, (start, stop))
    _legend(panels[0], score)
    return figure


def _systems(score: Score) -> list[tuple[int, int]]:
    """From which tick to which each system goes: whole bars, unless there are too many to look at each of them."""
    bars = Bars.of(score)
    count = 1 + bars.at(max(0, score.end - 1)).number
    each = BARS
    while each * SYSTEMS < count:
        each *= 2
    if count > MANY:
        share = -(-score.end // -(-count // each))
        return [(start, min(start + share, score.end)) for start in range(0, score.end, share)]
    found = list(bars.until(score.end))
    return [(found[first].start, found[min(first + each, count) - 1].stop) for first in range(0, count, each)]


def _drawn(score: Score) -> list[tuple[int, Track]]:
    """The tracks with notes, each with its number; without drums if there is any other."""
    found = [(number, track) for number, track in enumerate(score.tracks) if track.notes]
    return [each for each in found if each[1].channel != DRUMS] or found


def _keys(axes: Any, tracks: Sequence[tuple[int, Track]], span: tuple[int, int]) -> None:
    """The ground: the pitches that are used, black keys darker, the names of C's at the left."""
    pitches = [note.pitch for _, track in tracks for note in track.notes] or [60, 71]
    low, high = min(pitches) - 1, max(pitches) + 1
    axes.set(xlim=span, ylim=(low - 0.5, high + 0.5))
    for pitch in range(low, high + 1):
        if pitch % 12 in BLACK:
            axes.axhspan(pitch - 0.5, pitch + 0.5, color=BOTH.ink, alpha=0.1, linewidth=0, zorder=0)
        if pitch % 12 == 0:
            axes.axhline(pitch - 0.5, color=BOTH.ink, alpha=0.4, linewidth=0.6, zorder=1)
    named = sorted({pitch for pitch in range(low, high + 1) if pitch % 12 == 0} or {low + 1, high - 1})
    axes.set_yticks(named, [note_name(pitch) for pitch in named])
    axes.tick_params(length=0, colors=BOTH.ink)
    axes.grid(False)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)


def _lines(axes: Any, bars: Bars, span: tuple[int, int]) -> None:
    """Bar lines with the bars' numbers below, and beats; of very many bars some."""
    first, last = bars.at(span[0]).number, bars.at(span[1] - 1).number
    if last - first < LINES:
        shown = list(_between(bars, span))
        for bar in shown:
            beats = range(bar.start, bar.stop, beat_length(bars.division, bar.metre))
            axes.vlines(beats[1:LINES], *axes.get_ylim(), color=BOTH.ink, alpha=0.25, linewidth=0.6, zorder=1)
        axes.vlines(
            [*(bar.start for bar in shown), span[1]],
            *axes.get_ylim(),
            color=BOTH.ink,
            alpha=0.7,
            linewidth=0.9,
            zorder=2,
        )
        numbered = shown[:: max(1, len(shown) // BARS)]
        axes.set_xticks([bar.start for bar in numbered], [str(bar.number + 1) for bar in numbered], ha="left")
    else:
        axes.set_xticks([span[0]], [str(first + 1)], ha="left")


def _between(bars: Bars, span: tuple[int, int]) -> Iterator[Bar]:
    tick = span[0]
    while tick < span[1]:
        bar = bars.at(tick)
        yield bar
        tick = bar.stop


def _notes(axes: Any, score: Score, span: tuple[int, int]) -> None:
    """The notes as bars, a little apart from each other, with a darker edge."""
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgba

    gap = (axes.get_xlim()[1] - axes.get_xlim()[0]) / 1500
    for number, track in _drawn(score):
        colour = COLOURS[number % len(COLOURS)]
        boxes, faces = [], []
        for note in track.notes:
            start, stop = max(note.start, span[0]), min(max(note.end, note.start + 1), span[1])
            if start < stop:
                right, low, high = max(stop - gap, start + gap), note.pitch - 0.42, note.pitch + 0.42
                boxes.append([(start, low), (start, high), (right, high), (right, low)])
                faces.append(to_rgba(colour, FAINTEST + (1 - FAINTEST) * note.velocity / 127))
        axes.add_collection(PolyCollection(boxes, facecolors=faces, edgecolors=colour, linewidths=0.6, zorder=3))


def _legend(axes: Any, score: Score) -> None:
    """The names of the tracks, where there are several."""
    from matplotlib.patches import Patch

    tracks = _drawn(score)
    if len(tracks) > 1:
        marks = [
            Patch(color=COLOURS[number % len(COLOURS)], label=track.name or f"track {number + 1}")
            for number, track in islice(tracks, len(COLOURS))
        ]
        axes.legend(
            handles=marks, loc="lower right", bbox_to_anchor=(1, 1), ncols=4, frameon=False, fontsize=8, borderaxespad=0
        )

"""The metrics of music.

Each figure is of one piece, and a metric is its mean over the excerpts that have it. Excerpts are often cut at their
end: of those the last bar does not count (`piece`). The two figures that compare with training stand in `novelty`.
"""

from collections.abc import Callable, Sequence
from functools import partial

from seqgen.metric import Better, Excerpt, Material, Metric
from seqgen_midi.metrics import novelty, rhythm, texture, tonality
from seqgen_midi.metrics.piece import Piece
from seqgen_midi.score import Score

Figure = Callable[[Piece], float | None]

FIGURES: dict[str, tuple[Figure, str, str]] = {
    "pitch_class_entropy": (tonality.pitch_class_entropy, "bits", "entropy of the pitch classes of a piece"),
    "in_key": (tonality.in_key, "share", "notes in the key of the piece, as Krumhansl and Kessler find it"),
    "scale_consistency": (tonality.scale_consistency, "share", "notes in the major or minor scale with the most"),
    "groove_consistency": (rhythm.groove_consistency, "share", "positions that neighbouring bars share"),
    "polyphony": (texture.polyphony, "notes", "notes at once while any sounds"),
    "polyphony_rate": (texture.polyphony_rate, "share", "time with two notes or more, while any sounds"),
    "empty_bars": (rhythm.empty_bars, "share", "bars in which nothing sounds"),
    "bar_repetition": (rhythm.bar_repetition, "share", "bars that repeat an earlier one of the piece"),
    "phrase_repetition": (rhythm.phrase_repetition, "share", "four bars in a row that came before in the piece"),
    "phrase_transposition": (rhythm.phrase_transposition, "share", "four bars in a row that came before, in any key"),
    "mean_leap": (texture.mean_leap, "semitones", "from one note of the top line to the next"),
    "wide_leaps": (texture.wide_leaps, "share", "steps of the top line wider than an octave"),
    "note_density": (rhythm.note_density, "notes", "notes a bar"),
    "pitch_range": (texture.pitch_range, "semitones", "from the lowest note to the highest"),
}
"""What can be said of a piece by itself: the figure, its unit, and a summary."""
RUNS = (4, 8, 16)
"""Notes of a run whose novelty is measured."""


def measure(score: Score) -> dict[str, float | None]:
    """Each figure of a whole piece, by its name; None where there is nothing to measure."""
    piece = Piece(score)
    return {name: figure(piece) for name, (figure, _, _) in FIGURES.items()}


def mean(excerpts: Sequence[Excerpt], material: Material, *, figure: Figure) -> float | None:
    """A figure's mean over the excerpts that have it; None if none has."""
    found = [value for each in excerpts if (value := figure(Piece.of(each))) is not None]
    return sum(found) / len(found) if found else None


def _metric(name: str, unit: str, better: Better, *, measure: Callable[..., float | None], summary: str) -> Metric:
    return Metric(name, "midi", unit, better, measure, summary)


METRICS = (
    *(
        _metric(name, unit, "like held-out", measure=partial(mean, figure=figure), summary=summary)
        for name, (figure, unit, summary) in FIGURES.items()
    ),
    _metric(
        "memorisation",
        "notes",
        "like held-out",
        measure=novelty.memorisation,
        summary="longest run shared with training in any key, on average",
    ),
    *(
        _metric(
            f"novelty_{n}",
            "share",
            "like held-out",
            measure=partial(novelty.novelty, n=n),
            summary=f"runs of {n} notes that training has in no key",
        )
        for n in RUNS
    ),
)

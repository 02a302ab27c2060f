"""What is measured of games."""

from collections.abc import Iterator, Sequence

from seqgen.metric import Excerpt, Material, Metric
from seqgen_pgn.legal import BEGUN, following
from seqgen_pgn.san import RESULTS, San


def is_legal(game: str) -> bool:
    """Whether the rules allow every move, and the result; a game may be cut."""
    at = BEGUN
    for symbol in San().split(game):
        behind = following(at).get(symbol)
        if behind is None:
            return False
        at = behind
    return True


def legal(excerpts: Sequence[Excerpt], material: Material) -> float | None:
    """The share of legal games; None if there are none from the beginning.

    None for held-out games too: they are legal, and lack only moves that the vocabulary lacks.
    """
    if excerpts is material.held_out:
        return None
    found = [is_legal(game) for game in _games(excerpts)]
    return sum(found) / len(found) if found else None


def half_moves(excerpts: Sequence[Excerpt], material: Material) -> float | None:
    """How many half-moves a game has on average."""
    found = [sum(symbol not in RESULTS for symbol in San().split(game)) for game in _games(excerpts)]
    return sum(found) / len(found) if found else None


def _games(excerpts: Sequence[Excerpt]) -> Iterator[str]:
    return ("".join(each.pieces) for each in excerpts if each.begins)


METRICS = [
    Metric("legal", "pgn", "of games", "higher", legal, summary="legal from the first move to the last"),
    Metric("half_moves", "pgn", "half-moves", "like held-out", half_moves, summary="in a game, on average"),
]

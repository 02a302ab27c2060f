"""What the bars of a piece hold, and which of them come again. Without a whole bar there are none of these figures."""

from collections.abc import Hashable, Iterable

from seqgen_midi.metrics.piece import Piece, Stroke

PHRASE = 4
"""Bars of a phrase."""
Content = tuple[Stroke, ...]


def groove_consistency(piece: Piece) -> float | None:
    """How much the positions at which notes begin are the same in neighbouring bars, on average: 0 to 1.

    For two bars whose positions are the sets A and B it is 1 - |A xor B| / |A or B|, the share of positions that both
    have. Wu and Yang (2020, arXiv 2008.01307) take all pairs of bars and divide by how many positions there are
    in a bar, so that few notes always look alike. Pairs without any note are left out; None without other pairs.
    Positions count in twelfths of a quarter, percussion too.
    """
    found = piece.positions
    firsts = {bar - back for bar in found for back in (0, 1) if 0 <= bar - back < piece.size - 1}
    pairs = [(found.get(bar, set()), found.get(bar + 1, set())) for bar in sorted(firsts)]
    return _mean(len(one & other) / len(one | other) for one, other in pairs)


def empty_bars(piece: Piece) -> float | None:
    """The share of bars in which nothing sounds, up to the last in which something does."""
    return 1 - piece.sounding / piece.size if piece.size else None


def note_density(piece: Piece) -> float | None:
    """How many notes, percussion too, begin in a bar, on average."""
    return sum(map(len, piece.bars.values())) / piece.size if piece.size else None


def bar_repetition(piece: Piece) -> float | None:
    """The share of bars that repeat an earlier one of the piece exactly: the same notes, at the same ticks, as long.

    Velocities and tracks are not compared. Bars in which no note begins are left out; None if that is all of them.
    """
    return _again(content for _, content in sorted(piece.bars.items()))


def phrase_repetition(piece: Piece) -> float | None:
    """The share of phrases of four bars that repeat an earlier one exactly.

    A phrase is any four bars in a row, so it does not matter where the first begins. Those in which no note begins are
    left out; None if that is all of them.
    """
    return _again(_phrases(piece))


def phrase_transposition(piece: Piece) -> float | None:
    """The share of phrases of four bars that repeat an earlier one exactly, or transposed as a whole but for
    percussion."""
    return _again(map(_from_first, _phrases(piece)))


def _phrases(piece: Piece) -> list[tuple[Content, ...]]:
    last = piece.size - PHRASE
    firsts = {bar - back for bar in piece.bars for back in range(PHRASE) if 0 <= bar - back <= last}
    return [tuple(piece.bars.get(first + i, ()) for i in range(PHRASE)) for first in sorted(firsts)]


def _from_first(phrase: tuple[Content, ...]) -> tuple[Content, ...]:
    """A phrase with its pitches counted from its first note."""
    first = next((stroke.pitch for bar in phrase for stroke in bar if not stroke.drum), 0)
    return tuple(
        tuple(stroke if stroke.drum else stroke._replace(pitch=stroke.pitch - first) for stroke in bar)
        for bar in phrase
    )


def _again(units: Iterable[Hashable]) -> float | None:
    """The share of units that came before."""
    found = list(units)
    return 1 - len(set(found)) / len(found) if found else None


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None

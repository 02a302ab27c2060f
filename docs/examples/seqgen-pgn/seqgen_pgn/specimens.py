"""Games for the checks of `seqgen plugin check`."""

from typing import Any

from seqgen.specimens import Specimens
from seqgen_pgn.playing import play
from seqgen_pgn.san import San


def _strategy() -> Any:
    from hypothesis import strategies

    return strategies.builds(play, strategies.integers(0, 10_000), longest=strategies.integers(0, 12))


def _long(units: int) -> str:
    """Knights that go out and home again."""
    there_and_back = ["Nf3", "Nf6", "Ng1", "Ng8"]
    return "".join(San().join(there_and_back[place % 4] for place in range(units)))


SPECIMENS = Specimens("pgn", contents=lambda: map(play, range(20)), strategy=_strategy, grow=_long)

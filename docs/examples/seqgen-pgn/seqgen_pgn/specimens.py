"""Games for the checks of `seqgen plugin check`."""

import random
from typing import Any

import chess

from seqgen.specimens import Specimens
from seqgen_pgn.san import San


def play(seed: int, *, longest: int = 40) -> str:
    """A game that is legal and nothing else: its moves are drawn by chance."""
    chance, board, moves = random.Random(seed), chess.Board(), list[str]()
    while len(moves) < longest and any(board.legal_moves):
        moves.append(board.san_and_push(chance.choice(list(board.legal_moves))))
    return "".join(San().join([*moves, board.result()]))


def _strategy() -> Any:
    from hypothesis import strategies

    return strategies.builds(play, strategies.integers(0, 10_000), longest=strategies.integers(0, 12))


def _long(units: int) -> str:
    """Knights that go out and home again."""
    there_and_back = ["Nf3", "Nf6", "Ng1", "Ng8"]
    return "".join(San().join(there_and_back[place % 4] for place in range(units)))


SPECIMENS = Specimens("pgn", contents=lambda: map(play, range(10)), strategy=_strategy, grow=_long)

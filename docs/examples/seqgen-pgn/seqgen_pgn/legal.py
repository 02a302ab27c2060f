"""The rules of chess as a constraint: every move is legal, and a game that is over has its result.

Shapes: V vocabulary.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import chess
import numpy as np

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Mask, Rule, Spoken
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen_pgn.san import RESULTS

MOVE = Boundary("move")


class At(NamedTuple):
    """A position in a game; none behind its result. `owed`: a mark of the level `move` has to come first."""

    position: str
    owed: bool = False


BEGUN, OVER = At(chess.Board().epd()), At("")


@lru_cache(1 << 12)
def moves(position: str) -> dict[str, str]:
    """The legal moves of a position, and the position behind each."""
    board, _ = chess.Board.from_epd(position)
    found = {}
    for move in list(board.legal_moves):
        san = board.san_and_push(move)
        found[san] = board.epd()
        board.pop()
    return found


def results(position: str) -> tuple[str, ...]:
    """The results that may be written down: any of them while there are moves, for games are given up or broken off."""
    return RESULTS if moves(position) else (chess.Board.from_epd(position)[0].result(),)


def following(at: At, *, marked: bool = False) -> dict[Spoken, At]:
    """All that may come next, and where it leads; `marked` says whether White's moves have marks before them."""
    if at == OVER:
        return {DOCUMENT_BOUNDARY: BEGUN}
    if at.owed:
        return {MOVE: At(at.position)}
    owed = marked and " b " in at.position
    ends: dict[Spoken, At] = dict.fromkeys(results(at.position), OVER)
    return ends | {san: At(after, owed) for san, after in moves(at.position).items()}


class Legal(Constraint):
    """Moves that the position allows, in the notation that it asks for. Repetitions and the fifty moves are nobody's
    affair: they have to be claimed."""

    start = BEGUN
    alone = True

    def __init__(self, codec: Codec) -> None:
        self._vocabulary, self._marked = codec.vocabulary, "move" in codec.tokenizer.levels
        self._mask = lru_cache(1 << 12)(self._mask_of)

    def step(self, state: Any, symbol: Spoken) -> At | None:
        return following(state, marked=self._marked).get(symbol)

    def allowed(self, state: Any) -> Mask:
        return self._mask(state)

    def complete(self, state: Any) -> list[Spoken]:
        """The game is broken off, unless it is over."""
        ends: list[Spoken] = [] if state == OVER else [results(state.position)[-1]]
        return [MOVE, *ends] if state.owed else ends

    def _mask_of(self, state: At) -> Mask:
        mask_V = np.zeros(self._vocabulary.size, np.bool_)
        known = [symbol for symbol in following(state, marked=self._marked) if symbol in self._vocabulary]
        mask_V[[self._vocabulary.id_of(symbol) for symbol in known]] = True
        mask_V.setflags(write=False)
        return mask_V

    def __str__(self) -> str:
        return "chess"


RULE = Rule(name="legal", domain="pgn", tokenizers=("san",), make=Legal, summary="every move is legal in its position")

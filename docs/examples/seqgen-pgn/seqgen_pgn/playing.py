"""Games to try things on: two players who take what they can, and else move as chance has it."""

import random

import chess

from seqgen_pgn.san import San

WORTH = {chess.PAWN: 1, chess.KNIGHT: 3, chess.BISHOP: 3, chess.ROOK: 5, chess.QUEEN: 9}
LONGEST = 80
"""Half-moves after which a game is judged by what each side has left."""


def play(seed: int, *, longest: int = LONGEST) -> str:
    """A whole game as the tokenizer writes it."""
    chance, board, moves = random.Random(seed), chess.Board(), list[str]()
    while len(moves) < longest and any(board.legal_moves):
        choices = list(board.legal_moves)
        (move,) = chance.choices(choices, [_weight(board, each) for each in choices])
        moves.append(board.san_and_push(move))
    return "".join(San().join([*moves, _judged(board)]))


def _weight(board: chess.Board, move: chess.Move) -> float:
    taken = board.piece_type_at(move.to_square)
    ahead = chess.square_rank(move.to_square) - chess.square_rank(move.from_square)
    forward = max(ahead if board.turn else -ahead, 0)
    board.push(move)
    mate = board.is_checkmate()
    board.pop()
    return 10_000 * mate + 10 * WORTH.get(taken or 0, 0) + forward + 0.2


def _judged(board: chess.Board) -> str:
    if not any(board.legal_moves):
        return board.result()
    sides = [sum(worth * len(board.pieces(kind, side)) for kind, worth in WORTH.items()) for side in chess.COLORS]
    return "1/2-1/2" if abs(sides[0] - sides[1]) < 3 else "1-0" if sides[0] > sides[1] else "0-1"

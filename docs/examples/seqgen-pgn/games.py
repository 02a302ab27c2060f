"""`python games.py games.pgn 1000` writes games to learn from.

Two players take what they can, mate where they can, and else move as chance has it.
"""

import random
import sys
from pathlib import Path

import chess
import chess.pgn

WORTH = {chess.PAWN: 1, chess.KNIGHT: 3, chess.BISHOP: 3, chess.ROOK: 5, chess.QUEEN: 9}
LONGEST = 80
"""Half-moves after which a game is judged by what each side has left."""


def play(seed: int) -> str:
    """A whole game as PGN."""
    chance, board = random.Random(seed), chess.Board()
    while board.ply() < LONGEST and any(board.legal_moves):
        choices = list(board.legal_moves)
        board.push(*chance.choices(choices, [weight(board, move) for move in choices]))
    game = chess.pgn.Game.from_board(board)
    game.headers["Result"] = judged(board)
    return f"{game}\n\n"


def weight(board: chess.Board, move: chess.Move) -> float:
    """How much a move is wanted."""
    taken = board.piece_type_at(move.to_square)
    ahead = chess.square_rank(move.to_square) - chess.square_rank(move.from_square)
    forward = max(ahead if board.turn else -ahead, 0)
    board.push(move)
    mate = board.is_checkmate()
    board.pop()
    return 10_000 * mate + 10 * WORTH.get(taken or 0, 0) + forward + 0.2


def judged(board: chess.Board) -> str:
    """The result of a game that is over, or that has gone on for long enough."""
    if not any(board.legal_moves):
        return board.result()
    sides = [sum(worth * len(board.pieces(kind, side)) for kind, worth in WORTH.items()) for side in chess.COLORS]
    return "1/2-1/2" if abs(sides[0] - sides[1]) < 3 else "1-0" if sides[0] > sides[1] else "0-1"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text("".join(map(play, range(int(sys.argv[2])))), "utf-8")

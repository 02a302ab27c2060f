"""PGN files to games, and back."""

import io
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import chess
import chess.pgn

from seqgen.domain import Document, Domain, Form, Notes, Selection
from seqgen.records import option
from seqgen.text import TextOptions, read_text, show, write_text
from seqgen_pgn.san import RESULTS, San

TAGS = {"Event": "?", "Site": "?", "Date": "????.??.??", "Round": "?", "White": "?", "Black": "?"}
"""The tags that every game is to have, beside its result; with what they say where nothing is known."""


@dataclass(frozen=True)
class Reading(Selection):
    """How games are read."""

    label: tuple[str, ...] = option((), "Label games with what this tag says, such as Result, White or ECO")


class Game(chess.pgn.BaseVisitor["Game"]):
    """What is kept of a game while python-chess reads it; `fault` says why it is left out, if it is."""

    def __init__(self, notes: Notes) -> None:
        self.notes, self.tags = notes, dict[str, str]()
        self.moves, self.end, self.fault = list[str](), "", ""
        self.board = chess.Board()

    def visit_header(self, tagname: str, tagvalue: str) -> None:
        self.tags[tagname] = tagvalue

    def end_headers(self) -> None:
        if {"FEN", "Variant"} & self.tags.keys():
            self.fault = "it does not begin as chess does"

    def visit_move(self, board: chess.Board, move: chess.Move) -> None:
        if self.end or not move:
            self.fault = "a move stands behind its end" if self.end else "a move is passed"
        self.moves.append(board.san(move))

    def visit_board(self, board: chess.Board) -> None:
        self.board = board

    def visit_result(self, result: str) -> None:
        self.end = result

    def visit_comment(self, comment: str) -> None:
        self.notes["comments dropped"] += 1

    def visit_nag(self, nag: int) -> None:
        self.notes["marks such as ! dropped"] += 1

    def begin_variation(self) -> chess.pgn.SkipType:
        self.notes["variations dropped"] += 1
        return chess.pgn.SKIP

    def handle_error(self, error: Exception) -> None:
        self.fault = self.fault or str(error)

    def result(self) -> "Game":
        told = self.end or self.tags.get("Result", "*")
        self.end = told if any(self.board.legal_moves) else self.board.result()
        self.notes["results put right"] += self.end != told
        if not self.moves and not self.fault:
            self.fault = "there are no moves"
        return self


def games(path: Path, notes: Notes) -> Iterator[tuple[str, Game]]:
    """The games of a file by name, broken ones too."""
    file = io.StringIO("".join(read_text(path, TextOptions(), notes)))
    number = 0
    while game := chess.pgn.read_game(file, Visitor=lambda: Game(notes)):
        number += 1
        yield f"{path.name}:{number}", game


def read(path: Path, options: Reading, notes: Notes) -> Iterator[Document]:
    """A document a game, as `San` writes it; the notes count what is dropped."""
    for name, game in games(path, notes):
        if game.fault:
            notes["broken games left out, as inspect tells one by one"] += 1
            continue
        tags = {tag: game.tags[tag] for tag in options.label if game.tags.get(tag, "?").strip("?.")}
        yield Document(name, "".join(San().join([*game.moves, game.end])), {t.lower(): v for t, v in tags.items()})


def audit(path: Path, options: Reading) -> Iterator[str]:
    """A line for each game that is left out."""
    return (f"{name}: {game.fault}: left out" for name, game in games(path, Notes()) if game.fault)


def write(pieces: Iterable[str], path: Path) -> None:
    """Write games as PGN; each is a line of the text."""
    write_text((_as_pgn(game) for game in "".join(pieces).splitlines()), path)


def _as_pgn(game: str) -> str:
    last = game.split()[-1:]
    tags = TAGS | {"Result": last[0] if last and last[0] in RESULTS else "*"}
    lines = [f'[{tag} "{value}"]' for tag, value in tags.items()]
    return "\n".join([*lines, "", textwrap.fill(game, 79), "", ""])


DOMAIN = Domain(
    name="pgn",
    summary="games of chess, a half-move at a time",
    suffixes=(".pgn",),
    levels=("document", "move"),
    tokenizer="san",
    options=Reading,
    read=read,
    write=write,
    show=show,
    form=Form(unit="half-move", document="game", audit=audit),
)

"""PGN files to games, and back."""

import io
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

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


class Builder(chess.pgn.GameBuilder[chess.pgn.Game]):
    """Keeps what is wrong with a game, and does not say it aloud."""

    def handle_error(self, error: Exception) -> None:
        self.game.errors.append(error)


def games(path: Path, notes: Notes) -> Iterator[tuple[str, chess.pgn.Game]]:
    """The games of a file by name, broken ones too."""
    file, number = io.StringIO("".join(read_text(path, TextOptions(), notes))), 0
    while game := chess.pgn.read_game(file, Visitor=Builder):
        number += 1
        yield f"{path.name}:{number}", game


def fault(game: chess.pgn.Game) -> str:
    """Why a game is left out, if it is."""
    if game.errors:
        return str(game.errors[0])
    if {"FEN", "Variant"} & game.headers.keys():
        return "it does not begin as chess does"
    if not all(node.move for node in game.mainline()):
        return "a move is passed"
    return "" if game.next() else "there are no moves"


def symbols(game: chess.pgn.Game, notes: Notes) -> Iterator[str]:
    """The half-moves and the result; the notes count what is dropped."""
    board, told = game.board(), game.headers.get("Result", "*")
    for node in game.mainline():
        notes["comments dropped"] += bool(node.comment)
        notes["marks such as ! dropped"] += len(node.nags)
        notes["variations dropped"] += len(node.parent.variations) - 1
        yield board.san_and_push(node.move)
    result = board.result() if not any(board.legal_moves) else told if told in RESULTS else "*"
    notes["results put right"] += result != told
    game.headers["Result"] = result
    yield result


def read(path: Path, options: Reading, notes: Notes) -> Iterator[Document]:
    """A document a game, as `San` writes it."""
    for name, game in games(path, notes):
        if fault(game):
            notes["broken games left out, as inspect tells one by one"] += 1
            continue
        content = "".join(San().join(symbols(game, notes)))
        tags = {tag.lower(): game.headers.get(tag, "?") for tag in options.label}
        yield Document(name, content, {tag: value for tag, value in tags.items() if value.strip("?.")})


def audit(path: Path, options: Reading) -> Iterator[str]:
    """A line for each game that is left out."""
    return (f"{name}: {fault(game)}: left out" for name, game in games(path, Notes()) if fault(game))


def write(pieces: Iterable[str], path: Path) -> None:
    """Write games as PGN; each is a line of the text."""
    write_text(map(_as_pgn, "".join(pieces).splitlines()), path)


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

"""What this plugin promises, beside the checks that every plugin has."""

import io
from pathlib import Path

import chess.pgn
import pytest

import seqgen
from seqgen.codec import Codec
from seqgen.domain import Notes
from seqgen.errors import UsageError
from seqgen.metric import Excerpt, Material
from seqgen.testing import checks
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_pgn.domain import Reading, audit, read, write
from seqgen_pgn.legal import MOVE, OVER, Legal
from seqgen_pgn.metrics import METRICS, is_legal
from seqgen_pgn.san import San
from seqgen_pgn.specimens import play

GAMES = Path(__file__).parents[1] / "games.pgn"
MATE = "1. f3 e5 2. g4 Qh4# 0-1"
UNCLEAN = """\
[White "Ann"]
[Result "1-0"]

1. e4 {best by test} e5 (1... c5 2. Nf3) 2. Nf3! 1-0

1. e4 Ke7 *

[FEN "8/8/8/8/8/k7/8/K6R w - - 0 1"]

1. Rh3# 1-0

1. f3 e5 2. g4 Qh4# 1-0
"""


@pytest.mark.parametrize("check", checks("pgn"), ids=str)
def test_the_laws_of_plugins_hold(check):
    check.run()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model that has learnt next to nothing: what it writes is legal by the rules alone."""
    out = tmp_path_factory.mktemp("runs") / "games"
    return seqgen.train(GAMES, domain="pgn", reset="move", out=out, steps=8, width=24, validations=1)


def replay(game):
    """The board behind a game that python-chess reads, each half-move with its number."""
    found = chess.pgn.read_game(io.StringIO(game))
    assert found is not None and not found.errors
    board = found.end().board()
    written = [each for each in San().split(game) if isinstance(each, str)]
    assert board.ply() == len(written) - 1, game
    return board, written[-1]


def test_every_game_is_legal_to_its_last_move(model):
    for sample in model.generate(count=24, length=40, seed=1):
        board, result = replay(sample.text)
        assert result in ("1-0", "0-1", "1/2-1/2", "*") if any(board.legal_moves) else result == board.result()


def test_without_the_rules_games_are_not(model):
    assert not all(is_legal(sample.text) for sample in model.generate(count=8, length=40, constraint=None))


def test_a_prompt_is_gone_on_with_or_refused(model):
    (sample,) = model.generate("1. d4 d5", length=6)
    assert sample.text.startswith("1. d4 d5 ") and is_legal(sample.text)
    with pytest.raises(UsageError, match="chess does not allow"):
        list(model.generate("1. d4 d4"))


def behind(game, *, levels=()):
    """The rules for a vocabulary of one game, and their state behind it."""
    san = San(levels)
    vocabulary = Vocabulary.build(("document", *levels), san.count(game), alphabet=san.alphabet())
    rules = Legal(Codec(san, vocabulary))
    return rules, rules.begin(san.split(game))


def test_a_game_that_is_mated_has_one_result():
    rules, state = behind("1. f3 e5 2. g4 Qh4#")
    assert [each for each in ("0-1", "1-0", "*", DOCUMENT_BOUNDARY) if rules.step(state, each)] == ["0-1"]
    assert list(rules.complete(state)) == ["0-1"]
    assert rules.step(state, "0-1") == OVER and not list(rules.complete(OVER))


@pytest.mark.parametrize(
    ("game", "legal", "not_legal"),
    [
        ("1. e4 e5 2. Nf3 Nc6 3. Bc4 Bc5", "O-O", "O-O-O"),
        ("1. e4 a6 2. e5 d5", "exd6", "exf6"),
        ("1. e4 a6 2. e5 d5 3. a3 a5", "d4", "exd6"),  # too late to take in passing
        ("1. e4 d5 2. exd5 c6 3. dxc6 a6 4. cxb7 a5", "bxa8=N", "bxa8"),
        ("1. Nf3 a6 2. e3 a5 3. Be2 a4 4. d3 a3", "Nfd2", "Nd2"),
        ("1. e4 f6 2. a3 g5", "Qh5#", "Qh5"),
    ],
)
def test_castling_passing_promotion_and_notation(game, legal, not_legal):
    rules, state = behind(game)
    assert rules.step(state, legal) is not None
    assert rules.step(state, not_legal) is None


def test_only_what_the_vocabulary_has_may_come_and_a_game_can_always_be_broken_off():
    rules, state = behind("1. e4 e5")  # neither can come again
    assert rules.allowed(state).sum() == 4 == sum(rules.allowed(state)[-6:])  # ids: the document, unknown, six symbols
    assert all(rules.step(state, result) for result in ("1-0", "0-1", "1/2-1/2", "*"))
    assert rules.step(state, "Nf3")


def test_a_mark_stands_before_each_of_whites_moves_but_the_first():
    assert list(San(("move",)).split(MATE)) == ["f3", "e5", MOVE, "g4", "Qh4#", MOVE, "0-1"]
    rules, state = behind("1. f3 e5", levels=("move",))
    assert rules.step(state, "g4") is None
    assert list(rules.complete(state)) == [MOVE, "*"]
    assert rules.step(rules.step(state, Boundary("move")), "g4") is not None


def test_reading_keeps_the_moves_and_says_what_it_drops(tmp_path):
    path, notes = tmp_path / "some.pgn", Notes()
    path.write_text(UNCLEAN, "utf-8")
    documents = list(read(path, Reading(label=("White", "Result")), notes))
    assert [document.content for document in documents] == ["1. e4 e5 2. Nf3 1-0", MATE]
    assert documents[0].labels == {"white": "Ann", "result": "1-0"} and documents[1].labels == {"result": "0-1"}
    assert +notes == {
        "files in utf-8": 1,
        "comments dropped": 1,
        "variations dropped": 1,
        "marks such as ! dropped": 1,
        "results put right": 1,
        "broken games left out, as inspect tells one by one": 2,
    }
    assert [line.split(": ")[0] for line in audit(path, Reading())] == ["some.pgn:2", "some.pgn:3"]


def test_what_is_written_is_read_again(tmp_path):
    path, games = tmp_path / "out.pgn", [play(seed) for seed in range(3)]
    write((f"{game}\n" for game in games), path)
    assert [document.content for document in read(path, Reading(), Notes())] == games


def test_the_metrics():
    legal, half_moves = (metric.measure for metric in METRICS)
    excerpts = [Excerpt((MATE,)), Excerpt(("1. e4 ", "e4"), ends=False), Excerpt(("e5",), begins=False)]
    assert legal(excerpts, Material()) == 0.5
    assert half_moves(excerpts, Material()) == 3
    assert legal([], Material()) is None
    assert legal(excerpts, Material(held_out=excerpts)) is None

"""`--draft`: one-to-many models draw from their first head; the others cannot, and some options do not go with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import seqgen
from seqgen import api
from seqgen.generation import Solo
from seqgen.lanes import Strategy
from tests.cli.test_commands import Terminal, home, terminal  # noqa: F401
from tests.runs import SMALL, one_thread, write_book


@pytest.fixture(scope="module")
def ahead(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A one-to-many run."""
    folder = tmp_path_factory.mktemp("ahead")
    with one_thread():
        api.train(str(write_book(folder)), out=folder / "run", steps=20, horizon=4, cell="min-gru", **SMALL)
    yield folder / "run"


def test_a_draft_is_what_the_first_head_draws(terminal: Terminal, ahead: Path) -> None:  # noqa: F811
    said = terminal(f"chars generate {ahead} --draft --length 70 --temperature 0 --prompt moss")
    model = seqgen.load(ahead)
    alone = model.with_voice(Solo(model.player, Strategy()))
    (wanted,) = alone.generate("moss", length=70, temperature=0)
    assert (said.code, said.out) == (0, wanted.text + "\n")
    (again,) = seqgen.drafted(model).generate("moss", length=70, temperature=0)
    assert again.text == wanted.text


def test_several_samples_are_drafted_as_each_alone(ahead: Path) -> None:
    drafted = seqgen.drafted(seqgen.load(ahead))
    whole = [sample.text for sample in drafted.generate(count=3, length=30, seed=5, best_of=2)]
    assert whole[:2] == [sample.text for sample in drafted.generate(count=2, length=30, seed=5, best_of=2)]
    assert len(set(whole)) == 3


@pytest.mark.parametrize("option", ["--mix {}:0.5", "--save-state here.state"])
def test_some_options_do_not_go_with_it(terminal: Terminal, ahead: Path, option: str) -> None:  # noqa: F811
    said = terminal(f"chars generate {ahead} --draft --length 9 {option.format(ahead)}")
    assert said.code == 2 and f"--draft: {option.split()[0]} is given too" in said.err


def test_a_model_with_one_head_has_none(terminal: Terminal) -> None:  # noqa: F811
    said = terminal("chars generate run --draft --length 9")
    assert said.code == 2 and "one head, which proposes nothing" in said.err

"""`--weights int8`: a model of its own, which says what its numpy twin says."""

import sys

import numpy as np
import pytest

import seqgen
from seqgen.playing import compiled
from tests.cli.test_commands import Terminal, home, terminal  # noqa: F401
from tests.test_quantised import plain_products  # noqa: F401


@pytest.mark.usefixtures("plain_products")
def test_a_sample_is_that_of_the_rounded_weights(terminal: Terminal) -> None:  # noqa: F811
    said = terminal("chars generate run --weights int8 --length 60 --seed 3 --temperature 0")
    twin = seqgen.quantised(seqgen.load(terminal.folder / "run"), compiled=False)
    (wanted,) = twin.generate(length=60, seed=3, temperature=0)
    assert (said.code, said.out) == (0, wanted.text + "\n")


def test_the_rounded_weights_are_the_models_own(terminal: Terminal) -> None:  # noqa: F811
    model = seqgen.load(terminal.folder / "run")
    twin = seqgen.quantised(model, compiled=False)
    before, after = (sum(each.bits for each in one.score("moss and fern")) for one in (model, twin))
    assert 0 < abs(after - before) < 0.01 * before
    assert not np.array_equal(twin.checkpoint.params["output.W"], model.checkpoint.params["output.W"])


def test_it_does_not_go_with_adapting(terminal: Terminal) -> None:  # noqa: F811
    said = terminal("chars generate run --weights int8 --adapt --length 9 --prompt moss")
    assert said.code == 2 and "--weights is given too" in said.err


def test_without_numba_it_is_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setitem(sys.modules, "numba", None)
    compiled.multiply.cache_clear()
    said = terminal("chars generate run --weights int8 --length 9")
    assert said.code == 2 and "pip install 'seqgen[fast]'" in said.err


def test_a_state_is_made_with_them_too(terminal: Terminal) -> None:  # noqa: F811
    (terminal.folder / "text.txt").write_text("moss and fern", "utf-8")
    for kind in ("float32", "int8"):
        assert terminal(f"chars read run text.txt --weights {kind} --save-state {kind}.state").code == 0
    assert terminal("chars generate run --weights int8 --from-state int8.state --length 9").code == 0
    assert terminal("chars generate run --from-state float32.state --length 9").code == 0
    for line in ("--from-state int8.state", "--weights int8 --from-state float32.state"):
        said = terminal(f"chars generate run --length 9 {line}")
        assert said.code != 0 and "with the same --weights" in said.err

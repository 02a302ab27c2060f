"""Options that do not go together are refused before anything is done; all others are let through."""

import pytest

from seqgen.cli.together import APART
from tests.cli.test_commands import Terminal, home, terminal  # noqa: F401

VALUES = {
    "--weights": "int8",
    "--mix": "none:0.5",
    "--from-state": "none.state",
    "--save-state": "new.state",
    "--best-of": "2",
    "--beam": "2",
    "--stop": ".",
    "--out": "new.txt",
    "--constraint": "none",
    "--prompt": "moss",
    "--prompt-file": "none.txt",
}
PAIRS = [(option, other, why) for option, others, why in APART for other in others]


@pytest.mark.parametrize(("option", "other", "why"), PAIRS)
def test_what_does_not_go_together_is_refused_at_once(option: str, other: str, why: str, terminal: Terminal) -> None:  # noqa: F811
    given = " ".join(f"{each} {VALUES.get(each, '')}" for each in (other, option))
    said = terminal(f"chars generate there-is-no-model {given}")
    assert said.code == 2 and (not said.out or "--json" in given)
    assert f"{option}: {other} is given too, and {why}. Leave one of them out." in said.err


def test_an_option_that_says_what_holds_anyway_goes_with_all(terminal: Terminal) -> None:  # noqa: F811
    line = "chars generate run --length 9 --weights float32 --adapt --prompt moss --best-of 1"
    assert terminal(line).code == 0

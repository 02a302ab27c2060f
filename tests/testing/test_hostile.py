"""Plugins that do not end, leave the program, or print: a failed check, with what was tried, and clean output."""

import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seqgen.cli import main
from seqgen.errors import CheckFailed
from seqgen.plugins import Plugins
from seqgen.testing import QUICK, Check, Effort, checks
from seqgen.tokenizer import Boundary
from tests.testing import toy
from tests.testing.test_checks import site as site
from tests.testing.toy import Toy

HURRIED = Effort(8, 0.001, processes=False, limit=0.3)


def doing(work: Callable[[str], Any]) -> type[Toy]:
    """A tokenizer that does that when it splits."""

    class Doing(Toy):
        def split(self, content: str) -> Iterator[str | Boundary]:
            work(content)
            return super().split(content)

    return Doing


def check(name: str, work: Callable[[str], Any], *, effort: Effort = QUICK) -> Check:
    """That check of a plugin whose tokenizer does that."""
    asked = checks(toy.plugin(tokenizer=doing(work)), plugins=Plugins(), effort=effort)
    return next(each for each in asked if each.name == f"tokenizer toy: {name}")


def leave(content: str) -> None:
    sys.exit(0)


def give_up(content: str) -> None:
    raise KeyboardInterrupt


def press(content: str) -> None:
    signal.raise_signal(signal.SIGINT)


def hang(content: str) -> None:
    while not content.isascii():
        pass


def explode(content: str) -> None:
    re.match(r"(?:a+)+b", content)


@pytest.mark.parametrize(("work", "said"), [(leave, "it raised SystemExit: 0"), (give_up, "nobody had interrupted")])
@pytest.mark.parametrize("law", ["round trip", "learnt", "heal"])
def test_what_leaves_the_program_fails(work: Callable[[str], Any], said: str, law: str) -> None:
    with pytest.raises(CheckFailed, match=said):
        check(law, work).run()


def test_a_person_may_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt):
        check("round trip", press).run()


@pytest.mark.parametrize("law", ["round trip", "heal", "count is split", "determinism"])
def test_what_does_not_end_fails_and_harms_no_other(law: str) -> None:
    begun = time.monotonic()
    with pytest.raises(CheckFailed, match=r"it did not end within 0.3 s\. .*Look for an expression"):
        check(law, hang, effort=HURRIED).run()
    assert time.monotonic() - begun < 10
    check(law, len).run()


def test_it_says_what_it_was_given() -> None:
    with pytest.raises(CheckFailed, match=r"given .*, it did not end"):
        check("round trip", hang, effort=HURRIED).run()


def test_an_expression_that_explodes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqgen.testing.timing.HANGING", 0.5)
    with pytest.raises(CheckFailed, match=r"of one letter, 'a+', took (more than 0.5 s|\d.* times as long) for \d+ "):
        check("linear time", explode).run()


def test_another_process_may_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(Path(__file__).parent / "sleeping.sh"))
    with pytest.raises(CheckFailed, match=r"did not end within 0.1 s"):
        check("other processes", len, effort=Effort(limit=0.2)).run()


def test_what_a_plugin_prints_is_no_data(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = (site / "toy_for_check.py").read_text("utf-8")
    printing = "from tests.testing.test_hostile import doing\n" + source.replace("Unhelpful)", "doing(print))")
    (site / "toy_for_check.py").write_text(printing, "utf-8")
    assert main(["plugin", "check", "toy", "--quick", "--json"]) == 0
    said = capfd.readouterr()
    assert {json.loads(line)["outcome"] for line in said.out.splitlines()} == {"passed"}
    assert "the cat sat" in said.err

"""Diagrams show what the lanes deal out: the pairs that `inspect` prints, and no target beyond a reset."""

import json
from pathlib import Path
from typing import Any

import pytest

from seqgen.cli import main
from seqgen.errors import UsageError
from seqgen.lanes import Strategy
from seqgen.pictures import Stream, reset_diagram, strategy_diagram
from seqgen.tokenizer import Boundary
from tests.test_pictures import words

pytest.importorskip("matplotlib")

DOCUMENT, PARAGRAPH = Boundary("document"), Boundary("paragraph")
ROW: list[str | Boundary] = [DOCUMENT, *"one", PARAGRAPH, *"two", DOCUMENT, *"red", DOCUMENT]
LEVELS = ("document", "paragraph")


def stream(reset: str, *, horizon: int = 3) -> Stream:
    strategy = Strategy("one-to-many", horizon=horizon)
    return Stream.of(ROW, strategy, reset=reset, window=5, levels=LEVELS)


@pytest.mark.parametrize(
    ("reset", "cleared", "fresh"),
    [
        ("never", [], [0]),
        ("window", [], [0, 5, 10]),
        ("document", [0, 8], [0]),
        ("paragraph", [0, 4, 8], [0]),
    ],
)
def test_the_state_is_cleared_where_the_policy_says(reset: str, cleared: list[int], fresh: list[int]) -> None:
    steps = stream(reset).steps
    assert [step.read for step in steps] == [(place,) for place in range(len(ROW) - 1)]
    assert [step.read[0] for step in steps if step.cleared] == cleared
    assert [step.read[0] for step in steps if step.fresh] == fresh


@pytest.mark.parametrize("reset", ["document", "paragraph"])
def test_no_target_lies_beyond_the_next_reset(reset: str) -> None:
    steps = stream(reset).steps
    resets = [step.read[0] for step in steps if step.cleared] + [len(ROW) - 1]
    for step in steps:
        following = min(place for place in resets if place > step.read[0])
        assert step.aims == tuple(range(step.read[0] + 1, min(step.read[0] + 3, following) + 1))
    assert any(step.aims[-1] > 4 > step.read[0] for step in stream("never").steps)


PAIRS: list[tuple[str, Strategy, list[str]]] = [
    ("one-to-one", Strategy(), []),
    ("many-to-one", Strategy("many-to-one", context=3), ["--context", "3"]),
    ("one-to-many", Strategy("one-to-many", horizon=3), ["--horizon", "3"]),
]


@pytest.mark.parametrize(("name", "strategy", "options"), PAIRS)
def test_the_pairs_drawn_are_those_printed(
    name: str, strategy: Strategy, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("hello world", "utf-8")
    command = ["chars", "inspect", str(tmp_path / "a.txt"), "--pairs", "4", *options]
    assert main([*command, "--json"]) == 0
    printed = [tuple(json.loads(line).values())[-2:] for line in capsys.readouterr().out.splitlines()]
    walked = Stream.of(
        [DOCUMENT, *"hello world", DOCUMENT], strategy, reset="window" if options == PAIRS[1][2] else "never"
    )
    drawn = [tuple("".join(str(walked.symbols[k]) for k in part) for part in step[:2]) for step in walked.whole[:4]]
    assert drawn == printed and len(drawn) == 4
    assert main([*command, "--diagram", str(tmp_path / "a.svg")]) == 0
    strategy_diagram(tmp_path / "b.svg", walked, count=4)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert ("in the state" in words(tmp_path / "a.svg")) == (name != "many-to-one")
    last = walked.whole[3].aims[-1]
    assert [each for each in words(tmp_path / "a.svg") if each in {*"helo wrd", "' '"}][: last] == [
        walked.shown(place) for place in range(1, last + 1)
    ]  # fmt: skip


def test_a_diagram_needs_pairs_and_room(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("ab", "utf-8")
    command = ["chars", "inspect", str(tmp_path / "a.txt"), "--diagram", str(tmp_path / "a.svg")]
    assert main(command) == 2 and "Add --pairs" in capsys.readouterr().err
    assert main([*command, "--pairs", "2", "--horizon", "4"]) == 2 and "too few" in capsys.readouterr().err
    assert main([*command, "--pairs", "1", "--json"]) == 2
    assert '"error"' in capsys.readouterr().out and not (tmp_path / "a.svg").exists()
    with pytest.raises(UsageError, match="inches"):
        strategy_diagram(tmp_path / "a.svg", Stream.of([DOCUMENT, *"ab" * 60, DOCUMENT]), count=99)


def test_a_diagram_is_the_same_and_inert(tmp_path: Path) -> None:
    hostile: list[Any] = [DOCUMENT, "<script>", "\x1b[31m", "$x$", "long" * 9, DOCUMENT]
    for name in ("a.svg", "b.svg"):
        strategy_diagram(tmp_path / name, Stream.of(hostile), theme="dark")
        reset_diagram(tmp_path / f"r{name}", {reset: stream(reset) for reset in ("never", "document")})
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "ra.svg").read_bytes() == (tmp_path / "rb.svg").read_bytes()
    assert {"<script>", "$x$", "longlonglon…"} <= set(words(tmp_path / "a.svg"))
    assert {"never", "document", "paragraph", "o", "r"} <= set(words(tmp_path / "ra.svg"))

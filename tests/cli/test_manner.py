"""What seqgen tells a person, and how: quiet, colours, pipes, and the environment."""

import io
import itertools
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seqgen.cli import main
from seqgen.cli.bar import Bar
from seqgen.cli.manner import ENVIRONMENT, NO_PLUGINS, Manner, after_options, before_command, behaving, say, tell
from seqgen.corpus.places import offline
from seqgen.environment import is_on
from seqgen.errors import UnknownName

ROOT = Path(__file__).resolve().parents[2]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A terminal that keeps what it is told."""

    def isatty(self) -> bool:
        return True


def progress(monkeypatch: pytest.MonkeyPatch, manner: Manner, *, terminal: bool = True) -> str:
    """What a little training tells there."""
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    form = SimpleNamespace(unit="character", text=True, document="document")
    prepared = SimpleNamespace(domain=SimpleNamespace(form=form))
    session: Any = SimpleNamespace(
        symbols_per_character=1.0, training=SimpleNamespace(notes=["a note"]), prepared=prepared
    )
    step: Any = SimpleNamespace(
        step=1, total=2, nats=1.0, symbols_per_second=10.0, seconds_left=1.0, validation=None, learning_rate=0.1
    )
    with behaving(manner), Bar(session) as bar:
        bar.show(step)
    return stream.getvalue()


@pytest.mark.parametrize("value", ["", "0", "false", "No", " off "])
def test_every_variable_may_say_no(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = dict.fromkeys(["SEQGEN_DEBUG", "SEQGEN_QUIET", "SEQGEN_OFFLINE", "SEQGEN_NO_PLUGINS"], value)
    monkeypatch.setattr(os, "environ", os.environ | said)
    assert Manner.read([], said) == Manner() and not offline() and not any(map(is_on, said))
    assert Manner.read([], dict.fromkeys(said, "yes")) == Manner(debug=True, quiet=True)


@pytest.mark.parametrize(
    ("no_color", "force_color", "term"), [*itertools.product(("", "1"), ("", "1"), ("xterm-256color", "dumb"))]
)
def test_colours_are_as_the_environment_asks(
    no_color: str, force_color: str, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("NO_COLOR", no_color), ("FORCE_COLOR", force_color), ("TERM", term)):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COLORTERM", raising=False)
    said = progress(monkeypatch, Manner.read([], os.environ))
    assert "a note" in said
    assert bool(COLOUR.search(said)) is (term != "dumb" and not no_color)
    assert ("\x1b" in said) is (term != "dumb")
    for colour, wanted in (("always", True), ("never", False)):
        said = progress(monkeypatch, Manner.read(["--color", colour, "info"], os.environ))
        assert bool(COLOUR.search(said)) is (wanted and term != "dumb")
    assert "\x1b" not in progress(monkeypatch, Manner.read(["--color=always"], os.environ), terminal=False)


def test_quiet_leaves_errors_and_questions(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert progress(monkeypatch, Manner(quiet=True)) == ""
    monkeypatch.undo()
    with behaving(Manner(quiet=True)):
        say("a note")
        tell("a question")
    assert capsys.readouterr().err == "a question\n"
    say("a note")
    assert capsys.readouterr().err == "a note\n"
    for line in ("--quiet corpora fetch fantasy-names", "-q corpora fetch fantasy-names"):
        assert main(line.split()) == 0 and capsys.readouterr().err == ""
    monkeypatch.setenv("SEQGEN_QUIET", "1")
    assert main(["corpora", "fetch", "fantasy-names"]) == 0 and capsys.readouterr().err == ""
    assert main(["corpora", "fetch", "nonsense"]) == 2 and "nonsense" in capsys.readouterr().err
    monkeypatch.setenv("SEQGEN_QUIET", "0")
    assert main(["corpora", "fetch", "fantasy-names"]) == 0 and capsys.readouterr().err != ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "2") for name in ("SEQGEN_QUIET", "SEQGEN_DEBUG", "SEQGEN_NO_PLUGINS", "SEQGEN_OFFLINE")),
        ("SEQGEN_COLOR", "blue"), ("SEQGEN_PLUGIN_TIMEOUT", "abc"),
    ],
)  # fmt: skip
def test_what_a_variable_cannot_say_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for right in (
        ("", "auto") if name.endswith("COLOR") else ("", "0", "10") if "TIME" in name else ("yes", "ON", "off")
    ):
        monkeypatch.setenv(name, right)
        assert main(["plugins", "--json"]) == 0, capsys.readouterr().err
    monkeypatch.setenv(name, value)
    fetched = ["corpora", "fetch", "names", "--mirror", "none"]
    assert main(fetched) == 2 and value in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(("line", "shown"), [("--debug corpora path nonsense", True), ("corpora path nonsense", False)])
def test_debug_shows_where(line: str, shown: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    said = capsys.readouterr().err
    assert ("Traceback" in said) is shown and said.splitlines()[-1].startswith("seqgen: the corpus 'nonsense'")


def test_options_before_the_command_do_not_hide_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert after_options(["--color", "never", "-q", "chars", "-h"]) == ["chars", "-h"]
    assert before_command(["--color", "never", "-q", "chars", "-h"]) == ["--color", "never", "-q"]
    assert main(["--color", "never", "--quiet", "corpora", "path", "fantasy-names"]) == 0
    assert capsys.readouterr().out.strip().endswith("fantasy-names")
    for line in (["--color", "mauve"], ["--color=mauve"], ["--color"]):
        with pytest.raises(UnknownName, match="the colour"):
            Manner.read(line, {})
    assert Manner.read(["chars", "--color", "mauve"], {}) == Manner()
    assert Manner.read(["--color", "never"], {"SEQGEN_COLOR": "always", "SEQGEN_DEBUG": "1"}) == Manner(
        debug=True, colour="never"
    )


def test_every_option_for_all_has_its_variable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert {*re.findall(r"(?:SEQGEN_)(?:DEBUG|QUIET|COLOR|NO_PLUGINS)", shown)} <= ENVIRONMENT.keys()
    for option in ("--debug", "--quiet", "--color", NO_PLUGINS):
        assert option in shown and any(f"as `{option}`" in what for what in ENVIRONMENT.values())


def test_the_table_of_the_environment_is_that_of_the_code() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "seqgen").rglob("*.py"))
    named = {*re.findall(r"\bSEQGEN_[A-Z_]+\b", code)}
    assert named == {name for name in ENVIRONMENT if name.startswith("SEQGEN_")}
    assert {*re.findall(r"environ(?:ment)?(?:\.get\(|\[)\"([A-Z_]+)\"", code)} <= ENVIRONMENT.keys()


def test_there_is_no_control_character_in_a_pipe(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("ab ac ad\n" * 60, "utf-8")
    line = "--color always chars train {0}/a.txt --out {0}/run --steps 3 --width 8 --lanes 2 --window 8 --device cpu"
    assert main(line.format(tmp_path).split()) == 0
    assert main(["chars", "generate", str(tmp_path / "run"), "--length", "5"]) == 0
    said = capfd.readouterr()
    assert "\x1b" not in said.out + said.err and "step 3" in said.err

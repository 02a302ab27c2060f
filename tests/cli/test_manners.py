"""Every command: its help, the examples in it, and what it says of wrong input."""

import bisect
import colorsys
import keyword
import os
import re
import shlex
import shutil
import sys
import tabnanny
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import typer

from seqgen.cli import main
from seqgen.cli.domain import VERBS
from seqgen.cli.root import OWN, build
from seqgen.plugins import find
from tests.runs import book, one_thread

DOMAINS = ("chars", "code", "midi", "words")
TINY = (
    "--steps 6 --width 24 --embedding 8 --lanes 4 --window 16 --validations 1 --sample-length 0 --precision float32"
    " --threads 1 --device cpu"
)
INSTEAD = ((r"--minutes [\d.]+", TINY), (r"--samples \d+", "--samples 2"), (r"--length \d+", "--length 20"))
"""What examples say, and what is run in its place."""


class Named(NamedTuple):
    """A command, and the words that call it."""

    words: tuple[str, ...]
    command: Any

    @property
    def name(self) -> str:
        return " ".join(("seqgen", *self.words))

    @property
    def examples(self) -> list[str]:
        return re.findall(r"(?<!`)\bseqgen [a-z][^`\n]*", (self.command.help or "").partition("Example")[2])


def walk(words: tuple[str, ...], command: Any) -> Iterator[Named]:
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from walk((*words, name), each)
    else:
        yield Named(words, command)


def every_command() -> list[Named]:
    found: list[Named] = []
    for name in (*DOMAINS, *OWN):
        group: Any = typer.main.get_command(build([name]))
        found += walk((name,), group.commands[name])
    return found


COMMANDS = every_command()


def ids(named: Named) -> str:
    return named.name


def test_every_domain_has_the_same_verbs() -> None:
    for domain in DOMAINS:
        assert {each.words[1] for each in COMMANDS if each.words[0] == domain} >= VERBS.keys()


@pytest.mark.parametrize("named", COMMANDS, ids=ids)
def test_help_goes_to_stdout_and_has_an_example(named: Named, capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for flag in ("-h", "--help"):
        assert main([*named.words, flag]) == 0
        said = capsys.readouterr()
        assert said.err == "" and "\x1b" not in said.out
        shown.append(said.out)
    assert shown[0] == shown[1] and shown[0].startswith(f"Usage: {named.name} ")
    assert named.examples, "add `Example:` and a command line to the docstring"
    assert all(example.startswith(f"{named.name} ") or example == named.name for example in named.examples)


@pytest.mark.parametrize("named", COMMANDS, ids=ids)
def test_a_wrong_option_is_a_wrong_use(named: Named, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*named.words, "--colour-of-magic", "octarine"]) == 2
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert said.out == "" and line.startswith(f"seqgen: the option --colour-of-magic of `{named.name}`: there is none")
    assert line.endswith(f"`{named.name} --help` lists what there is.")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{command} {option}", f"the option {name}: it is for all commands, and stands before `{command}`. {remedy}.")
        for command in ("chars generate", "corpora list")
        for option, name, remedy in (
            ("--quiet", "--quiet", f"Write `seqgen --quiet {command} ...`"),
            ("-q", "-q", f"Write `seqgen -q {command} ...`"),
            ("--debug", "--debug", f"Write `seqgen --debug {command} ...`"),
            ("--color=never", "--color", f"Write `seqgen --color WHEN {command} ...`"),
            ("--no-plugins", "--no-plugins", f"Write `seqgen --no-plugins {command} ...`"),
        )
    ]
    + [
        ("help", "the command 'help' of `seqgen`: help is an option. Write `seqgen --help`."),
        ("chars help", "the command 'help' of `seqgen chars`: help is an option. Write `seqgen chars --help`."),
        ("completion", "`seqgen completion`: SHELL is missing. Give it: bash, zsh or fish."),
        ("-q completion tcsh", "SHELL tcsh: there is none of that name. Known: bash, zsh, fish."),
        ("completion zhs", "SHELL zhs: there is none of that name. Did you mean 'zsh'? Known: bash, zsh, fish."),
    ],
)
def test_what_is_refused_points_to_what_is_there(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    assert capsys.readouterr() == ("", f"seqgen: {said}\n")


WRONG = {
    "train": [
        ("missing.txt --out new", 2),
        ("broken.txt --out new", 4),
        ("", 2),
        ("document.txt --out runs/one", 2),
        ("document.txt --out new --config missing.toml", 2),
        ("document.txt --out new --set widht=3", 2),
    ],
    "generate": [("missing", 2), ("runs/one --temperature -1", 2), ("runs/one --seed -1", 2), ("", 2)],
    "read": [("runs/one missing.txt --save-state x.state", 2), ("runs/one", 2)],
    "evaluate": [("missing", 2), ("runs/one --part tset", 2), ("runs/one --seed -1", 2), ("runs/one --at-most few", 2)],
    "score": [("missing text", 2), ("runs/one", 2)],
    "inspect": [("missing.txt", 2), ("broken.txt", 4), ("document.txt --reset nonsense", 2)],
    "corpora list": [("more", 2)],
    "corpora fetch": [("nonsense", 2), ("", 2)],
    "corpora path": [("nonsense", 2)],
    "corpora verify": [("nonsense", 2), ("alice --mirror empty", 3)],
    "info": [("missing", 2), ("broken.txt", 4)],
    "plot": [("missing", 2), ("runs/one --out one.pdf", 2), ("", 2)],
    "plugin new": [("Two-Words", 2), ("chars", 2), ("", 2)],
    "plugin check": [("nonsense", 2), ("chars --quick --sample missing.txt", 2)],
    "plugins": [("more", 2)],
    "completion": [("tcsh", 2), ("", 2)],
    "cache dir": [("more", 2)],
    "cache clean": [("more", 2), ("--never", 2)],
    "words train": [("missing.txt --out new", 2), ("broken.txt --out new", 4)],
    "words generate": [("runs/one", 2)],
    "code inspect": [("missing.py", 2), ("document.txt --tokenizer pythn", 2)],
    "code evaluate": [("missing", 2)],
    "midi inspect": [("missing.mid", 2), ("broken.txt", 4)],
    "midi render": [("missing.mid", 2), ("broken.txt", 4), ("tune.abc --out tune.txt", 2)],
}
"""For each verb, of `chars` where no domain is named, wrong input, and the exit code; `broken.txt` is no UTF-8."""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with something to learn from for each domain; the examples leave their runs there."""
    folder = tmp_path_factory.mktemp("manners")
    cache = tmp_path_factory.mktemp("cache")
    for domain in DOMAINS:
        (folder / domain / "source").mkdir(parents=True)
    for domain in ("chars", "words"):
        (folder / domain / "document.txt").write_text(book(lines=200), "utf-8")
        (folder / domain / "broken.txt").write_bytes(b"abc\xff\xfe")
    for module in (bisect, colorsys, keyword, tabnanny):
        shutil.copy(str(module.__file__), folder / "code" / "source")
    shutil.copy(str(bisect.__file__), folder / "code" / "document.py")
    draw = Random(1)
    tunes = [tune(draw, number) for number in range(30)]
    (folder / "midi" / "source" / "tunes.abc").write_text("\n".join(tunes), "utf-8")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQGEN_CACHE_DIR", str(cache))
        yield folder


def tune(draw: Random, number: int) -> str:
    bars = "|".join("".join(draw.choices("CDEFGABc", k=8)) for _ in range(4))
    return f"X:{number}\nT:Tune {number}\nM:4/4\nL:1/8\nK:C\n{bars}|\n"


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_examples_of_a_domain_run(
    domain: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home / domain)
    corpus = find().domain(domain).corpus
    for named in COMMANDS:
        if named.words[0] == domain and named.words[1] in VERBS:
            for example in named.examples:
                words = ["source" if word == corpus else word for word in tiny(example, named)]
                assert main(words) == 0, (example, capsys.readouterr().err)
                assert named.words[1] != "generate" or capsys.readouterr().out


@pytest.fixture
def desk(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with a run and with files that are right and wrong."""
    monkeypatch.chdir(tmp_path)
    if not (home / "chars" / "runs" / "one").exists():
        with monkeypatch.context() as patch:
            patch.chdir(home / "chars")
            assert main(["chars", "train", "document.txt", "--out", "runs/one", *TINY.split()]) == 0
    shutil.copytree(home / "chars" / "runs" / "one", tmp_path / "runs" / "one")
    for name in ("document.txt", "broken.txt"):
        shutil.copy(home / "chars" / name, tmp_path)
    (tmp_path / "tune.abc").write_text(tune(Random(2), 1), "utf-8")
    return tmp_path


OTHERS = [each for each in COMMANDS if each.words[0] in OWN or each.words[1] not in VERBS]
"""The commands that not every domain has."""


@pytest.mark.parametrize("named", OTHERS, ids=ids)
def test_the_examples_of_other_commands_run(named: Named, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for example in named.examples:
        assert main(tiny(example.replace("runs/names", "runs/one"), named)) == 0, (example, capsys.readouterr().err)


@pytest.mark.parametrize(("line", "code"), [(f"{verb} {line}", code) for verb in WRONG for line, code in WRONG[verb]])
def test_wrong_input_has_its_exit_code(line: str, code: int, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main([*(() if line.split()[0] in (*OWN, *DOMAINS) else ("chars",)), *line.split()]) == code
    said = capsys.readouterr()
    asked, there, *remedy = said.err.splitlines()[-1].removeprefix("seqgen: ").split(": ")
    assert asked and there and (remedy or ". " in there)
    assert "Traceback" not in said.err and "\x1b" not in said.err and "╭" not in said.err
    assert said.out == "" or line.startswith("corpora verify")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("generate runs/one --interactive --length 5", 0),
        ("score runs/one -", 4),
        ("train - --out new", 4),
        ("inspect -", 4),
        ("read runs/one - --save-state new.state", 4),
    ],
)
@pytest.mark.parametrize("closed", [True, False])
def test_nobody_waits_for_an_answer_that_cannot_come(
    line: str, code: int, closed: bool, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:
        monkeypatch.setattr(sys, "stdin", None if closed else nothing)
        found = main(["chars", *line.split()])
        assert found == code, capsys.readouterr().err
    assert "did not expect" not in capsys.readouterr().err


def test_a_closed_stderr_loses_what_is_said_and_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", None)
        assert main(["corpora", "fetch", "fantasy-names"]) == 0
    said = capsys.readouterr()
    assert said.err == "" and said.out.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("corpora fetch fantasy-names", 1),
        ("corpora verify fantasy-names", 1),
        ("chars generate runs/one --length 5", 1),
        ("chars generate runs/one --length 5 --json", 1),
        ("chars generate runs/one --length 5 --out new.txt", 0),
        ("chars --help", 1),
        ("chars generate missing --json", 2),
    ],
)
def test_a_closed_stdout_is_a_reader_that_went_away(
    line: str, code: int, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        assert main(line.split()) == code
    said = capsys.readouterr()
    assert said.out == "" and "Traceback" not in said.err and ("seqgen: " in said.err) is (code == 2)


def tiny(example: str, named: Named) -> list[str]:
    """The words of an example with a tiny budget."""
    for pattern, instead in INSTEAD:
        example = re.sub(pattern, instead, example)
    more = " --length 20" if "generate" in named.words and "--length" not in example else ""
    return shlex.split(example + more)[1:]

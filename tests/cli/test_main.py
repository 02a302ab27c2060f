"""The edge of the program: exit codes, messages, streams, and what a command line imports."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

import pytest

import seqgen
from seqgen.cli import main, root
from seqgen.errors import CheckFailed, CorpusError, FetchError, LimitError, SeqgenError, UnknownName, UsageError
from seqgen.hookspecs import hookimpl
from seqgen.plugins import Plugins, find, is_own

NAMES = ("asked", "there", "remedy")


def failing(error: BaseException) -> Callable[..., None]:
    def build(arguments: list[str]) -> None:
        raise error

    return build


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SeqgenError(*NAMES), 1),
        (UsageError(*NAMES), 2),
        (UnknownName("the corpus", "alize", ["alice"]), 2),
        (CheckFailed(*NAMES), 3),
        (CorpusError(*NAMES), 4),
        (FetchError(*NAMES), 5),
        (LimitError(*NAMES), 6),
        (FileNotFoundError(2, "No such file", "book.txt"), 2),
        (PermissionError(13, "Permission denied", "book.txt"), 4),
        (OSError(28, "No space left", "book.txt"), 6),
        (MemoryError(), 6),
        (ZeroDivisionError("division by zero"), 1),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(32, "Broken pipe"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_error_has_its_exit_code_and_no_traceback(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("seqgen.cli._leave_quietly", lambda: None)
    monkeypatch.setattr(root, "build", failing(error))
    assert main([]) == code
    captured = capfd.readouterr()
    assert captured.out == "" and "Traceback" not in captured.err
    if isinstance(error, SeqgenError):
        assert captured.err == f"seqgen: {error}\n"


def test_a_traceback_is_shown_on_demand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SEQGEN_DEBUG", "1")
    monkeypatch.setattr(root, "build", failing(UsageError(*NAMES)))
    assert main([]) == 2
    assert "Traceback" in capsys.readouterr().err


PRINTING = "import seqgen.cli.root as r, seqgen.cli as c; r.build = lambda given: lambda **_: print('é→⟨'); c.main([])"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_what_is_written_into_a_pipe_is_utf_8(encoding: str, checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINTING],
        cwd=checkout, env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.decode("utf-8").splitlines() == ["é→⟨"]


class Narrow(io.TextIOWrapper):
    """A terminal that knows ASCII alone."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_keeps_its_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Narrow(written, encoding="ascii"))
    monkeypatch.setattr(root, "build", lambda given: lambda **_: print("é→"))
    assert main([]) == 0
    assert written.getvalue() == b"\\xe9\\u2192\n"


def test_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"seqgen {seqgen.__version__}\n"


@pytest.mark.parametrize("line", ["", "chars", "corpora"])
def test_nothing_to_do_is_a_wrong_use_that_shows_the_help(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    said = capsys.readouterr()
    assert said.out.startswith(f"Usage: seqgen {line}".rstrip()) and said.err == ""


def test_help_lists_plugins_without_importing_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plugins = Plugins([EntryPoint("spells", "no_such_module_anywhere", "seqgen")])
    monkeypatch.setattr(root, "find", lambda **given: plugins)
    assert main(["--help"]) == 0
    assert "spells" in capsys.readouterr().out
    assert plugins.broken == {}


def test_help_promises_no_verbs_for_a_plugin_that_may_bring_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, summary in (("tones", "Summary: Half a tokenizer.\n"), ("bare", "")):
        home = tmp_path / f"seqgen_{name}-1.0.dist-info"
        home.mkdir()
        (home / "METADATA").write_text(f"Metadata-Version: 2.1\nName: seqgen-{name}\nVersion: 1.0\n{summary}", "utf-8")
        (home / "entry_points.txt").write_text(f"[seqgen]\n{name} = no_such_module_anywhere\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["--help"]) == 0
    _, _, commands = capsys.readouterr().out.partition("Commands:\n")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in commands.splitlines()}
    assert all(lines.pop(name) for name in root.OWN)
    assert lines == {
        **own_lines(), "bare": "The plugin bare.", "tones": "The plugin tones. Half a tokenizer.",
    }  # fmt: skip


def test_a_module_speaks_for_itself_without_being_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "spells_for_test.py").write_text('"""Spells, a sign at a time.\n\nMore."""\nraise SystemExit', "utf-8")
    (tmp_path / "torn_for_test.py").write_text('"""Never ended', "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    entries = [EntryPoint(name, f"{name}_for_test", "seqgen") for name in ("spells", "torn")]
    monkeypatch.setattr(root, "find", lambda **_: Plugins(entries))
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert "Spells, a sign at a time.\n" in said and "The plugin torn.\n" in said
    assert not {"spells_for_test", "torn_for_test"} & set(sys.modules)


def own_lines() -> dict[str, str]:
    """What the plugins that come with seqgen say of themselves."""
    return {entry.name: str(entry.load().__doc__).splitlines()[0] for entry in find().entries if is_own(entry)}


def test_the_line_of_a_domain_is_its_summary() -> None:
    lines = own_lines()
    for domain in find().domains().values():
        if domain.name in lines:
            assert lines[domain.name] == f"{domain.summary[0].upper()}{domain.summary[1:]}."


@pytest.mark.parametrize("group", ["", "chars", "code", "midi", "words", "cache", "corpora", "plugin"])
def test_no_line_of_a_listing_is_cut(
    group: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("SEQGEN_NO_PLUGINS", "1")
    assert main([*group.split(), "--help"]) == 0
    _, _, commands = capsys.readouterr().out.partition("Commands:\n")
    assert commands and not [line for line in commands.splitlines() if line.endswith("...")]
    starts = [line for line in commands.splitlines() if line[2:3].strip()]
    assert len(starts) == len(commands.splitlines()), "a summary needs two lines"


def test_a_broken_plugin_is_named_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plugins = Plugins([EntryPoint("spells", "no_such_module_anywhere", "seqgen")])
    monkeypatch.setattr(root, "find", lambda **given: plugins)
    assert main(["spells", "train"]) == 2
    assert "the plugin spells is broken: ModuleNotFoundError" in capsys.readouterr().err


def test_a_plugin_without_commands_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    plugins = Plugins(entry_points(group="seqgen", name="chars"))
    memories = ModuleType("memories")
    vars(memories)["seqgen_cells"] = hookimpl(lambda: [])
    plugins.add(memories, "memories")
    monkeypatch.setattr(root, "find", lambda **given: plugins)
    assert main(["memories", "train"]) == 2
    said = capsys.readouterr().err
    assert "the command 'memories': that plugin has no commands of its own" in said and "Known: chars" in said


def test_a_misspelt_command_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpra"]) == 2
    assert "Did you mean 'corpora'" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["-m", "seqgen"], ["-c", "import sys, seqgen.cli; sys.exit(seqgen.cli.main())"]])
def test_the_module_and_the_script_are_one_command(command: list[str], checkout: Path) -> None:
    done = subprocess.run([sys.executable, *command, "--version"], cwd=checkout, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"seqgen {seqgen.__version__}\n", "")


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_a_reader_that_went_away_leaves_no_traceback(argument: str, checkout: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "seqgen", argument]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(command, cwd=checkout, env=buffered, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")

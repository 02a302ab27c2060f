"""Completion: what is answered, from how little, and that the shells take it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seqgen.cli import completion, main, recalling
from seqgen.cli.completion import SCRIPTS, answers
from seqgen.cli.recalling import FILE
from seqgen.cli.root import OWN
from seqgen.plugins import Plugins, find


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", {"chars", "words", "code", "midi", *OWN}),
        ("c", {"cache", "chars", "code", "completion", "corpora"}),
        ("--col", {"--color"}),
        ("--color never ch", {"chars"}),
        ("-q chars tr", {"train"}),
        ("chars ", {"train", "generate", "read", "evaluate", "score", "inspect"}),
        ("chars train --wid", {"--width"}),
        ("chars train --width 3 --emb", {"--embedding"}),
        ("chars train --precision fl", {"float16", "float32"}),
        ("chars train --width ", set()),
        ("chars train --shuffle fantasy", {"fantasy-names"}),
        ("chars train book", set()),
        ("chars train --no-sh", {"--no-shuffle"}),
        ("chars train --cell l", {"lstm"}),
        ("chars train --reset ", {"document", "chapter", "page", "paragraph", "window", "never"}),
        ("midi train --tokenizer re", {"remi"}),
        ("chars train --strategy many", {"many-to-one"}),
        ("chars generate runs/one --until pa", {"page", "paragraph"}),
        ("chars generate --until ", {"document", "chapter", "page", "paragraph"}),
        ("chars generate ", set()),
        ("completion ", {"bash", "zsh", "fish"}),
        ("plugin check ch", {"chars"}),
        ("plugin new ", set()),
        ("corpora fe", {"fetch"}),
        ("corpora list ", set()),
        ("corpora fetch ali", {"alice"}),
    ],
)
def test_what_may_follow_is_answered(line: str, wanted: set[str]) -> None:
    assert {*answers(line.split(" "))} - {"mogrifier"} == wanted


def test_a_command_that_there_is_not_has_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash", "--", "nonsense", ""]) == 0
    assert capsys.readouterr() == ("", "")


def test_answers_are_kept_until_something_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEQGEN_CACHE_DIR", str(tmp_path))
    plugins = find()
    first = answers(["chars", "train", "--wid"], plugins=plugins)
    with monkeypatch.context() as patch:
        patch.setattr(completion, "names", None)
        assert answers(["chars", "train", "--shuffle", "alice", "--wid"], plugins=plugins) == first == ["--width"]
        with pytest.raises(TypeError):
            answers(["chars", "generate", "--wid"], plugins=plugins)
        with pytest.raises(TypeError):
            answers(["chars", "train", "--wid"], plugins=Plugins(plugins.entries[:-1]))
        monkeypatch.setattr(recalling, "_sources", lambda folder: [str(tmp_path / FILE)])
        with pytest.raises(TypeError):
            answers(["chars", "train", "--wid"], plugins=plugins)


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"stamp": 1}', '{"places": {"chars": 3}}', "[" * 9999])
def test_what_is_kept_may_be_damaged_or_out_of_reach(
    kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text(kept, "utf-8")
    for cache in (tmp_path, tmp_path / FILE / "within"):
        monkeypatch.setenv("SEQGEN_CACHE_DIR", str(cache))
        assert answers(["chars", "tr"]) == ["train"]


LOADED = """
import sys
from seqgen.cli import main
main(["completion", "bash", "--", *sys.argv[1:]])
print({each.partition(".")[0] for each in sys.modules} & {"torch", "rich", "pydantic", "matplotlib"})
print(sorted(each for each in sys.modules if each.startswith("seqgen_") and "." not in each))
"""


@pytest.mark.parametrize(
    ("words", "plugins"),
    [(["ch"], "[]"), (["chars", "tr"], "['seqgen_chars']"), (["chars", "read", ""], "['seqgen_chars']")],
)
def test_nothing_is_imported_but_the_domain(words: list[str], plugins: str, checkout: Path) -> None:
    command = [sys.executable, "-c", LOADED, *words]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["set()", plugins]


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_is_printed_and_is_one(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"seqgen completion {shell} -- " in script
    found = shutil.which(shell)
    if found:
        (tmp_path / "script").write_text(script, "utf-8")
        subprocess.run([found, "-n", str(tmp_path / "script")], check=True)


def test_bash_completes_with_it(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash, "the tests need it, as make test does"
    asking = tmp_path / "seqgen"
    asking.write_text(f"#!{sys.executable}\nimport sys\nfrom seqgen.cli import main\nsys.exit(main())\n", "utf-8")
    asking.chmod(0o755)
    script = f"""
        PATH={tmp_path}:$PATH
        eval "$(seqgen completion bash)"
        COMP_WORDS=(seqgen chars train --wid) COMP_CWORD=3
        _seqgen
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "--width\n", done.stderr

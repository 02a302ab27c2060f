"""The commands of the domain `code`, from a folder of files to new ones."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from seqgen.api.asking import Kinds, Request
from tests.cli.test_commands import TINY, Terminal
from tests.runs import one_thread

SOURCES = {
    "one.py": '"""One."""\n\n\ndef one(x):\n    # first\n    return x + 1\n',
    "two.py": "def two(x):\n    return x * 2  # twice\n",
    "again.py": "def two(x):\r\n    return x * 2  # twice\r\n",
    "three.pyi": "class Three:\n    def get(self) -> int: ...\n",
    "four.py": "import one\n\nprint(one.one(4))\n",
    "notes.txt": "No code.\n",
    "tests/test_one.py": "assert True\n",
}


@pytest.fixture
def at(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in a folder that holds the folder `src`."""
    for name, text in SOURCES.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, capsys)


def test_a_folder_is_inspected_and_what_is_left_out_is_told(at: Terminal) -> None:
    said = json.loads(at("code inspect src --json --exclude tests --split 100,0,0").out)
    assert (said["files"], said["documents"]) == (5, 4)
    assert said["notes"] == {
        "carriage returns normalised": 2, "documents that repeat another dropped": 1, "files in utf-8": 5,
        "files left out by their names": 2,
    }  # fmt: skip


def test_what_is_learnt_is_written_to_files(at: Terminal) -> None:
    with one_thread():
        line = "code train src --out run --steps 3 --validations 1 --split 100,0,0 --strip-comments --strip-docstrings"
        said = at(line, *TINY)
    assert said.code == 0 and "documents that repeat another dropped: 1" in said.err
    text = at("code generate run --length 40 --seed 2", "--prompt", "def ").out
    done = at("code generate run --length 40 --seed 2 -n 2 --out new", "--prompt", "def ")
    assert (done.code, done.out) == (0, "") and "Wrote 2 files, new/001.py to 002.py." in done.err
    assert (at.folder / "new" / "001.py").read_text("utf-8").startswith("def ")
    assert (at.folder / "new" / "001.py").read_bytes().decode() + "\n" == text
    begun = at("code generate run --length 9 --prompt-file src/one.py --out more.py")
    assert begun.code == 0
    assert (at.folder / "more.py").read_text("utf-8").startswith("\n\ndef one(x):\n    return x + 1")


def test_the_standard_library_is_what_is_learnt_by_default(at: Terminal) -> None:
    assert json.loads(at("code inspect --json --include bisect.py --split 100,0,0").out)["corpus"] == "stdlib"
    assert at("chars inspect --json").code == 2, "other domains have no such default"


def test_a_pattern_that_leaves_nothing_is_refused(at: Terminal) -> None:
    said = at("code inspect src --include lib/*")
    assert said.code == 4 and "none of its 7 files matches: lib/*. Change --include or --exclude." in said.err


def test_definitions_are_marked_whatever_the_reset() -> None:
    for reset, marked in (("document", ["definition"]), ("block", ["definition", "block"]), ("never", ["definition"])):
        request = Request.sort("a.py", "code", {"reset": reset})
        assert list(Kinds.of("code").made(request).levels) == marked


@pytest.mark.parametrize(
    ("kind", "suffix", "text", "loads"),
    [
        ("json", ".json", '{"name": [1, "two", null]}\n', json.loads),
        ("markup", ".xml", "<a n='1'><b>text &amp; more</b></a>\n", ElementTree.fromstring),
        ("python", ".py", "def f(x):\n    return x\n", ast.parse),
    ],
)
def test_every_sample_of_a_constrained_model_is_one_sound_document(
    at: Terminal, kind: str, suffix: str, text: str, loads: Callable[[str], object]
) -> None:
    for number in range(3):
        (at.folder / f"{number}{suffix}").write_text(text)
    with one_thread():
        line = (
            f"code train . --include *{suffix} --tokenizer {kind} --out run --steps 3 --validations 1 --split 100,0,0"
        )
        assert at(line, *TINY, "--duplicates", "keep").code == 0
    assert at("code generate run --length 90 -n 12 --out new").code == 0
    made = sorted((at.folder / "new").iterdir())
    assert len(made) == 12 and {path.suffix for path in made} == {suffix}
    for path in made:
        loads(path.read_text("utf-8"))
    told = at("code generate run --length 300 --json -n 5").out.splitlines()
    marks = [sum(symbol["symbol"] == "⟨document⟩" for symbol in json.loads(each)["symbols"]) for each in told]
    assert max(marks) <= 1

"""Every block of the documentation runs; what cannot is marked, and counted here."""

import bisect
import heapq
import os
import re
import runpy
import shelve
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path
from pydoc_data.topics import topics

import pytest

import seqgen
from tests.docs import page as pages

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"README.md": ROOT / "README.md"} | {f"docs/{path.name}": path for path in sorted((ROOT / "docs").glob("*.md"))}

NOT_RUN = {
    "README.md": ["the same commands as `make demo`, half a minute", "installs, and runs the tests, this one too"],
    "docs/one-file.md": ["from the folder of a checkout, five seconds"],
    "docs/plugins.md": ["installs from the network"],
    "docs/start.md": ["installs from the network"],
}
"""The reason given for each block that is not run."""

EXPECTED = {
    "README.md",
    "docs/api.md",
    "docs/architecture.md",
    "docs/articles.md",
    "docs/benchmarks.md",
    "docs/changelog.md",
    "docs/checkpoint.md",
    "docs/cite.md",
    "docs/cli.md",
    "docs/code.md",
    "docs/config.md",
    "docs/contributing.md",
    "docs/engine.md",
    "docs/evaluation.md",
    "docs/from-scratch.md",
    "docs/glossary.md",
    "docs/how.md",
    "docs/index.md",
    "docs/music.md",
    "docs/one-file.md",
    "docs/pictures.md",
    "docs/playing.md",
    "docs/plugin-reference.md",
    "docs/plugin.md",
    "docs/plugins.md",
    "docs/samplers.md",
    "docs/start.md",
    "docs/strategies.md",
    "docs/testing.md",
    "docs/tutorial.md",
    "docs/words.md",
}


OTHERS = {
    "data/{}.json": '{{"name": "sea{}", "sizes": [1, 2.5, null], "deep": {{"deeper": true}}}}\n',
    "articles/{}.xml": '<article n="{}"><p>On the sea &amp; <em>off</em> it.</p><p>Ships.</p></article>\n',
    "project/{}.c": "int f{}(int x) {{\n    return x + 1; /* more */\n}}\n",
}
"""Small files of other languages, by their names, with a number in both."""


def text_of(name: str) -> str:
    return PAGES[name].read_text("utf-8")


def test_no_page_is_missing() -> None:
    assert PAGES.keys() >= EXPECTED


@pytest.mark.parametrize("name", PAGES)
def test_every_block_runs(name: str, tmp_path: Path) -> None:
    environment = surroundings(tmp_path)
    command = [sys.executable, "-W", "error", str(ROOT / "tests" / "docs" / "page.py"), str(PAGES[name])]
    folder = tmp_path / "here"
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wanted = [block for block in pages.blocks(text_of(name)) if block.kind in pages.RUN and not block.mark]
    assert int(done.stdout) == len(wanted)


def surroundings(folder: Path) -> dict[str, str]:
    """A folder with a text and modules to learn from, and an environment in which `pip install` stays in the folder."""
    (folder / "here").mkdir()
    (folder / "site").mkdir()
    (folder / "here" / "book.txt").write_text("\n\n".join(topics.values())[:30_000], "utf-8")
    (folder / "here" / "project").mkdir()
    for module in (bisect, heapq, shelve, textwrap):
        source = Path(str(module.__file__))
        (folder / "here" / "project" / source.name).write_bytes(source.read_bytes())
    shutil.copy(ROOT / "docs" / "examples" / "seqgen-pgn" / "games.py", folder / "here")
    for number in range(4):
        for name, text in OTHERS.items():
            path = folder / "here" / name.format(number)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.format(number) * 3 if path.suffix == ".c" else text.format(number), "utf-8")
    own = {
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]),
        "PYTHONPATH": str(folder / "site"),
        "PIP_TARGET": str(folder / "site"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_QUIET": "1",
    }
    return os.environ | own


@pytest.mark.parametrize("name", PAGES)
def test_what_is_not_run_is_what_is_expected(name: str) -> None:
    assert pages.left_out(text_of(name)) == NOT_RUN.get(name, [])


@pytest.mark.parametrize("name", PAGES)
def test_no_fence_escapes(name: str) -> None:
    fences = re.findall(r"^\s*```", text_of(name), re.MULTILINE)
    assert len(fences) == 2 * len(list(pages.blocks(text_of(name))))


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text_of(name)):
        assert (PAGES[name].parent / target).exists(), target


def test_the_page_of_commands_is_fresh() -> None:
    assert text_of("docs/cli.md") == runpy.run_path(str(ROOT / "docs" / "generate.py"))["page"](), "run `make docs`"


def test_the_changelog_knows_this_version() -> None:
    newest = re.findall(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[0]
    assert newest == seqgen.__version__


@pytest.mark.parametrize(
    "bad",
    [
        "```python\n1 / 0\n```\n",
        "```bash\nfalse\n```\n",
        "```console\n$ echo one\ntwo\n```\n",
        "```python\nprint(1)\n```\n\n```output\n2\n```\n",
    ],
)
def test_a_bad_block_is_caught(bad: str) -> None:
    with pytest.raises((AssertionError, ZeroDivisionError)):
        pages.play(bad)


def test_a_good_page_is_played_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (
        "<!-- file: a.txt -->\n```text\nhello\n```\n\n```python\nx = 'hello'\n```\n\n"
        "```console\n$ cat a.txt\nhel...\n```\n\n<!-- not run: it fails -->\n```bash\nfalse\n```\n\n"
        "```python\nprint(x)\n```\n\n```output\nhello\n```\n"
    )
    assert pages.play(page) == 3
    assert pages.left_out(page) == ["it fails"]

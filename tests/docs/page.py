"""Runs the blocks of one page of documentation, in order, in the folder it is started in: `python page.py PAGE`.

    ```bash       commands
    ```console    commands after `$ `, and what they print
    ```python     code; all of a page share their names
    ```output     what the block before it prints
    <!-- file: NAME -->       the next block is written to that file
    <!-- not run: REASON -->  the next block is left out, and counted

What is printed is compared as doctest does: `...` stands for anything. Blocks of other kinds are for reading.
"""

import contextlib
import doctest
import importlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import seqgen.cli

FENCE = re.compile(
    r"^(?:<!-- (?P<mark>file|not run): (?P<said>[^\n]+) -->\n\n?)?```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
RUN = ("bash", "console", "python")
TINY = (
    (r"--minutes [\d.]+", "--steps 8 --width 24 --validations 2 --precision float32"),
    (r"\bminutes=[\d.]+", "steps=8, width=24, validations=2"),
    (r"--(?:steps \d{3,}|epochs \d+)", "--steps 8 --width 24 --validations 2 --precision float32"),
    (r"\btrain (?:alice|sherlock|tinyshakespeare)\b", "train book.txt"),
    (r"(?m)(\bplugin check [\w-]+)$", r"\1 --quick"),
    (r"(?m)(\bgames.py [\w.]+) \d+$", r"\1 40"),
)
"""Budgets in minutes, epochs or hundreds of steps become a few steps, corpora that are fetched the text there is,
checks quick ones, and games few."""


@dataclass(frozen=True)
class Block:
    """A fenced block, with the comment that marks it and the line on which it begins."""

    kind: str
    text: str
    mark: str
    said: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    """Every fenced block that names its language."""
    for found in FENCE.finditer(page):
        kind, text, mark, said = found.group("kind", "text", "mark", "said")
        yield Block(kind, text, mark or "", said or "", page.count("\n", 0, found.start("text")))


def left_out(page: str) -> list[str]:
    """The reason for each block that is not run."""
    return [block.said for block in blocks(page) if block.mark == "not run"]


def play(page: str) -> int:
    """Run the blocks; gives how many ran. Raises whatever goes wrong, with the line of the block as a note."""
    names: dict[str, Any] = {"__name__": "__page__"}
    printed, count = "", 0
    for block in blocks(page):
        try:
            if block.mark == "file":
                Path(block.said).parent.mkdir(parents=True, exist_ok=True)
                Path(block.said).write_text(block.text, "utf-8")
                _forget_plugins()
            elif block.kind == "output":
                _compare(block.text, printed)
            elif block.kind in RUN and not block.mark:
                printed, count = _run(block, names), count + 1
        except BaseException as error:
            error.add_note(f"in the block at line {block.line}:\n{block.text}")
            raise
    return count


def _run(block: Block, names: dict[str, Any]) -> str:
    text = block.text
    for pattern, instead in TINY:
        text = re.sub(pattern, instead, text)
    if block.kind == "bash":
        return "".join(map(_command, _lines(text)))
    if block.kind == "console":
        return _converse(text)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile("\n" * block.line + text, "page", "exec"), names)
    return out.getvalue()


def _converse(text: str) -> str:
    """Each command, and what it is said to print."""
    for command, said in re.findall(r"^\$ (.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        _compare(said, _command(command))
    return ""


def _lines(text: str) -> list[str]:
    """The commands of a block; a backslash joins lines, and what belongs together stands in quotes or after one."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def _command(line: str) -> str:
    """What a command prints. One of seqgen alone, without pipes and the like, is spared a process of its own."""
    if re.fullmatch(r"seqgen [^|<>;&$*`]*", line):
        return _seqgen(shlex.split(line, comments=True)[1:])
    linked = re.fullmatch(r"(.* pip install) -e (\S+)", line)
    plain = " ".join(linked.groups()) if linked else line
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", plain], capture_output=True, text=True)
    importlib.invalidate_caches()
    if linked and not done.returncode:
        _link(Path(linked[2]))
    if "pip install" in line:
        _forget_plugins()
    if done.returncode:
        raise AssertionError(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _link(package: Path) -> None:
    """Have what was installed from a folder lead there, as `pip install -e` does, which would fetch what it needs."""
    for module in package.iterdir():
        installed = Path(os.environ["PIP_TARGET"]) / module.name
        if installed.is_dir():
            shutil.rmtree(installed)
            installed.symlink_to(module.absolute())


def _forget_plugins() -> None:
    """Have what was installed or written before imported anew."""
    importlib.invalidate_caches()
    site = os.environ.get("PIP_TARGET", "")
    for name, module in list(sys.modules.items()):
        if site and str(getattr(module, "__file__", None)).startswith(site):
            del sys.modules[name]


def _seqgen(arguments: list[str]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = seqgen.cli.main(arguments)
    if code:
        raise AssertionError(f"exit code {code}")
    return out.getvalue()


def _compare(said: str, printed: str) -> None:
    checker, options = doctest.OutputChecker(), doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if not checker.check_output(said, printed, options):
        raise AssertionError(f"it printed:\n{printed}\nand not:\n{said}")


if __name__ == "__main__":
    print(play(Path(sys.argv[1]).read_text("utf-8")))

"""The plugins in docs/examples, from the outside: installed, and used as their own pages say, which check them too."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import page as pages
from tests.docs.test_docs import surroundings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent.name for path in (ROOT / "docs" / "examples").glob("*/pyproject.toml"))

PLAYED = """
import os, sys
from pathlib import Path
tools, *folders = sys.argv[1:]
sys.path.insert(0, tools)
import page, pytest
plain = ["-c", "/dev/null", "--rootdir", ".", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
for folder in folders:
    os.chdir(folder)
    print("plays", folder, flush=True)
    print("blocks", page.play(Path("README.md").read_text("utf-8")))
    print("code", int(pytest.main(["-q", *plain, "-k", "not laws", "tests"])), flush=True)
"""
"""The page of each, and its tests but for the checks, which are on the page: in one process, that torch comes once."""


def test_there_are_examples() -> None:
    assert EXAMPLES == ["seqgen-abc-chords", "seqgen-dna", "seqgen-pgn"]


def test_the_examples_do_what_their_pages_say_and_pass_their_tests(tmp_path: Path) -> None:
    environment = surroundings(tmp_path)
    unwanted = shutil.ignore_patterns(".hypothesis", "__pycache__")
    places = [shutil.copytree(ROOT / "docs" / "examples" / name, tmp_path / name, ignore=unwanted) for name in EXAMPLES]
    command = [sys.executable, "-P", "-W", "error", "-c", PLAYED, str(ROOT / "tests" / "docs"), *map(str, places)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    for place in places:
        _, _, told = done.stdout.partition(f"plays {place}\n")
        told = told.partition("plays ")[0]
        found = [block for block in pages.blocks((place / "README.md").read_text("utf-8")) if block.kind in pages.RUN]
        assert found and f"blocks {len(found)}\n" in told and told.endswith("code 0\n"), f"{place.name}: {told}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_checks_itself(name: str) -> None:
    """Its page has `seqgen plugin check`, and its tests have the same checks."""
    folder = ROOT / "docs" / "examples" / name
    assert "\nseqgen plugin check " in (folder / "README.md").read_text("utf-8")
    assert any("checks(" in test.read_text("utf-8") for test in (folder / "tests").glob("test_*.py"))

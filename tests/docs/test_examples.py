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
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import page, pytest
count = page.play(Path("README.md").read_text("utf-8"))
plain = ["-c", "/dev/null", "--rootdir", ".", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
code = pytest.main(["-q", *plain, "-k", "not laws", "tests"])
print("played", count)
sys.exit(code)
"""
"""The page, and the plugin's tests but for the checks, which are on the page: in one process, that torch comes once."""


def test_there_are_examples() -> None:
    assert EXAMPLES == ["seqgen-abc-chords", "seqgen-dna", "seqgen-pgn"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_does_what_its_page_says_and_passes_its_tests(name: str, tmp_path: Path) -> None:
    environment = surroundings(tmp_path)
    here = shutil.copytree(ROOT / "docs" / "examples" / name, tmp_path / "example")
    command = [sys.executable, "-P", "-W", "error", "-c", PLAYED, str(ROOT / "tests" / "docs")]
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    blocks = [block for block in pages.blocks((here / "README.md").read_text("utf-8")) if block.kind in pages.RUN]
    assert blocks and f"played {len(blocks)}\n" in done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_checks_itself(name: str) -> None:
    """Its page has `seqgen plugin check`, and its tests have the same checks."""
    folder = ROOT / "docs" / "examples" / name
    assert "\nseqgen plugin check " in (folder / "README.md").read_text("utf-8")
    assert any("checks(" in test.read_text("utf-8") for test in (folder / "tests").glob("test_*.py"))

"""The wheel holds what the checkout holds, and works on its own: its commands run from an empty folder."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Path:
    """The wheel, built."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(checkout)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel, and borrows what it depends on from the one that runs the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(python)]
    install = ["install", "--no-deps", "--no-index", "--force-reinstall", str(wheel)]
    subprocess.run([*pip, *install], check=True, capture_output=True, text=True)
    return folder


@pytest.fixture
def seqgen(installed: Path, tmp_path: Path) -> Run:
    """Runs the installed command in an empty folder, and gives what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(*arguments: str) -> str:
        command = [str(installed / "bin" / "seqgen"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_wheel_holds_the_packages_and_the_corpora_and_nothing_else(wheel: Path, checkout: Path) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True).stdout
    homes = {"seqgen/": "seqgen/", "plugins/": "", "corpora/": "seqgen/_corpora/"}
    expected = {
        home + name.removeprefix(folder)
        for name in listed.splitlines()
        for folder, home in homes.items()
        if name.startswith(folder)
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected


def test_it_is_the_installed_package_that_runs(installed: Path) -> None:
    program = (
        "import seqgen, seqgen_chars, seqgen_mogrifier\n"
        "print(seqgen.__file__, seqgen_chars.__file__, seqgen_mogrifier.__file__)"
    )
    done = subprocess.run(
        [installed / "bin" / "python", "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert all(path.startswith(str(installed)) for path in done.stdout.split())


def test_help_and_corpora(seqgen: Run) -> None:
    assert "chars" in seqgen("--help")
    assert "fantasy-names" in seqgen("corpora", "list")


def test_training_and_generating(seqgen: Run) -> None:
    seqgen("chars", "train", "fantasy-names", "--steps", "3", "--width", "16", "--out", "run")
    assert seqgen("chars", "generate", "run", "-n", "2", "--length", "5").strip()

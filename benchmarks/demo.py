"""From a fresh clone of the last commit to names and a tune: `make demo` in a temporary folder, installation included.

Packages come as this machine's pip is set up to get them; `--no-cache` keeps it from what it fetched before.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import ROOT, Figure, Goal, show

GOAL = Goal("value", "most", 240)
NAMES = 20


def main(arguments: Sequence[str]) -> None:
    """Print the figure, and on stderr what the demonstration printed."""
    show(figures, arguments, about=__doc__, options=options)


def options(parser: argparse.ArgumentParser) -> None:
    """How the demonstration is set up."""
    parser.add_argument("--no-cache", action="store_true", help="fetch every package anew")
    parser.add_argument("--python", default="python3", help="the Python that `make` begins with")


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Seconds from cloning to the tune; the quick form asks `make` what it would do, and does not do it."""
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "--quiet", ROOT.as_uri(), str(clone)], check=True)
        command = ["make", "demo", f"PYTHON={given.python}", *(["--dry-run"] if given.quick else [])]
        environment = fresh_environment(Path(folder, "cache"), no_cache=given.no_cache)
        done = subprocess.run(command, cwd=clone, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        seconds = time.perf_counter() - start
        tune = [each for each in ("mid", "png", "wav") if (clone / "runs" / "melody" / f"melody.{each}").is_file()]
    print(done.stdout, file=sys.stderr)
    if not given.quick:
        check_names(done.stdout)
        if len(tune) < 3:
            raise RuntimeError("the demonstration left no tune with its picture and its sound")
    yield Figure(f"make demo, {'without' if given.no_cache else 'with'} pip's cache", "seconds", seconds, goal=GOAL)


def fresh_environment(cache: Path, *, no_cache: bool) -> dict[str, str]:
    """The environment, without this Python's own and with a cache of seqgen's that is empty."""
    own = ("PYTHON", "VIRTUAL_ENV", "SEQGEN_", "MAKE")
    found = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    found["SEQGEN_CACHE_DIR"] = str(cache)
    return found | ({"PIP_NO_CACHE_DIR": "1"} if no_cache else {})


def check_names(printed: str) -> None:
    """Raise RuntimeError unless the names stand behind the command that prints them."""
    names = printed.partition("chars generate")[2].splitlines()[1 : NAMES + 1]
    if len(names) < NAMES or not all(name.strip() for name in names) or any("runs/" in name for name in names):
        raise RuntimeError(f"the demonstration printed no {NAMES} names")


if __name__ == "__main__":
    main(sys.argv[1:])

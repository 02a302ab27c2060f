"""From the start of a process to the help, to an option completed, and to the first symbol of a model of 1 x 512,
beside `python -c pass`.

The command is the one that is installed beside this Python, as a user types it. The help is measured twice: as it is
here, and with twenty more plugins installed. An option is completed from what is kept, as each time but the first. The
last figure counts how many modules of torch writing that symbol has loaded.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.measuring import Figure, Goal, Work, alternate, show
from seqgen import model
from seqgen.checkpoint import Checkpoint
from seqgen.codec import Codec
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings
from seqgen.vocabulary import Vocabulary
from seqgen_chars import Chars

HELP_GOAL, SYMBOL_GOAL = Goal("value", "most", 0.3), Goal("value", "most", 0.5)
COMPLETION_GOAL = Goal("value", "most", 0.15)
TORCH_GOAL = Goal("value", "most", 0)
VOCABULARY = Vocabulary(("document",), [chr(ord("0") + i) for i in range(64)])
TURNS, QUICK_TURNS = 21, 1
PLUGINS = 20
COUNT_TORCH = """
import sys
from seqgen.cli import main
code = main(sys.argv[1:])
print(sum(name.partition(".")[0] == "torch" for name in sys.modules), file=sys.stderr)
raise SystemExit(code)
"""


def main(arguments: Sequence[str]) -> None:
    """Print the five figures."""
    show(figures, arguments, about=__doc__)


def figures(given: argparse.Namespace) -> Iterator[Figure]:
    """Seconds to the help, to an option completed and to the first symbol; modules of torch."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        save_model(path)
        generate = ["chars", "generate", str(path), "--length", "200"]
        completing = [*seqgen(), "completion", "bash", "--", "chars", "train", "--wid"]
        commands = [[sys.executable, "-c", "pass"], [*seqgen(), "--help"], [*seqgen(), *generate], completing]
        places = [str(install(Path(folder, "site"))), os.environ.get("PYTHONPATH", "")]
        crowded = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, places))}
        works = [
            to_end(commands[0]),
            to_end(commands[1]),
            to_end(commands[1], environment=crowded),
            to_first_byte(commands[2]),
            to_end(commands[3]),
        ]
        alternate(works, 1)  # so that every file has been read once
        base, help, among, first, option = alternate(works, QUICK_TURNS if given.quick else TURNS)
        yield Figure.beside("seqgen --help", "seconds", own=help, base=base, goal=HELP_GOAL)
        yield Figure.beside(f"the same, {PLUGINS} plugins more", "seconds", own=among, base=base, goal=HELP_GOAL)
        yield Figure.beside("completing an option", "seconds", own=option, base=base, goal=COMPLETION_GOAL)
        yield Figure.beside("first generated symbol", "seconds", own=first, base=base, goal=SYMBOL_GOAL)
        yield Figure("torch after generating", "modules", torch_modules(generate), goal=TORCH_GOAL)


def seqgen() -> list[str]:
    """The installed command, or what stands for it in a checkout that is not installed."""
    command = Path(sys.executable).with_name("seqgen")
    return [str(command)] if command.exists() else [sys.executable, "-m", "seqgen"]


def install(site: Path, count: int = PLUGINS) -> Path:
    """The metadata of so many plugins in that folder, which is made, and no module for them: none is to be imported."""
    for number in range(count):
        info = site / f"seqgen_more{number}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "entry_points.txt").write_text(f"[seqgen]\nmore{number} = seqgen_more{number}\n", "utf-8")
        about = f"Name: seqgen-more{number}\nVersion: 1.0\nSummary: Number {number}.\nRequires-Dist: seqgen\n"
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\n{about}", "utf-8")
    return site


def to_end(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Work:
    """Runs the command, and gives the seconds until it is done."""

    def turn() -> float:
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
        return time.perf_counter() - start

    return turn


def to_first_byte(command: Sequence[str]) -> Work:
    """Runs the command, and gives the seconds until its first byte has come."""

    def turn() -> float:
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
            assert process.stdout
            first = process.stdout.read(1)
            seconds = time.perf_counter() - start
            process.stdout.read()
        if not first or process.returncode:
            raise RuntimeError(f"{' '.join(command)} printed {first!r} and ended with {process.returncode}")
        return seconds

    return turn


def torch_modules(arguments: Sequence[str]) -> int:
    """How many modules of torch are loaded once the command is done."""
    command = [sys.executable, "-c", COUNT_TORCH, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stderr.split()[-1])


def save_model(path: Path) -> None:
    """A model of 1 x 512 with random weights."""
    settings = ModelSettings(VOCABULARY.size, layers=1, width=512, embedding=128, reset_level=0)
    rng, shapes = np.random.default_rng(0), model.shapes(settings).items()
    Checkpoint(
        model=settings,
        params={name: rng.normal(size=shape, scale=0.05).astype(np.float32) for name, shape in shapes},
        codec=Codec(Chars(), VOCABULARY).to_json(),
        strategy=Strategy(),
        reset="document",
        documents=np.zeros(0, np.uint64),
        provenance={"domain": "chars"},
    ).save(path)


if __name__ == "__main__":
    main(sys.argv[1:])

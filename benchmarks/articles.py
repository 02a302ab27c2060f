"""Five articles about recurrent networks that write, reproduced: the runs, tables and samples of docs/articles.md.

    python -m benchmarks.articles names|novel|shakespeare|layers|encodings

Every command of seqgen is printed before it is run. What is in --out already is not trained again. Budgets are steps,
so that figures other than seconds do not depend on what else the machine does.
"""

import argparse
import contextlib
import io
import json
import re
import shlex
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, hardware, software, today
from seqgen import api, cli, pictures
from seqgen.api.gallery import curve_of
from seqgen.pictures import Point

PAGE = ROOT / "docs" / "articles.md"
QUICK = "--steps 2 --width 8 --embedding 4 --lanes 4 --window 8 --sample-length 20"
SHOWN, WIDE = 150, 100
"""Characters of each sample of a gallery, and in a line of it."""


@dataclass(frozen=True)
class Article:
    """A corpus, the options that all its models share, and those of each model; the first one is the article's own.

    In the end that one writes, with the options `writes`, at each of the `temperatures`. So many `drawn` sequences are
    looked up in the training text. `looks` are the validations of which it is shown what was written then, the first
    being 1 and the last -1, `curves` the models whose losses are drawn.
    """

    corpus: str
    common: str
    models: Mapping[str, str]
    writes: str = ""
    temperatures: Sequence[float] = ()
    drawn: int = 0
    looks: Sequence[int] = ()
    curves: Sequence[str] = ()
    seeds: Sequence[int] = (0, 1)

    def command(self, model: str, seed: int, out: str) -> str:
        """The command that trains a model."""
        options = f"{self.common} {self.models[model]} --threads 1 --seed {seed} --out {out}"
        return f"seqgen chars train {self.corpus} {options}"


_SHAKESPEARE = "--width 256 --embedding 64 --lanes 48 --window 50 --steps 1200 --patience 0"
_LAYERS = "--width 192 --embedding 64 --lanes 48 --window 64 --patience 0"
_ALICE = (
    "--levels chapter --levels paragraph --split 64,24,12 --width 192 --embedding 64 --window 32 "
    "--input-dropout 0.05 --output-dropout 0.2 --weight-drop 0 --steps 600 --patience 0"
)
ARTICLES = {
    "names": Article(
        "fantasy-names",
        "--embedding 32 --lanes 32 --window 32 --input-dropout 0.1 --output-dropout 0.3 --weight-drop 0.1 "
        "--split 80,20,0 --steps 800 --patience 0",
        {"rnn": "--cell rnn --width 128", "rnn-wide": "--cell rnn --width 256", "lstm": "--cell lstm --width 128"},
        writes="-n 12",
        temperatures=(0.7, 1.0),
        drawn=500,
        looks=(1, 2, 5, 10),
        curves=("rnn", "lstm"),
    ),
    "novel": Article(
        "sherlock",
        "--width 256 --embedding 64 --lanes 96 --window 32 --epochs 8 --validations 64 --patience 0",
        {"gru": "--cell gru"},
        writes="--prompt Holmes --length 150",
        temperatures=(0.5, 0.8),
        looks=(1, 2, 4, 8, 16, 32, -1),
        curves=("gru",),
    ),
    "shakespeare": Article(
        "tinyshakespeare",
        _SHAKESPEARE,
        {"two-layers": "--layers 2", "one-layer": "--layers 1"},
        writes="--prompt ROMEO: --length 110",
        temperatures=(0.2, 0.5, 0.8, 1.0, 1.3),
        curves=("two-layers", "one-layer"),
    ),
    "layers": Article(
        "tinyshakespeare",
        _LAYERS,
        {
            "attention": "--cell lstm,attention --steps 600",
            "convolution": "--cell convolution,lstm --steps 600",
            "lstm": "--cell lstm --steps 600",
            "lstm-longer": "--cell lstm --steps 1500",
        },
        curves=("attention", "lstm-longer"),
    ),
    "encodings": Article(
        "alice",
        _ALICE,
        {
            "one-paragraph": "--reset paragraph --lanes 96",
            "one-document": "--reset document --lanes 96",
            "one-window": "--reset window --lanes 96",
            "one-never": "--reset never --lanes 96",
            "many-to-one": "--context 8 --lanes 384",
            "one-to-many": "--horizon 4 --reset paragraph --lanes 96",
        },
        curves=("one-paragraph", "many-to-one"),
    ),
}


@dataclass(frozen=True)
class Trained:
    """A model that was trained, when and where, the seconds it took with its looks, and what `evaluate --json` says."""

    model: str
    seed: int
    folder: Path
    measured: str
    seconds: float
    found: dict[str, Any]

    def row(self) -> list[str]:
        """Its cells in the table."""
        bits, (low, high) = self.found["bits_per_character"], self.found["interval"]
        count = sum(value.size for value in api.load(self.folder).checkpoint.params.values())
        steps = curve_of(self.folder).validation[-1].step
        cold = "-" if bits["cold_64"] is None else f"{bits['cold_64']:.3f}"
        cells = [f"`{self.model}`, {self.seed}", f"{count:,}", f"{steps:,}", f"{self.seconds:.0f}"]
        return [*cells, f"{bits['as_generated']:.3f}", f"{low:.3f} to {high:.3f}", cold, *self._copied()]

    def _copied(self) -> list[str]:
        copies = self.found["copies"]
        return [f"{copies['generated']['whole']:.1%}"] if copies else []


COLUMNS = ["model, seed", "parameters", "steps", "seconds", "bits per character", "95 %", "in cold windows of 64"]
COPIED = "copied"


def main(arguments: Sequence[str]) -> None:
    """Train an article's models, and print or write its section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("article", choices=ARTICLES)
    parser.add_argument("--seeds", nargs="+", type=int, metavar="SEED", help="two, by default")
    parser.add_argument("--out", type=Path, default=Path("runs", "articles"), metavar="FOLDER")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=PAGE, metavar="PAGE.md", help="into docs/articles.md, and its picture"
    )
    parser.add_argument("--quick", action="store_true", help="two steps each, on fantasy-names, to see that it works")
    given = parser.parse_args(arguments)
    text = section(given.article, given)
    if given.write:
        given.write.write_text(filled(given.write.read_text("utf-8"), given.article, text), "utf-8")
        draw(given)
    else:
        print(text)


def section(name: str, given: argparse.Namespace) -> str:
    """What an article came to, as Markdown."""
    article = ARTICLES[name]
    runs = []
    for model, seed in product(article.models, given.seeds or article.seeds):
        runs.append(trained(article, model, seed, folder=given.out / name, quick=given.quick))
    parts = [f"Measured {runs[0].measured}.", table(article, runs)]
    parts += [gallery(runs[0].folder, article.looks)] if article.looks else []
    parts += [samples(article, runs[0].folder)] if article.temperatures else []
    return "\n\n".join(parts) + "\n"


def trained(article: Article, model: str, seed: int, *, folder: Path, quick: bool) -> Trained:
    """A run and its figures, which are kept beside it."""
    out = folder / f"{model}-{seed}"
    kept = out / "article.json"
    if not kept.exists():
        command = article.command(model, seed, str(out))
        start = time.perf_counter()
        seqgen(smaller(command) if quick else command)
        seconds = time.perf_counter() - start
        drawn = min(article.drawn, 5) if quick else article.drawn
        found = json.loads(seqgen(f"seqgen chars evaluate {out} --samples {drawn} --json"))
        measured = f"{today()}, {hardware()}, of which one was used; {software()}"
        kept.write_text(json.dumps({"measured": measured, "seconds": seconds, "found": found}), "utf-8")
    return Trained(model, seed, out, **json.loads(kept.read_text("utf-8")))


def smaller(command: str) -> str:
    """The same on a corpus that is always there, in two steps; the last of two options counts."""
    command = re.sub(r"--epochs \d+ --validations \d+ ", "", command)
    return re.sub(r"train \S+", "train fantasy-names", command) + f" {QUICK}"


def seqgen(command: str) -> str:
    """Say and run a command; gives what it printed. Raises SystemExit if it fails."""
    print(f"$ {command}", file=sys.stderr, flush=True)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = cli.main(shlex.split(command)[1:])
    if code:
        raise SystemExit(code)
    return out.getvalue()


def table(article: Article, runs: Sequence[Trained]) -> str:
    """A row for each run."""
    columns = COLUMNS + [COPIED] * bool(article.drawn)
    rows = [columns, ["---"] * len(columns), *(run.row() for run in runs)]
    return rows_of(rows)


def rows_of(cells: Sequence[Sequence[str]]) -> str:
    """Rows of a table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def gallery(folder: Path, chosen: Sequence[int]) -> str:
    """The beginning of what was written at the chosen looks; a slash ends a line, two end a paragraph."""
    curve = curve_of(folder)
    looks = list(zip(curve.validation, curve.samples, strict=True))
    shown = [looks[look - (look > 0)] for look in chosen if look <= len(looks)]
    return fence("\n".join(f"step {at.step:,}, {at.bits:.2f} bits\n{_beginning(said.text)}\n" for at, said in shown))


def _beginning(sample: str) -> str:
    return textwrap.fill(one_line(sample)[:SHOWN], WIDE, initial_indent="    ", subsequent_indent="    ")


def one_line(text: str) -> str:
    """The text with a slash for each end of a line, and two for that of a paragraph."""
    return re.sub(r"\n+", lambda ends: " // " if len(ends[0]) > 1 else " / ", text.strip())


def samples(article: Article, folder: Path) -> str:
    """What the model writes at each temperature; slashes as in `gallery`."""
    rows = [["temperature", f"`chars generate {article.writes}` writes"], ["---", "---"]]
    for each in article.temperatures:
        text = seqgen(f"seqgen chars generate {folder} {article.writes} --temperature {each} --seed 0")
        rows.append([str(each), one_line(text).replace("|", "\\|")])
    return rows_of(rows)


def draw(given: argparse.Namespace) -> None:
    """Draw some of the losses of an article's first seed into the folder `pictures` beside the page."""
    article, folder = ARTICLES[given.article], given.write.parent / "pictures"
    seed = (given.seeds or article.seeds)[0]
    found = {model: curve_of(given.out / given.article / f"{model}-{seed}") for model in article.curves}
    curves = [
        replace(curve, name=model, training=thin(curve.training, 50), validation=thin(curve.validation, 20))
        for model, curve in found.items()
    ]
    folder.mkdir(exist_ok=True)
    pictures.draw_curves(folder / f"article-{given.article}.svg", curves)


def thin(points: Sequence[Point], most: int) -> list[Point]:
    """So many of the points, evenly spaced and the last among them: a picture needs no more."""
    return list(points[:: -max(1, -(-len(points) // most))])[::-1]


def fence(text: str) -> str:
    """The text as a block that is there to be read."""
    return f"```text\n{text.rstrip()}\n```"


def filled(page: str, name: str, text: str) -> str:
    """The page with the section between the comments of that article."""
    marked = re.compile(rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    return marked.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", page)


if __name__ == "__main__":
    main(sys.argv[1:])

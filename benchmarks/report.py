"""The tables and plots of docs/strategies.md, made of what `resets` and `strategies` kept.

    python -m benchmarks.report FOLDER ...

The page has a pair of comments for each benchmark and corpus; what stands between them is written anew where there are
runs, and the plots lie beside the page. The same runs give the same bytes. Every run is shown; where a figure is a mean
of several seeds it says so.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from statistics import mean

from benchmarks import distances, plotting, resets, strategies, worth
from benchmarks.distances import LEAST, Panel
from benchmarks.losses import bounds
from benchmarks.measuring import ROOT
from benchmarks.worth import BASE, CONTESTS, Contest, Run
from seqgen.errors import SeqgenError, UsageError

KINDS = {"resets": resets.contenders, "strategies": strategies.contenders}
CHOICES = {"resets": "reset", "strategies": "strategy"}
MARKED = re.compile(r"(<!-- measured: (resets|strategies) ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
ONE_TO_ONE = "one-to-one"
"""What the base is called among strategies."""


def main(arguments: Sequence[str]) -> None:
    """Write the page and draw the plots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="what --out named")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "strategies.md")
    given = parser.parse_args(arguments)
    try:
        runs = [run for folder in given.folders for run in worth.runs_in(folder)]
        given.page.write_text(written(given.page, runs), "utf-8")
    except SeqgenError as why:
        print(f"Error: {why}", file=sys.stderr)
        raise SystemExit(why.exit_code) from why


def written(page: Path, runs: Sequence[Run]) -> str:
    """The page with all that was measured in its place; draws the plots.

    Raises UsageError if two runs are of one contender and seed.
    """
    names = [(run.corpus, run.contender, run.seed) for run in runs]
    if len(names) != len(set(names)):
        raise UsageError("a report", "the folders have runs in common", "Name each folder once")

    def filled(found: re.Match[str]) -> str:
        own = chosen(found[2], CONTESTS[found[3]], runs)
        if not own:
            return found[0]
        plot = page.parent / f"{found[2]}-{found[3]}.svg"
        plotting.check(plot)
        distances.draw(plot, panels(own, ONE_TO_ONE if found[2] == "strategies" else BASE))
        return f"{found[1]}\n{section(found[2], own, plot.name)}\n{found[4]}"

    return MARKED.sub(filled, page.read_text("utf-8"))


def chosen(kind: str, contest: Contest, runs: Sequence[Run]) -> list[Run]:
    """The runs of one benchmark and corpus, in the order of the contenders, then by seed; those without a base of
    their seed are left out."""
    order = {name: place for place, name in enumerate(KINDS[kind](contest))}
    own = [run for run in runs if run.corpus == contest.corpus and run.contender in order]
    seeds = {run.seed for run in own if run.contender == BASE}
    return sorted((run for run in own if run.seed in seeds), key=lambda run: (order[run.contender], run.seed))


def section(kind: str, runs: Sequence[Run], plot: str) -> str:
    """A table with a row for each run, the plot, and for resets the same figures by distance."""
    corpus, names = runs[0].corpus, _names(kind)
    seconds = ", ".join(sorted({f"{run.allowed:g}" for run in runs}))
    threads = ", ".join(sorted({f"{run.threads}" for run in runs}))
    told = f"`{corpus}`: {seconds} seconds of training allowed each, threads: {threads}."
    image = f"![{corpus}: losses by distance from the last boundary, by {CHOICES[kind]}]({plot})"
    found = [told, "\n".join(table(CHOICES[kind], runs, names)), image]
    if kind == "resets":
        found += ["\n".join(by_distance(level, runs)) for level in runs[0].score.distance]
    return "\n\n".join(found) + "\n"


def _names(kind: str) -> dict[str, str]:
    if kind == "resets":
        return {}
    sizes = {name: next(iter(asked.items())) for name, asked in worth.STRATEGIES.items()}
    return {BASE: ONE_TO_ONE} | {name: f"{name}, {option} {value}" for name, (option, value) in sizes.items()}


def table(first: str, runs: Sequence[Run], names: Mapping[str, str]) -> Iterator[str]:
    """A row for each run."""
    unit, floors = runs[0].score.unit, any(run.floor for run in runs)
    columns = [
        f"{first}, seed",
        "steps",
        "seconds",
        "epochs",
        f"bits per {unit}",
        "95 %",
        f"beside `{names.get(BASE, BASE)}`",
    ]
    columns += ["in cold windows", *(["nats a chorus", "the least there can be"] if floors else [])]
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for run in runs:
        score, (more, low, high) = run.score, run.score.more
        name = f"{names.get(run.contender, run.contender)}, {run.seed}"
        cells = [name, f"{run.steps:,}", f"{run.seconds:.1f}"]
        cells += [f"{run.epochs:.1f}", f"{score.bits:.4f}", f"{score.interval[0]:.4f} to {score.interval[1]:.4f}"]
        cells += ["" if run.contender == BASE else f"{more:+.4f} ({low:+.4f} to {high:+.4f})", _or_dash(score.cold, 4)]
        cells += [f"{score.document:.2f}", _or_dash(run.floor, 2)] if floors else []
        yield f"| {' | '.join(cells)} |"


def _or_dash(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def by_distance(level: str, runs: Sequence[Run]) -> Iterator[str]:
    """Bits per symbol of each contender in each bucket that has symbols enough, the mean of its seeds."""
    buckets = _buckets(level, runs)
    ranges = [f"{low}" if low == high else f"{low:,}-{high:,}" for low, high in map(bounds, buckets)]
    yield f"| symbols after a {level} | {' | '.join(ranges)} |"
    yield "|" + "---|" * (len(buckets) + 1)
    for name, own in _by_contender(runs):
        values = [mean(each) for each in zip(*(_bits(run, level, buckets) for run in own), strict=True)]
        yield f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |"
    counts = [runs[0].score.distance[level][bucket][0] for bucket in buckets]
    yield f"| symbols | {' | '.join(f'{count:,}' for count in counts)} |"


def _buckets(level: str, runs: Sequence[Run]) -> list[int]:
    return [bucket for bucket, (count, _) in enumerate(runs[0].score.distance[level]) if count >= LEAST]


def _by_contender(runs: Sequence[Run]) -> list[tuple[str, list[Run]]]:
    return [(name, list(own)) for name, own in groupby(runs, key=lambda run: run.contender)]


def panels(runs: Sequence[Run], first: str) -> list[Panel]:
    """One for each level: bits per symbol of every run in every bucket, and those of the base of its seed, which is
    called `first`."""
    bases, found = {run.seed: run for run in runs if run.contender == BASE}, []
    for level in runs[0].score.distance:
        buckets = _buckets(level, runs)
        own, base = dict[str, list[list[float]]](), dict[str, list[list[float]]]()
        for run in runs:
            name = first if run.contender == BASE else run.contender
            own.setdefault(name, []).append(_bits(run, level, buckets))
            base.setdefault(name, []).append(_bits(bases[run.seed], level, buckets))
        found.append(Panel(level, [bounds(bucket)[1] for bucket in buckets], own, base))
    return found


def _bits(run: Run, level: str, buckets: Sequence[int]) -> list[float]:
    return [run.score.distance[level][bucket][1] for bucket in buckets]


if __name__ == "__main__":
    main(sys.argv[1:])

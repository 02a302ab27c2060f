"""The metrics of source code."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from seqgen.metric import Better, Excerpt, Material, Metric
from seqgen_code.lexers.python import PYTHON
from seqgen_code.metrics import judging
from seqgen_code.metrics.clones import mean_longest
from seqgen_code.metrics.naming import count_names

Measure = Callable[[Sequence[Excerpt], Material], float | None]
COMMON = 100
"""Names are counted by the hundred."""


def share(excerpts: Sequence[Excerpt], material: Material, *, accepts: Callable[[Excerpt], bool]) -> float | None:
    """The share of the excerpts that are accepted, among those that begin with their document; None without any."""
    return _mean(accepts(each) for each in excerpts if each.begins)


def share_of_whole(
    excerpts: Sequence[Excerpt], material: Material, *, accepts: Callable[[Excerpt], bool]
) -> float | None:
    """The share of the whole documents that are accepted; None without any."""
    return _mean(accepts(each) for each in excerpts if each.begins and each.ends)


def good_lines(excerpts: Sequence[Excerpt], material: Material) -> float | None:
    """The share of the lines that stand before the first with which no program can go on, over all excerpts that begin
    with their document; None without lines."""
    found = [judging.good_lines(each) for each in excerpts if each.begins]
    lines = sum(total for _, total in found)
    return sum(good for good, _ in found) / lines if lines else None


def undefined_names(excerpts: Sequence[Excerpt], material: Material) -> float | None:
    """How many of a hundred names that are loaded are bound nowhere, over all excerpts that parse; None without names.

    Of an excerpt that goes on, only the statements that are there are read, on either side, so a name that would have
    been bound later is counted.
    """
    trees = [tree for each in excerpts if each.begins and (tree := judging.first_statements(each))]
    found = [names for tree in trees if (names := count_names(tree))]
    loads = sum(each.loads for each in found)
    return COMMON * sum(each.undefined for each in found) / loads if loads else None


def _mean(judgements: Iterable[bool]) -> float | None:
    found = list(judgements)
    return sum(found) / len(found) if found else None


def _compiles(excerpt: Excerpt) -> bool:
    return judging.compiles(judging.text_of(excerpt))


def _metric(
    name: str, unit: str, better: Better, *, measure: Measure, summary: str, tokenizer: str = "python"
) -> Metric:
    return Metric(name, "code", unit, better, measure, summary, tokenizers=(tokenizer,))


METRICS = (
    _metric(
        "parses",
        "share",
        "higher",
        measure=partial(share, accepts=judging.parses),
        summary="samples that are programs, or may begin one where they are cut",
    ),
    _metric(
        "good_lines",
        "share",
        "higher",
        measure=good_lines,
        summary="lines before the first with which no program goes on",
    ),
    _metric(
        "compiles",
        "share",
        "higher",
        measure=partial(share_of_whole, accepts=_compiles),
        summary="whole samples that compile",
    ),
    _metric(
        "undefined_names",
        "per 100",
        "lower",
        measure=undefined_names,
        summary="names loaded that nothing binds, in samples that parse",
    ),
    _metric(
        "longest_copy_normalised",
        "lexemes",
        "like held-out",
        measure=partial(mean_longest, language=PYTHON),
        summary="longest copy from training but for names and values, on average",
    ),
    _metric(
        "loads",
        "share",
        "higher",
        measure=partial(share_of_whole, accepts=judging.loads),
        summary="whole samples that are JSON",
        tokenizer="json",
    ),
    _metric(
        "well_formed",
        "share",
        "higher",
        measure=partial(share, accepts=judging.well_formed),
        summary="samples that are XML, or may begin it where they are cut",
        tokenizer="markup",
    ),
)

"""The laws of metrics: a figure for whatever there is to measure, the same each time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from seqgen.errors import shown
from seqgen.metric import Excerpt, Material, Metric
from seqgen.testing.law import law, require
from seqgen.testing.splitting import TokenizerCase, spoken


@dataclass(frozen=True)
class MetricCase:
    """A metric, and a tokenizer in whose pieces it gets its content."""

    metric: Metric
    tokenizer: TokenizerCase

    @cached_property
    def excerpts(self) -> tuple[Excerpt, ...]:
        """The samples, in pieces."""
        tokenizer = self.tokenizer.plain
        pieces = (tokenizer.join(spoken(tokenizer, content)) for content in self.tokenizer.stock.contents)
        return tuple(Excerpt(tuple(each)) for each in pieces)

    def measured(self, excerpts: Sequence[Excerpt]) -> float | None:
        """The figure of these, beside the samples as what is held out and what was learnt."""
        material = Material(excerpts, self.excerpts, training=lambda: iter([each.pieces for each in self.excerpts]))
        return self.metric.measure(excerpts, material)


@law("metric", "edges")
def edges(case: MetricCase) -> None:
    """Of nothing, of next to nothing and of much it gives a finite number or None."""
    pieces = case.excerpts[0].pieces
    cases = {
        "no excerpts": (),
        "an excerpt without pieces": (Excerpt(()),),
        "one piece": (Excerpt(pieces[:1]),),
        "the start of a document": (Excerpt(pieces[:2], ends=False),),
        "the end of a document": (Excerpt(pieces[-2:], begins=False),),
        "the middle of a document": (Excerpt(pieces[1:3], begins=False, ends=False),),
        "the join of no symbols": (Excerpt(tuple(case.tokenizer.plain.join(()))),),
        "one excerpt forty times": case.excerpts[:1] * 40,
        "the samples": case.excerpts,
    }
    for name, excerpts in cases.items():
        try:
            found = case.measured(excerpts)
        except Exception as why:
            there = f"given {name}, it raised {type(why).__name__}: {why}"
            require(False, there, "Give None where there is nothing to measure")
        fine = found is None or (isinstance(found, int | float) and math.isfinite(found))
        require(fine, f"given {name}, it gave {shown(found)}", "Give None where there is nothing to measure")


@law("metric", "determinism")
def same(case: MetricCase) -> None:
    """The same excerpts give the same figure."""
    one, other = (case.measured(case.excerpts) for _ in range(2))
    require(one == other, f"it gave {one}, and then {other}", "Draw nothing at random, and keep nothing by the way")


@law("metric", "plain words")
def stated(case: MetricCase) -> None:
    """Its name, unit and summary are a line each."""
    for name in ("name", "unit", "summary"):
        value = getattr(case.metric, name)
        there = f"its {name} is {shown(value)}"
        require(isinstance(value, str) and len(value.splitlines()) == 1, there, "Say it in a line")

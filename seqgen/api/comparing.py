"""What a model writes, beside as much held-out content: the copies in each, the metrics, and what its constraint does.

A model without a constraint writes whole documents where enough are held out, and stretches where not. One with a
constraint writes documents of at most `LONGEST` symbols, with the constraint and without; beside them stand the
beginnings of held-out documents, of at most as many symbols.
"""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seqgen import labels
from seqgen.api.constraining import OWN, Asked
from seqgen.api.many import streams
from seqgen.codec import Prompt
from seqgen.constraint import Constraint
from seqgen.copying import CopyReport, copy_report
from seqgen.domain import Content
from seqgen.errors import MOST, InputError, shortened
from seqgen.generation import GenerateSettings, Reader, force
from seqgen.metric import Comparison, Excerpt, Failed, Material, Metric, compare
from seqgen.plugins import Plugins, reason
from seqgen.store import MARK
from seqgen.tokenizer import DOCUMENT_BOUNDARY

if TYPE_CHECKING:
    from seqgen.api.models import Model

MANY_DOCUMENTS = 20
"""From so many held-out documents on, samples are whole documents; below, stretches of `STRETCH` symbols."""
STRETCH = 500
LONGEST = 1000
"""Symbols that a sample with a constraint has at most, but for those that the constraint then ends it with."""
CHUNK = 1 << 16


@dataclass(frozen=True)
class Compliance:
    """What some documents, read up to a limit, have to do with a constraint.

    `ended` is the share that ends within the limit, `accepted` the share of which the constraint takes every symbol.
    `allowed` is the logarithm of the probability that the model gives to all that the constraint allows, on average
    over the symbols as far as it takes them, in nats: 0 where it takes nothing away, and None where it cannot tell.
    """

    samples: int
    ended: float
    accepted: float
    allowed: float | None


@dataclass(frozen=True)
class ConstraintReport:
    """A constraint and what a model writes with it and without it, beside held-out documents.

    Each of them is read up to `limit` symbols.
    """

    name: str
    limit: int
    generated: Compliance
    free: Compliance
    held_out: Compliance


class Compared(NamedTuple):
    """All that was compared; the report is None for a model without a constraint."""

    copies: dict[str, CopyReport]
    metrics: dict[str, Comparison]
    constraint: ConstraintReport | None


def compared(
    model: "Model", ids: np.ndarray, training: np.ndarray | None, *, samples: int, seed: int, plugins: Plugins
) -> Compared:
    """So many samples beside the held-out ids. There is nothing without samples, or without the ids of training."""
    if not samples or training is None:
        return Compared({}, {}, None)
    tokenizer = model.codec.tokenizer.name
    every = plugins.metrics(model.domain.name)
    if plugins.broken:
        left_out = ", ".join(f"{holder} ({reason(why)})" for holder, why in plugins.broken.items())
        warnings.warn(f"plugins are left out: {shortened(left_out, MOST)}; `seqgen plugins` says more", stacklevel=2)
    metrics = [metric for metric in every if not metric.tokenizers or tokenizer in metric.tokenizers]
    learnt = training[training < model.codec.vocabulary.first_label]
    side = _Side(model, learnt, samples, seed, metrics, partial(_warn, plugins=plugins))
    rule, constraint = model.constraints.own, model.constraints.of(OWN)
    return side.constrained(ids, rule.name, constraint=constraint) if rule and constraint else side.plain(ids)


def _warn(metric: Metric, why: InputError, *, plugins: Plugins) -> None:
    """Somebody's metric that fails ends no evaluation."""
    holder = next((holder for holder, each in plugins.records["seqgen_metrics"] if each is metric), "")
    warnings.warn(f"{why.asked} of the plugin {holder}: {why.there}; the figure is left out", stacklevel=2)


class _Document(NamedTuple):
    """A document up to a limit: the ids of its labels, and those of its content, with its mark before them and, if it
    ends within the limit, behind them."""

    labels: list[int]
    ids: np.ndarray

    @property
    def ended(self) -> bool:
        return len(self.ids) > 1 and int(self.ids[-1]) == MARK


class _Side(NamedTuple):
    """The side of the model, to be set beside what is held out."""

    model: "Model"
    training: np.ndarray
    samples: int
    seed: int
    metrics: Sequence[Metric]
    failed: Failed | None = None

    def plain(self, ids: np.ndarray) -> Compared:
        """Whole documents or stretches beside each other."""
        content = ids[ids < self.model.codec.vocabulary.first_label]
        whole = int((content[1:] == MARK).sum()) >= MANY_DOCUMENTS
        settings = GenerateSettings(length=0 if whole else STRETCH, seed=self.seed)
        drawn = [*self._written(settings)]
        held_out = list(islice(_documents(content) if whole else _stretches(content, self.samples), self.samples))
        own = drawn if whole else [ids[1:] for ids in drawn]
        copies = {"generated": copy_report(own, self.training), "held_out": copy_report(held_out, self.training)}
        apart = held_out if whole else _stretches(content, max(1, min(self.samples, len(content) // STRETCH)))
        material = Material(self._excerpts(drawn), self._excerpts(apart), training=self._learnt)
        return Compared(copies, compare(self.metrics, material, failed=self.failed), None)

    def constrained(self, ids: np.ndarray, name: str, *, constraint: Constraint) -> Compared:
        """Documents up to a limit beside each other, those of the model with the constraint and without."""
        held_out = islice(map(self._begun, _documents(ids)), self.samples)
        sides = {"generated": self._drawn(OWN), "free": self._drawn(None), "held_out": [*held_out]}
        copies = {side: copy_report([each.ids for each in found], self.training) for side, found in sides.items()}
        report = ConstraintReport(name, LONGEST, **{side: self._keep(constraint, sides[side]) for side in sides})
        # The constraint has ended what it cut.
        whole = [each.ids if each.ended else np.append(each.ids, MARK) for each in sides["generated"]]
        held, free = (self._excerpts(each.ids for each in sides[side]) for side in ("held_out", "free"))
        material = Material(self._excerpts(whole), held, free=free, training=self._learnt)
        return Compared(copies, compare(self.metrics, material, failed=self.failed), report)

    def _drawn(self, constraint: Asked) -> list[_Document]:
        settings = GenerateSettings(length=LONGEST, until=DOCUMENT_BOUNDARY.level, seed=self.seed)
        samples = enumerate(self._written(settings, constraint=constraint))
        return [_Document(labels.drawn(self.model.codec, {}, seed=self.seed, sample=k), ids) for k, ids in samples]

    def _written(self, settings: GenerateSettings, *, constraint: Asked = None) -> Iterator[np.ndarray]:
        """The ids of each sample, the mark before it too."""
        for stream in streams(self.model, [Prompt()] * self.samples, settings, constraint=constraint):
            yield np.array([MARK, *(each.id for each in stream)])

    def _begun(self, ids: np.ndarray) -> _Document:
        """A held-out document as far as the limit."""
        own = ids >= self.model.codec.vocabulary.first_label
        content = ids[~own]
        return _Document(ids[1 : 1 + own[1:].argmin()].tolist(), content[: 1 + self._limit(content[1:])])

    def _limit(self, ids: np.ndarray) -> int:
        """How many of these ids are drawn at most: boundaries are not counted, as in a sample."""
        counted = np.flatnonzero(ids > self.model.codec.vocabulary.unknown)
        return int(counted[LONGEST - 1]) + 1 if len(counted) >= LONGEST else len(ids)

    def _keep(self, constraint: Constraint, documents: Sequence[_Document]) -> Compliance:
        found = []
        player, vocabulary = self.model.player, self.model.codec.vocabulary
        for document in documents:
            reader = Reader(player, self.model.checkpoint.strategy, labels=document.labels)
            ids = document.ids[1 : 1 + self._limit(document.ids[1:])].tolist()
            found.append(force(reader, constraint, ids, vocabulary=vocabulary))
        count, places = max(1, len(found)), max(1, sum(each.places for each in found))
        masses = [each.log_mass for each in found if each.log_mass is not None]
        return Compliance(
            samples=len(found),
            ended=sum(each.ended for each in documents) / count,
            accepted=sum(each.whole for each in found) / count,
            allowed=sum(masses) / places if masses and len(masses) == len(found) else None,
        )

    def _excerpts(self, sides: Iterable[np.ndarray]) -> list[Excerpt]:
        """The content between marks, without what is empty before the first or after the last."""
        codec = self.model.codec
        parts = (part for ids in sides for part in _parted(ids))
        return [
            Excerpt(tuple(codec.decode(_numbers(part))), begins, ends)
            for begins, part, ends in parts
            if len(part) or (begins and ends)
        ]

    def _learnt(self) -> Iterator[Iterator[Content]]:
        """The content of each training document."""
        parts = _parted(self.training)
        return (self.model.codec.decode(_numbers(part)) for _, part, _ in parts if len(part))


def _parted(ids: np.ndarray) -> Iterator[tuple[bool, np.ndarray, bool]]:
    """The ids between marks, each time with whether a mark comes before and after them."""
    for a, b in pairwise([-1, *np.flatnonzero(ids == MARK).tolist(), len(ids)]):
        yield a >= 0, ids[a + 1 : b], b < len(ids)


def _numbers(ids: np.ndarray) -> Iterator[int]:
    """Ids as Python has them, without a list of all."""
    return chain.from_iterable(ids[i : i + CHUNK].tolist() for i in range(0, len(ids), CHUNK))


def _documents(ids: np.ndarray) -> Iterator[np.ndarray]:
    """The documents of a stream, each with the marks on both sides, in an order drawn once for all."""
    edges = np.flatnonzero(ids == MARK)
    for k in np.random.default_rng(0).permutation(len(edges) - 1):
        yield ids[edges[k] : edges[k + 1] + 1]


def _stretches(ids: np.ndarray, count: int) -> Iterator[np.ndarray]:
    for start in np.linspace(0, max(0, len(ids) - STRETCH), count).astype(int):
        yield ids[start : start + STRETCH]

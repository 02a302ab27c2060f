"""How well a model does on held-out content, and how much it copies."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqgen import corpus as corpora
from seqgen import labels
from seqgen.api.asking import Request
from seqgen.api.folder import RunFolder
from seqgen.api.preparing import Prepared, documents_of, prepare_request
from seqgen.codec import Codec, Prompt
from seqgen.copying import CopyReport, copy_report
from seqgen.errors import CorpusError, UsageError
from seqgen.generation import GenerateSettings
from seqgen.metric import Comparison, Excerpt, Material, compare
from seqgen.plugins import Plugins, find
from seqgen.records import from_json
from seqgen.store import MARK

if TYPE_CHECKING:
    from seqgen.api.models import Model

MANY_DOCUMENTS = 20
"""From so many held-out documents on, samples are whole documents; below, stretches of `STRETCH` symbols."""
STRETCH = 500
CHUNK = 1 << 16
LN2 = math.log(2)


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` measured on a part of a corpus.

    `nats` and `bits_per_character` hold one figure for each way of scoring, boundaries included, per character: None
    where the strategy has no such figure. `interval` is a 95 % bootstrap interval of bits per character, as generated.
    """

    corpus: str
    part: str
    characters: int
    symbols: int
    unknown: int
    nats: dict[str, float | None]
    bits_per_character: dict[str, float | None]
    interval: tuple[float, float]
    perplexity: float
    top_1: float
    top_5: float
    boundaries: dict[str, dict[str, float]]
    copies: dict[str, CopyReport]
    metrics: dict[str, Comparison]


def evaluate(
    model: "Model", source: "Source", *, samples: int = 20, seed: int = 0, plugins: Plugins | None = None
) -> Evaluation:
    """Score every symbol of the source; `samples` sequences are drawn for copies and metrics, which 0 leaves out."""
    from seqgen import evaluation
    from seqgen.nn import Stack, keep_memory

    keep_memory()
    strategy = model.checkpoint.strategy
    stack = Stack.from_arrays(model.checkpoint.model, model.checkpoint.params)
    held = evaluation.Held.of(source.ids, model.codec)
    scores = {f"cold_{window}": evaluation.cold(stack, held, strategy, window) for window in (64, 256)}
    scores["carried"] = evaluation.carried(stack, held, strategy)
    scores["as_generated"] = own = scores["carried"] or evaluation.contexts(stack, held, strategy)
    nats = {way: None if found is None else evaluation.nats_per_character(found, held) for way, found in scores.items()}
    low, high = evaluation.interval(own, held)
    copies, metrics = _compared(model, source, samples=samples, seed=seed, plugins=plugins or find())
    return Evaluation(
        corpus=source.name,
        part=source.part,
        characters=held.characters,
        symbols=held.symbols,
        unknown=int((source.ids == held.unknown).sum()),
        nats=nats,
        bits_per_character={way: None if value is None else value / LN2 for way, value in nats.items()},
        interval=(low / LN2, high / LN2),
        perplexity=math.exp(float(own.nats_N.sum(dtype=np.float64)) / max(1, held.symbols)),
        top_1=evaluation.accuracy(own, held, 1),
        top_5=evaluation.accuracy(own, held, 5),
        boundaries=evaluation.boundaries(own, held, model.codec.vocabulary.levels),
        copies=copies,
        metrics=metrics,
    )


@dataclass(frozen=True)
class Source:
    """Held-out ids under a model's own vocabulary, and the training ids to look for copies in, where they can be
    had."""

    name: str
    part: str
    ids: np.ndarray
    training: np.ndarray | None


def find_source(
    model: "Model", path: Path, *, part: str = "validation", corpus: str = "", mirror: Path | None = None
) -> Source:
    """What to evaluate on: a part of the corpus of the run, found again by its hashes, or the whole of another
    corpus."""
    request = _request(model, path)
    if corpus:
        given = corpora.find(corpus, mirror=mirror)
        request = replace(request, corpus=given.spec)
        if not _is_its_own(model, request, mirror):
            return Source(given.name, "all", _encode_all(model, given, request), None)
    try:
        prepared = prepare_request(request, mirror=mirror)
    except UsageError as why:
        remedy = f"Name it with --corpus, wherever it is now; it has the files {', '.join(_pinned(model))}"
        raise CorpusError(f"the corpus {request.corpus!r} of this model", why.there, remedy) from why
    _check_unchanged(model, prepared)
    return Source(
        prepared.corpus.name, part, np.asarray(prepared.store.ids(part)), np.asarray(prepared.store.ids("train"))
    )


def _is_its_own(model: "Model", request: Request, mirror: Path | None) -> bool:
    """Whether the corpus is what the model was trained on, wherever it is now."""
    try:
        here = documents_of(request, mirror=mirror).corpus.hashes()
        return sorted(here.values()) == sorted(_pinned(model).values())
    except CorpusError:  # it has none of the files that the request selects
        return False


def _request(model: "Model", path: Path) -> Request:
    """What the run was asked for: from its folder, else from the checkpoint itself, which names no path."""
    record = RunFolder(path if path.is_dir() else path.parent).read()
    if record is not None and record.corpus["files"] == _pinned(model):
        return record.request
    return from_json(Request, model.checkpoint.provenance["request"], where="the request in the checkpoint")


def _pinned(model: "Model") -> dict[str, str]:
    """The hash of each file of the corpus that the model was trained on."""
    files: dict[str, str] = model.checkpoint.provenance["corpus"]["files"]
    return files


def _check_unchanged(model: "Model", prepared: Prepared) -> None:
    here = set(prepared.hashes.values())
    changed = sorted(name for name, hash in _pinned(model).items() if hash not in here)
    if changed or prepared.store.codec.vocabulary != model.codec.vocabulary:
        there = f"{', '.join(changed) or 'its preparation'} is not what the model was trained on"
        raise CorpusError(
            f"the corpus {prepared.corpus.name!r}", there, "Restore it, or evaluate on it with --corpus as another text"
        )


def _encode_all(model: "Model", corpus: corpora.Corpus, request: Request) -> np.ndarray:
    """Every document of another corpus, marks between them, under the model's vocabulary; one without a label that the
    model knows is read as one that never had it."""
    parts: list[Any] = [[MARK]]
    codec, again = model.codec, max(model.checkpoint.model.reset_level, MARK)
    reading = {name: value for name, value in request.reading.items() if name not in ("include", "exclude")}
    for document in documents_of(replace(request, corpus=corpus.spec, reading=reading))():
        own = labels.ids_of(codec.vocabulary, document.labels)
        parts += [*labels.repeated(codec.encode(document.content), own, again), [MARK]]
    ids = np.concatenate(parts).astype(np.int32)
    if len(ids) < 2:
        raise CorpusError(f"the corpus {corpus.name!r}", "it holds no text", "Name another one")
    return ids


def _compared(
    model: "Model", source: Source, *, samples: int, seed: int, plugins: Plugins
) -> tuple[dict[str, CopyReport], dict[str, Comparison]]:
    """What the model writes beside as much held-out content: the copies in each, and the metrics of the domain."""
    if not samples or source.training is None:
        return {}, {}
    metrics = plugins.metrics(model.domain.name)
    first_label = model.codec.vocabulary.first_label
    content, training = (ids[ids < first_label] for ids in (source.ids, source.training))
    whole = int((content[1:] == MARK).sum()) >= MANY_DOCUMENTS
    settings = GenerateSettings(length=0 if whole else STRETCH, seed=seed)
    drawn = [
        np.array([MARK, *(each.id for each in model.stream(Prompt(), settings, sample=k))]) for k in range(samples)
    ]
    held_out = list(islice(_documents(content) if whole else _stretches(content, samples), samples))
    own = drawn if whole else [ids[1:] for ids in drawn]
    copies = {"generated": copy_report(own, training), "held_out": copy_report(held_out, training)}
    apart = held_out if whole else _stretches(content, max(1, min(samples, len(content) // STRETCH)))
    return copies, compare(metrics, _material(model.codec, drawn, apart, training=training))


def _material(
    codec: Codec, drawn: Iterable[np.ndarray], held_out: Iterable[np.ndarray], *, training: np.ndarray
) -> Material:
    """What the metrics are given; the stretches that are held out must not overlap."""
    sides = [[each for ids in side for each in _excerpts(codec, ids)] for side in (drawn, held_out)]
    return Material(
        *sides, training=lambda: (codec.decode(_numbers(part)) for _, part, _ in _parted(training) if len(part))
    )


def _excerpts(codec: Codec, ids: np.ndarray) -> Iterator[Excerpt]:
    """The content between the marks, without what is empty before the first or after the last."""
    for begins, part, ends in _parted(ids):
        if len(part) or (begins and ends):
            yield Excerpt(tuple(codec.decode(_numbers(part))), begins, ends)


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

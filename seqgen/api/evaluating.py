"""How well a model does on held-out content, and how much it copies."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqgen import corpus as corpora
from seqgen import labels
from seqgen.api.asking import Request
from seqgen.api.comparing import ConstraintReport, compared
from seqgen.api.doors import require_plain
from seqgen.api.folder import RunFolder
from seqgen.api.preparing import Prepared, documents_of, prepare_request
from seqgen.copying import CopyReport
from seqgen.errors import CorpusError, UsageError
from seqgen.lanes import Strategy
from seqgen.metric import Comparison
from seqgen.plan import AdaptSettings
from seqgen.plugins import Plugins, find
from seqgen.records import expect, from_json
from seqgen.store import MARK

if TYPE_CHECKING:
    from seqgen.api.models import Model
    from seqgen.evaluation import Held, Scores
    from seqgen.nn import Stack

LN2 = math.log(2)


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` measured on a part of a corpus.

    `nats` and `bits_per_character` hold one figure for each way of scoring, boundaries included, per character: None
    where the strategy has no such figure. `interval` is a 95 % bootstrap interval of bits per character, as generated.
    `unit` says what counts as a character, where content is no text. `bits_per_level` has the bits, as generated, of a
    document on average, and of what each boundary in the row begins.
    With a `constraint`, what is `generated` keeps to it, and what is `free` does not; it is None for a model without.
    """

    corpus: str
    """Its name."""
    part: str
    """Which part of it: `validation`, `test`, or `all` of a corpus that the model was not trained on."""
    characters: int
    """Characters of the part."""
    symbols: int
    """Symbols of the part, boundaries included."""
    unknown: int
    """Symbols that the model does not know, each charged as a choice among all code points."""
    nats: dict[str, float | None]
    bits_per_character: dict[str, float | None]
    interval: tuple[float, float]
    perplexity: float
    """The exponential of the nats per symbol, as generated."""
    top_1: float
    """The share of symbols that were the likeliest one."""
    top_5: float
    """The share of symbols among the five likeliest."""
    boundaries: dict[str, dict[str, float]]
    """For each level the `precision`, `recall` and `f1` with which its boundaries are foreseen, and their `count`."""
    copies: dict[str, CopyReport]
    """How much of the `generated` samples, and of as much held-out content, stands in the training part."""
    metrics: dict[str, Comparison]
    """Each metric of the domain, by its name."""
    constraint: ConstraintReport | None = None
    unit: str = "character"
    bits_per_level: dict[str, float] = field(default_factory=dict)


def evaluate(
    model: "Model",
    source: "Source",
    *,
    samples: int = 20,
    seed: int = 0,
    plugins: Plugins | None = None,
    adapt: AdaptSettings | None = None,
) -> Evaluation:
    """Score every symbol of the source; `samples` sequences are drawn for copies and metrics, which 0 leaves out.

    With `adapt` once more, by the model as it learns from what it has read: the way `adapted`. Raises UsageError if it
    cannot, and for a model that has been given another voice.
    """
    from seqgen import evaluation
    from seqgen.nn import Stack, keep_memory

    require_fit(model, adapt)
    keep_memory()
    strategy = model.checkpoint.strategy
    stack = Stack.from_arrays(model.checkpoint.model, model.checkpoint.params)
    held = evaluation.Held.of(source.ids, model.codec)
    own, scores = _scores(stack, held, strategy, adapt)
    nats = {way: None if found is None else evaluation.nats_per_character(found, held) for way, found in scores.items()}
    low, high = evaluation.interval(own, held)
    beside = compared(model, source.ids, source.training, samples=samples, seed=seed, plugins=plugins or find())
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
        copies=beside.copies,
        metrics=beside.metrics,
        constraint=beside.constraint,
        unit=model.domain.form.unit,
        bits_per_level=dict(_bits_per_level(float(own.nats_N.sum(dtype=np.float64)) / LN2, source.ids, model)),
    )


def require_fit(model: "Model", adapt: AdaptSettings | None) -> None:
    """Raise UsageError for a model that cannot be evaluated so."""
    if adapt is not None:
        expect(adapt, AdaptSettings, asked="how to adapt", wanted="an AdaptSettings, or None")
    require_plain(model, f"evaluating {model.path}", learning=adapt is not None)


def _scores(
    stack: "Stack", held: "Held", strategy: Strategy, adapt: AdaptSettings | None
) -> "tuple[Scores, dict[str, Scores | None]]":
    """The scores as generated, and those of each way."""
    from seqgen import adapting, evaluation

    adapted = {"adapted": adapting.adapted(stack, held, strategy, adapt)} if adapt else {}
    scores = {f"cold_{window}": evaluation.cold(stack, held, strategy, window) for window in (64, 256)}
    carried = evaluation.carried(stack, held, strategy)
    own = carried or evaluation.contexts(stack, held, strategy)
    return own, {**scores, "carried": carried, "as_generated": own, **adapted}


def _bits_per_level(bits: float, ids: np.ndarray, model: "Model") -> Iterator[tuple[str, float]]:
    """The bits of these ids shared out among what the boundaries of each level begin, under the domain's names."""
    for level, name in enumerate(model.codec.vocabulary.levels):
        count = int((ids[:-1] <= level).sum())
        yield model.domain.form.document if level == MARK else name, bits / max(1, count)


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
    return np.concatenate(parts).astype(np.int32)

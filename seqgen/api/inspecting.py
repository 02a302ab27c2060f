"""What a corpus holds, and what training would make of it, before any training."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from seqgen import labels, plan
from seqgen.api.asking import Kinds, Request
from seqgen.api.preparing import Prepared, documents_of, prepare_request
from seqgen.api.readers import Readers
from seqgen.domain import TEXT, plural
from seqgen.lanes import NEVER, Lanes, Strategy
from seqgen.plan import Material
from seqgen.plugins import Plugins, find
from seqgen.records import from_json
from seqgen.store import MARK, PARTS
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary

RARE = 5
"""A symbol seen less often than this is rare: a model learns little about it."""
PLENTY = 1_000_000
"""Characters that are usually enough for text worth reading."""
FEW = 10_000
"""Held-out characters below which a validation loss says little."""


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found; every figure counts characters of the whole corpus unless it says otherwise.

    `symbols` is the size of the vocabulary, that of the training part; `rare` counts those of its symbols that occur
    fewer than 5 times in all parts, `unknown` how often the held-out parts have a symbol that is not in it. `labels`
    has for each key how many training documents have each value; the empty one stands for none. Where content is no
    text, `unit` is what counts as a character, `audit` tells by file what reading it met, a line each, and `losses`
    counts what the tokenizer makes of the contents.
    """

    corpus: str
    files: int
    """How many there are."""
    bytes: int
    """Their size on disk."""
    documents: int
    characters: int
    symbols: int
    unknown: int
    rare: dict[str, int]
    boundaries: dict[str, int]
    """How often each level begins."""
    labels: dict[str, dict[str, int]]
    parts: dict[str, int]
    notes: dict[str, int]
    """What reading met and did about it, counted."""
    suggested: dict[str, Any]
    """The settings that training would choose."""
    seconds_per_epoch: float
    """About how long this machine needs to read the training part once."""
    advice: tuple[str, ...]
    """What to think of before training, a sentence each."""
    unit: str = "character"
    audit: dict[str, tuple[str, ...]] = field(default_factory=dict)
    losses: dict[str, int] = field(default_factory=dict)


def inspect(corpus: str | Path, *, domain: str = "chars", mirror: Path | None = None, **options: Any) -> Inspection:
    """Look at a corpus: its size, its symbols, the boundaries of every level, the sizes that would be chosen."""
    return inspect_request(Request.sort(corpus, domain, options), mirror=mirror)


def inspect_request(asked: Request, *, mirror: Path | None = None, plugins: Plugins | None = None) -> Inspection:
    """As `inspect`, for options already sorted."""
    prepared = prepare_request(_with_every_level(asked, plugins), mirror=mirror, plugins=plugins)
    counts, unknown = _counts(prepared)
    vocabulary, header = prepared.store.codec.vocabulary, prepared.store.header
    parts = {part: header.parts[part].characters for part in PARTS}
    material = Material(header.parts["train"].ids, vocabulary)
    chosen = plan.suggest(asked.settings, material, asked.strategy) | asked.settings
    speed = plan.symbols_per_second(chosen["width"], vocabulary.size)
    return Inspection(
        corpus=prepared.corpus.name,
        files=len(prepared.corpus.files),
        bytes=sum(path.stat().st_size for path in prepared.corpus.files),
        documents=counts[Boundary("document")] - sum(n > 0 for n in parts.values()),
        characters=sum(parts.values()),
        symbols=len(vocabulary.symbols),
        unknown=unknown,
        rare={symbol: n for symbol, n in counts.items() if isinstance(symbol, str) and 0 < n < RARE},
        boundaries={symbol.level: n for symbol, n in counts.items() if isinstance(symbol, Boundary)},
        labels=labels.counted(prepared.store.codec),
        parts=parts,
        notes=dict(header.notes),
        suggested=chosen,
        seconds_per_epoch=max(1, asked.strategy.context) * material.symbols / speed,
        advice=tuple(_advice(parts, prepared.domain.form.unit)) if prepared.domain.form.text else (),
        unit=prepared.domain.form.unit,
        audit=_audit(prepared, plugins),
        losses=_losses(prepared, mirror=mirror, plugins=plugins),
    )


def pairs(
    corpus: str | Path, count: int, *, domain: str = "chars", mirror: Path | None = None, **options: Any
) -> Iterator[tuple[str, str]]:
    """The first pairs of what is read and what is predicted when training on a corpus, with a strategy, context or
    horizon."""
    return pairs_of_request(Request.sort(corpus, domain, options), count, mirror=mirror)


def pairs_of_request(
    request: Request, count: int, *, mirror: Path | None = None, plugins: Plugins | None = None
) -> Iterator[tuple[str, str]]:
    """As `pairs`, for options already sorted.

    Pairs with a whole context and a whole horizon; at the edges of a document both are shorter.
    """
    kinds, strategy = Kinds.of(request.domain, request.tokenizer, plugins=plugins), request.strategy
    tokenizer = kinds.made(replace(request, choices=request.choices | {"reset": NEVER}))
    enough = count + strategy.context + strategy.horizon
    found: Iterator[tuple[str, str]] = chain.from_iterable(
        _pairs_of([*islice((s for s in tokenizer.split(document.content) if isinstance(s, str)), enough)], strategy)
        for document in documents_of(request, mirror=mirror, plugins=plugins)()
    )
    return islice(found, count)


def _pairs_of(symbols: list[str], strategy: Strategy) -> Iterator[tuple[str, str]]:
    """The whole pairs of the beginning of a document, as the lanes deal them out."""
    vocabulary = Vocabulary.build(("document",), dict.fromkeys(symbols, 1))
    ids = np.array([MARK, *map(vocabulary.id_of, symbols), MARK])
    for batch in Lanes(1, 1, strategy, MARK, carry=False).once(ids):
        read, said = batch.inputs_BT[0], batch.targets_BSK[0, 0]
        if batch.scored_BSK.all() and (read != MARK).all() and (said != MARK).all():
            yield _text(vocabulary, read), _text(vocabulary, said)


def _text(vocabulary: Vocabulary, ids: Any) -> str:
    symbols = [str(vocabulary.symbol_of(int(id))) for id in ids]
    return ("" if all(len(symbol) == 1 for symbol in symbols) else " ").join(symbols)


def _audit(prepared: Prepared, plugins: Plugins | None) -> dict[str, tuple[str, ...]]:
    """What reading each file met, by the name of the file; those where there was nothing are left out."""
    options: Any = from_json(prepared.domain.options, prepared.request.reading, where="reading")
    suffix = prepared.store.codec.tokenizer.suffix
    readers = Readers.of(prepared.domain, plugins or find(), asked=prepared.request.reader, suffix=suffix)
    audits = ((path, readers.of_file(path).audit) for path in prepared.corpus.files)
    found = {path.name: tuple(audit(path, options)) for path, audit in audits if audit is not None}
    return {name: lines for name, lines in found.items() if lines}


def _losses(prepared: Prepared, *, mirror: Path | None, plugins: Plugins | None) -> dict[str, int]:
    """What becomes of the contents on their way to symbols and back; variants are left out."""
    form, tokenizer = prepared.domain.form, prepared.store.codec.tokenizer
    if form.losses is None:
        return {}
    total: Counter[str] = Counter()
    documents = documents_of(prepared.request, mirror=mirror, plugins=plugins)
    for content in (each.content for each in documents() if not each.variant):
        symbols = (symbol for symbol in tokenizer.split(content) if isinstance(symbol, str))
        total += form.losses(content, form.whole(tokenizer.join(symbols)), tokenizer.name)
    return dict(total)


def _with_every_level(request: Request, plugins: Plugins | None) -> Request:
    levels = Kinds.of(request.domain, request.tokenizer, plugins=plugins).domain.levels[1:]
    return replace(request, tokenizing={"levels": levels} | request.tokenizing)


def _counts(prepared: Prepared) -> tuple[dict[str | Boundary, int], int]:
    """How often each symbol and boundary occurs in all parts together, and how often an unknown symbol."""
    vocabulary, store = prepared.store.codec.vocabulary, prepared.store
    total_V = np.zeros(vocabulary.size, np.int64)
    for part in PARTS:
        if store.header.parts[part].ids:
            total_V += np.bincount(store.ids(part), minlength=vocabulary.size)
    named = ((vocabulary.symbol_of(id), int(n)) for id, n in enumerate(total_V))
    spoken = {symbol: n for symbol, n in named if isinstance(symbol, str | Boundary)}
    return spoken, int(total_V[vocabulary.unknown])


def _advice(parts: dict[str, int], unit: str) -> Iterator[str]:
    """What a newcomer should know about a corpus of this size."""
    known = ": a million is the usual advice for running text" if unit == TEXT.unit else ""
    if parts["train"] < PLENTY:
        yield (
            f"{parts['train']:,} {plural(unit)} to learn from is little{known}. "
            "Short documents such as names do with less; otherwise expect the model to repeat what it has read."
        )
    if parts["validation"] < FEW:
        yield f"{parts['validation']:,} {plural(unit)} to validate on: differences between losses will be noisy."

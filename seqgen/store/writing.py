"""Preparing a corpus: survey the documents, deal them out, encode them, settle the vocabulary."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice, pairwise, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np

from seqgen import records
from seqgen.codec import Codec
from seqgen.domain import Document, Notes
from seqgen.errors import CorpusError, UsageError
from seqgen.files import explained
from seqgen.labels import behind_resets, ids_of
from seqgen.store.labelling import Labelling, Read, Survey, complete, notes_of, refuse, survey
from seqgen.store.reading import CHUNK, FORMAT, HEADER, MARK, Header, PartHeader, Store, little
from seqgen.store.split import PARTS, Ends, Split, cut, deal, with_variants
from seqgen.tokenizer import Boundary, Ids, Tokenizer
from seqgen.vocabulary import Vocabulary


def prepare(
    documents: Read,
    tokenizer: Tokenizer,
    folder: Path,
    *,
    split: Split,
    seed: int,
    notes: Notes,
    labelling: Labelling = Labelling(),  # noqa: B008
) -> Store:
    """Encode a corpus into a folder and open it; what was there is replaced when the new store is whole.

    `documents` is called for each pass over the corpus and may count into `notes`, which keeps the counts of one pass.
    Several documents are dealt out whole: `seed` shuffles them, and the held-out parts fill up to about their share.
    One document is cut by position. A tokenizer learns from the training documents; from the whole of an only one,
    unless it has that one cut first. Raises CorpusError when there are too few documents or symbols for the parts, or a
    label is missing that must not be.
    """
    read = _afresh(documents, notes)
    with _made_whole(folder) as work:
        layout = _plan(read, tokenizer, split, seed, labelling)
        whole, ends = layout.codec, layout.ends
        _write_ids(work, layout)
        codec, parts = _settle(work, whole, ends)
        notes.update(layout.notes)
        dtype = _dtype(codec.vocabulary).name
        header = Header(FORMAT, dtype, split, seed, parts, dict(+notes), codec.to_json())
        (work / HEADER).write_bytes(records.canonical(header))
    return Store.open(folder, {tokenizer.name: type(tokenizer)})


def _afresh(documents: Read, notes: Notes) -> Read:
    """The documents, each pass starting from the notes as they are now: or every pass would add its counts."""
    before = notes.copy()

    def read() -> Iterable[Document]:
        notes.clear()
        notes.update(before)
        return documents()

    return read


@contextmanager
def _made_whole(folder: Path) -> Iterator[Path]:
    """A temporary folder that becomes `folder` when the block ends well."""
    try:
        if folder.exists() and not (folder / HEADER).exists() and any(folder.iterdir()):
            raise UsageError(f"preparing into {folder}", "it holds something else", "Choose a new folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
            work = Path(temporary) / "new"
            work.mkdir()
            yield work
            if folder.exists():
                os.replace(folder, Path(temporary) / "old")
            _settle_in(work, folder)
    except OSError as error:
        raise explained(error, folder) from error


def _settle_in(work: Path, folder: Path) -> None:
    """Put a finished folder in its place; where another process was quicker, its folder stays."""
    try:
        os.replace(work, folder)
    except OSError:
        if not (folder / HEADER).exists():
            raise


@dataclass(frozen=True)
class _Layout:
    """Documents, the codec of them all, and the part of each; `cut` if they are the pieces of an only document.

    Labels are read again behind boundaries up to the id `again`.
    """

    read: Read
    codec: Codec
    ends: Ends
    cut: bool
    again: int
    notes: Notes


def _plan(read: Read, tokenizer: Tokenizer, split: Split, seed: int, labelling: Labelling) -> _Layout:
    """How a corpus is laid out; the tokenizer learns from the documents, or the piece, of training alone."""
    fitted = tokenizer.fit(read())
    found = survey(read, fitted)
    if labelling.missing != "keep" and (found.incomplete() & (found.sizes > 0)).any():
        if labelling.missing == "error":
            raise refuse(read, found)
        layout = _plan(complete(read, found.keys), tokenizer, split, seed, labelling)
        return replace(layout, notes=layout.notes + _left_out(found))
    own = np.where(found.variant_N, 0, found.extents)
    ends, full = deal(own, split, seed), np.flatnonzero(own)
    notes = notes_of(found, ends)
    if found.variant_N.any() and len(full) > 1:
        ends = with_variants(ends, found.extents, found.variant_N)
        notes["variants added to training"] = int(found.variant_N[ends[:, 0] > 0].sum())
    notes["empty documents dropped"] = int((found.extents == 0).sum())
    only = len(full) == 1
    pieces = _pieces_of(read, fitted, int(full[0]), split) if only else None
    if pieces:
        read, ends = (lambda: pieces), np.triu(np.ones((len(PARTS), len(PARTS)), np.int64))
    if pieces or not (only or type(tokenizer).fit is Tokenizer.fit):
        fitted = tokenizer.fit(document for document, own in zip(read(), ends, strict=False) if own[0])
        found = survey(read, fitted)
        if len(found.sizes) != len(ends):
            raise _changed()
    if pieces or not only:
        ends = np.where(ends > 0, found.sizes[:, None], 0)
    else:  # it is cut between two symbols, however long they are
        ends = deal(np.where(found.variant_N, 0, found.sizes), split, seed)
    labels = found.counted(ends[:, 0] > 0)
    levels, alphabet = ("document", *fitted.levels), fitted.alphabet()
    codec = Codec(
        fitted, Vocabulary.build(levels, found.counts, alphabet=alphabet, labels=labels), tuple(labels.values())
    )
    again = codec.vocabulary.level_id(labelling.again) if labels else MARK
    return _Layout(read, codec, ends, cut=bool(pieces), again=again, notes=notes)


def _left_out(found: Survey) -> Notes:
    """What to tell of documents that lack a label and are left out."""
    incomplete, empty = found.incomplete(), found.sizes == 0
    notes = Notes({"empty documents dropped": int(np.count_nonzero(incomplete & empty))})
    for key in found.keys:
        notes[f"documents without {key}, dropped"] = int(np.count_nonzero(found.without(key) & ~empty))
    return notes


def _pieces_of(read: Read, tokenizer: Tokenizer, number: int, split: Split) -> list[Document] | None:
    """An only document as one for each part, if its tokenizer wants it cut before it is split."""
    only = next(islice(read(), number, None))
    pieces = tokenizer.cut(only.content, lambda size: cut(size, split))
    return None if pieces is None else [Document(only.name, piece, only.labels) for piece in pieces]


def _write_ids(work: Path, layout: _Layout) -> None:
    """Encode every document into the file of its part, with the marks and labels."""
    codec = layout.codec
    dtype = _dtype(codec.vocabulary)
    ended: set[int] = set()
    with ExitStack() as stack:
        files = [stack.enter_context((work / f"{part}.ids").open("wb")) for part in PARTS]
        for document, own in zip_longest(layout.read(), layout.ends):
            if document is None or own is None:
                raise _changed()
            if document.variant and not own.any():
                continue
            begun, labels = -1, ids_of(codec.vocabulary, document.labels)
            for part, ids in _pieces(codec, document, own):
                if part != begun:
                    _append(files[part], [MARK, *labels], dtype)
                _append(files[part], behind_resets(ids, labels, layout.again), dtype)
                begun = part
            # A piece of a document ends where its part does.
            ended = {begun} if layout.cut and begun >= 0 else ended | {begun}
        for part in ended - {-1}:
            _append(files[part], [MARK], dtype)


def _pieces(codec: Codec, document: Document, ends: Ends) -> Iterator[tuple[int, Ids]]:
    """The ids of a document, cut where its parts end, each piece with its part."""
    seen = 0
    for ids in codec.encode(document.content):
        symbols = seen + np.cumsum(ids >= codec.vocabulary.unknown)
        edges = [0, *np.searchsorted(symbols, ends, "right").tolist()]
        seen = int(symbols[-1])
        for part, (start, stop) in enumerate(pairwise(edges)):
            if stop > start:
                yield part, ids[start:stop]
    if seen != ends[-1]:
        raise _changed()


def _append(file: IO[bytes], ids: Ids | list[int], dtype: np.dtype[Any]) -> None:
    file.write(np.ascontiguousarray(ids, dtype).data)


def _settle(work: Path, whole: Codec, ends: Ends) -> tuple[Codec, dict[str, PartHeader]]:
    """Rewrite the files, whose ids are those of the whole corpus, in the vocabulary of the training part."""
    counts = [_count(work / f"{part}.ids", whole.vocabulary) for part in PARTS]
    vocabulary, table = _narrowed(whole, counts[0])
    characters = [
        _characters(work / f"{part}.ids", whole, count_V) for part, count_V in zip(PARTS, counts, strict=True)
    ]
    for part in PARTS:
        _remap(work / f"{part}.ids", table, _dtype(whole.vocabulary), _dtype(vocabulary))
    documents_P = (np.diff(ends, axis=1, prepend=0) > 0).sum(axis=0)
    parts = {
        part: PartHeader(
            ids=int(count_V.sum()),
            documents=int(documents),
            characters=length,
            unknown=int(count_V[table == vocabulary.unknown].sum()),
        )
        for part, count_V, length, documents in zip(PARTS, counts, characters, documents_P, strict=True)
    }
    return replace(whole, vocabulary=vocabulary), parts


def _characters(path: Path, codec: Codec, counts_V: np.ndarray[Any, Any]) -> int:
    """How many characters a file of ids stands for."""
    if codec.lengths is not None:
        return int(counts_V @ codec.lengths)
    return int(codec.measure(np.fromfile(path, _dtype(codec.vocabulary))).sum())


def _narrowed(codec: Codec, counts_V: np.ndarray[Any, Any]) -> tuple[Vocabulary, np.ndarray[Any, Any]]:
    """The vocabulary of what was counted and of the alphabet, and a table from the old ids to its own."""
    whole = codec.vocabulary
    own: dict[str | Boundary, int] = dict(
        zip(whole.symbols, counts_V[whole.unknown + 1 : whole.first_label].tolist(), strict=True)
    )
    vocabulary = Vocabulary.build(whole.levels, own, alphabet=codec.tokenizer.alphabet(), labels=whole.labels)
    symbols = [vocabulary.id_of(symbol) for symbol in whole.symbols]
    labels = range(vocabulary.first_label, vocabulary.size)
    return vocabulary, np.array([*range(whole.unknown + 1), *symbols, *labels], np.uint32)


def _count(path: Path, vocabulary: Vocabulary) -> np.ndarray[Any, Any]:
    total_V = np.zeros(vocabulary.size, np.int64)
    with path.open("rb") as file:
        while len(ids := np.fromfile(file, _dtype(vocabulary), CHUNK)):
            total_V += np.bincount(ids, minlength=vocabulary.size)
    return total_V


def _remap(path: Path, table: np.ndarray[Any, Any], old: np.dtype[Any], new: np.dtype[Any]) -> None:
    """Replace each id by its entry in the table, in place; the new type is no wider, so reading keeps ahead."""
    narrow, count = table.astype(new), path.stat().st_size // old.itemsize
    with path.open("r+b") as file:
        for start in range(0, count, CHUNK):
            file.seek(start * old.itemsize)
            ids = np.frombuffer(file.read(CHUNK * old.itemsize), old)
            file.seek(start * new.itemsize)
            file.write(narrow[ids].data)
        file.truncate(count * new.itemsize)
        file.flush()
        os.fsync(file.fileno())


def _dtype(vocabulary: Vocabulary) -> np.dtype[Any]:
    return little(np.min_scalar_type(vocabulary.size - 1).name)


def _changed() -> CorpusError:
    return CorpusError("preparing the corpus", "it changed while it was read", "Prepare it again when it rests")

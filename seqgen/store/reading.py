"""A prepared corpus, opened."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np

from seqgen import records
from seqgen.codec import Codec
from seqgen.errors import CorpusError, UnknownName, UsageError
from seqgen.store.split import PARTS, Split
from seqgen.tokenizer import Ids, Tokenizer

MARK = 0
"""The id of the document mark."""
FORMAT = 1
HEADER = "header.json"
DTYPES = ("uint8", "uint16", "uint32")
CHUNK = 1 << 20
"""Ids held in memory at a time."""


@dataclass(frozen=True)
class PartHeader:
    """The figures of one part; `characters` counts those of unknown symbols too, `unknown` the symbols themselves."""

    ids: int
    documents: int
    characters: int
    unknown: int


@dataclass(frozen=True)
class Header:
    """What the ids of a store mean."""

    format: int
    dtype: str
    split: Split
    seed: int
    parts: dict[str, PartHeader]
    notes: dict[str, int]
    codec: dict[str, Any]


@dataclass(frozen=True)
class Store:
    """A prepared corpus, opened."""

    folder: Path
    header: Header
    codec: Codec

    @classmethod
    def open(cls, folder: Path, tokenizers: Mapping[str, type[Tokenizer]]) -> Self:
        """The store that `prepare` left in a folder. Raises CorpusError if it is not one, or not whole."""
        header = _read_header(folder / HEADER)
        for part, figures in header.parts.items():
            path, size = folder / f"{part}.ids", figures.ids * np.dtype(header.dtype).itemsize
            if not path.is_file() or path.stat().st_size != size:
                raise CorpusError(f"opening {path}", f"it does not hold {size} bytes", "Prepare the corpus again")
        return cls(folder, header, Codec.from_json(header.codec, tokenizers))

    def ids(self, part: str) -> Ids:
        """The ids of a part, memory-mapped, read-only. Raises UsageError if the part is empty."""
        if not self._part(part).ids:
            there = f"it is empty; this corpus has {', '.join(p for p in PARTS if self._part(p).ids)}"
            raise UsageError(f"the part {part!r}", there, "Take another part, or prepare the corpus with another split")
        return np.memmap(self.folder / f"{part}.ids", little(self.header.dtype), "r")

    def documents(self, part: str) -> int:
        """How many documents a part holds, whole or cut."""
        return self._part(part).documents

    def characters(self, part: str) -> int:
        """How many characters (or the domain's own unit) a part holds, those of unknown symbols included."""
        return self._part(part).characters

    def document_hashes(self) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        """The fingerprints of the training documents, sorted, each once."""
        ids, vocabulary = np.asarray(self.ids("train")), self.codec.vocabulary
        marks = [np.flatnonzero(chunk == MARK) + i * CHUNK for i, chunk in enumerate(_chunks(ids))]
        edges = [*np.concatenate(marks).tolist(), len(ids)]
        limits = {"boundaries": vocabulary.unknown, "labels": vocabulary.first_label}
        hashes = [fingerprint(ids[a + 1 : b], **limits) for a, b in pairwise(edges) if b > a + 1]
        return np.unique(np.array(hashes, np.uint64))

    def _part(self, part: str) -> PartHeader:
        if part not in PARTS:
            raise UnknownName("the part", part, PARTS)
        return self.header.parts[part]


def fingerprint(ids: Iterable[int] | Ids, *, boundaries: int = 1, labels: int = 1 << 32) -> int:
    """64 bits that stand for a document: BLAKE2b of its ids as little-endian uint32, but those below `boundaries`, and
    those from `labels` on."""
    digest = hashlib.blake2b(digest_size=8)
    for chunk in _chunks(ids if isinstance(ids, np.ndarray) else np.array(list(ids), np.uint32)):
        digest.update(chunk[(chunk >= boundaries) & (chunk < labels)].astype("<u4").tobytes())
    return int.from_bytes(digest.digest(), "little")


def little(dtype: str) -> np.dtype[Any]:
    """The type of the ids in a file: little-endian on every machine."""
    return np.dtype(dtype).newbyteorder("<")


def _chunks(ids: Ids) -> Iterator[Ids]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _read_header(path: Path) -> Header:
    remedy = "Prepare the corpus again"
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CorpusError(f"opening {path}", f"it is no header of a prepared corpus: {error}", remedy) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise CorpusError(f"opening {path}", f"it is not of format {FORMAT}", remedy)
    header = records.from_json(Header, value, where=str(path))
    if header.dtype not in DTYPES or set(header.parts) != set(PARTS):
        raise CorpusError(f"opening {path}", "its parts or its type of ids are not those of a prepared corpus", remedy)
    return header

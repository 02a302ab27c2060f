"""A JSON object and tensors as one sealed safetensors file.

The file is the length of its header in 8 bytes, the header, the tensors. The header is canonical JSON: the type, shape
and place of each tensor, and under `__metadata__` a text, itself canonical JSON of a format, a kind and a value, and
the SHA-256 of the whole file, taken with zeros in the place of that hash. So the header follows from the text, the
types and the shapes: `load` reads these alone, makes the header anew, and refuses any other, before it takes memory.
"""

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Literal

import numpy as np

from seqgen.errors import CheckpointError, LimitError, SeqgenError, shown
from seqgen.files import write_atomically
from seqgen.records import canonical, from_json

FORMAT = 1
"""The newest format that this seqgen reads, and the one that it writes."""
LONGEST_HEADER = 1 << 24
MOST_VALUES = 1 << 19
MOST_CONTAINERS = 1 << 18
"""Limits of a header: its bytes, its JSON values, its objects and lists. They bound the memory that parsing takes."""
MOST_ELEMENTS = 1 << 48
MOST_AXES = 8

Array = np.ndarray[Any, np.dtype[Any]]
Tensors = dict[str, Array]
Kind = Literal["model", "training", "memory"]
Tag = Literal["F64", "I64", "U64", "F32", "I32", "U32", "U16", "U8"]

_DTYPES: dict[Tag, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "I64": np.dtype("<i8"),
    "U64": np.dtype("<u8"),
    "F32": np.dtype("<f4"),
    "I32": np.dtype("<i4"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
}
_TAGS = {dtype: tag for tag, dtype in _DTYPES.items()}
_NO_HASH = "0" * 64
_FOREIGN = {b"PK": "a zip archive, as torch.save writes it", b"\x80": "a pickle", b"\x89HDF": "an HDF5 file"}
ANOTHER = "Take another copy of the file, or train again"


def save(path: Path, value: dict[str, Any], *, tensors: Tensors, kind: Kind) -> None:
    """Write a JSON object and tensors, whole or not at all. The reverse of `load`.

    Raises CheckpointError for what `load` would refuse, and the errors of `write_atomically`.
    """
    with refusing(f"saving {path}"):
        text = canonical({"format": FORMAT, "kind": kind, "value": value}).decode("ascii")
        plain = {name: _little_endian(name, array) for name, array in tensors.items()}
        header = _Header(text, {name: (_TAGS[array.dtype], array.shape) for name, array in plain.items()})
        if _parse(header.encode(_NO_HASH), kind)[1] != header:
            raise CheckpointError("its tensors", "one has a name that the format reserves", "Rename it")
    pieces = [plain[name].reshape(-1).view(np.uint8).data for name in header.spans()]
    write_atomically(path, [header.encode(_hash(header, pieces)), *pieces])


def load(path: Path, *, kind: Kind) -> tuple[dict[str, Any], Tensors]:
    """The JSON object and the tensors, in memory of their own. The reverse of `save`. Raises CheckpointError."""
    with refusing(f"loading {path}"), _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        value, header, given_hash = _parse(_read_header(file, size), kind)
        data = _read_data(file, size, header)
        if _hash(header, [data.data]) != given_hash:
            raise CheckpointError("its hash", "some byte is not what was saved", ANOTHER)
        return value, header.tensors(data)


def require(path: Path, *, kind: Kind) -> None:
    """Raise CheckpointError unless the header of that file is one of this kind."""
    with refusing(f"opening {path}"), _opened(path) as file:
        _parse(_read_header(file, os.fstat(file.fileno()).st_size), kind)


@contextlib.contextmanager
def refusing(asked: str) -> Iterator[None]:
    """Whatever is wrong within becomes a CheckpointError that says what was asked; want of memory, a LimitError."""
    try:
        yield
    except SeqgenError as error:
        raise CheckpointError(asked, f"{error.asked}: {error.there}", error.remedy) from error
    except OSError as error:
        raise CheckpointError(asked, error.strerror or str(error), "Check the path and its permissions") from error
    except MemoryError as error:
        raise LimitError(asked, "it does not fit in memory", "Use a machine with more memory") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(asked, shown(str(error)), "Use plain JSON values: finite numbers, text, lists") from error


@dataclass(frozen=True)
class _Header:
    """What a header follows from: the text in it, and each tensor's type and shape."""

    text: str
    specs: dict[str, tuple[Tag, tuple[int, ...]]]

    def spans(self) -> dict[str, tuple[int, int]]:
        """Where each tensor lies in the data, in order; the widest types first, so that each is aligned."""
        found, end = {}, 0
        for name in sorted(self.specs, key=lambda name: (-_DTYPES[self.specs[name][0]].itemsize, name)):
            tag, shape = self.specs[name]
            begin, end = end, end + _DTYPES[tag].itemsize * math.prod(shape)
            found[name] = begin, end
        return found

    def size(self) -> int:
        """Bytes of data."""
        return max((end for _, end in self.spans().values()), default=0)

    def encode(self, hash: str) -> bytes:
        """The bytes of the file before its data, a multiple of 8. The reverse of `_parse`."""
        spans = self.spans()
        entries: dict[str, Any] = {
            name: {"data_offsets": spans[name], "dtype": tag, "shape": shape}
            for name, (tag, shape) in self.specs.items()
        }
        entries["__metadata__"] = {"hash": hash, "seqgen": self.text}
        raw = canonical(entries)
        raw += b" " * (-len(raw) % 8)
        return len(raw).to_bytes(8, "little") + raw

    def tensors(self, data: Array) -> Tensors:
        """The data as tensors, which share its memory."""
        spans = self.spans()
        return {
            name: data[slice(*spans[name])].view(_DTYPES[tag]).reshape(shape)
            for name, (tag, shape) in self.specs.items()
        }


@dataclass(frozen=True)
class _Metadata:
    hash: str
    seqgen: str


@dataclass(frozen=True)
class _Envelope:
    format: int
    kind: str
    value: dict[str, Any]


@dataclass(frozen=True)
class _Tensor:
    data_offsets: tuple[int, int]
    dtype: Tag
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        elements = math.prod(max(size, 1) for size in self.shape[:MOST_AXES])
        if min(self.shape, default=0) < 0 or len(self.shape) > MOST_AXES or elements > MOST_ELEMENTS:
            raise CheckpointError("the shape of a tensor", f"it is {shown(list(self.shape))}", ANOTHER)


def _parse(raw: bytes, kind: Kind) -> tuple[dict[str, Any], _Header, str]:
    """The value, header and hash in these bytes, which are what `_Header.encode` makes of them and nothing else."""
    entries = _json_object(raw[8:].rstrip(b" ").decode("ascii", "replace"))
    metadata = from_json(_Metadata, entries.pop("__metadata__", None), where="its __metadata__")
    value = _open_envelope(_json_object(metadata.seqgen), kind)
    given = {name: from_json(_Tensor, entry, where=f"the tensor {shown(name)}") for name, entry in entries.items()}
    header = _Header(metadata.seqgen, {name: (tensor.dtype, tensor.shape) for name, tensor in given.items()})
    if header.encode(metadata.hash) != raw:
        raise CheckpointError("its header", "the tensors do not lie where seqgen puts them", ANOTHER)
    return value, header, metadata.hash


def _json_object(text: str) -> dict[str, Any]:
    """The object in this text, which must be its canonical JSON."""
    containers = text.count("[") + text.count("{")
    if len(text) > LONGEST_HEADER or text.count(",") > MOST_VALUES or containers > MOST_CONTAINERS:
        raise CheckpointError("its header", "it holds more than any model needs", "Use a smaller vocabulary")
    try:
        value = json.loads(text)
        if isinstance(value, dict) and canonical(value).decode("ascii") == text:
            return value
    except (ValueError, RecursionError) as error:
        raise CheckpointError("its header", shown(str(error)), ANOTHER) from error
    raise CheckpointError("its header", "it is not a canonical JSON object: a key twice, or a stray space", ANOTHER)


def _open_envelope(envelope: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """Its value, if the format and the kind are those that are wanted."""
    found = envelope.get("format")
    if isinstance(found, int) and found > FORMAT:
        there = f"it is {shown(found)}, and this seqgen reads formats up to {FORMAT}"
        raise CheckpointError("its format", there, "Upgrade seqgen")
    opened = from_json(_Envelope, envelope, where="its text")
    if opened.format != FORMAT:
        raise CheckpointError("its format", f"there is no format {shown(opened.format)}", ANOTHER)
    if opened.kind != kind:
        raise CheckpointError("its kind", f"it is {shown(opened.kind)}", f"Give a file of kind {kind!r}")
    return opened.value


def _read_header(file: BufferedReader, size: int) -> bytes:
    """The length and as many bytes as it claims, if the file holds them and no header is longer."""
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if size < 8 or length > min(LONGEST_HEADER, size - 8):
        kind = next((kind for magic, kind in _FOREIGN.items() if start.startswith(magic)), "")
        there = f"it may be {kind}" if kind else "it is no file of seqgen's, or one that was cut"
        raise CheckpointError("its length", there, "Give a file that seqgen saved; no other is opened")
    return start + file.read(length)


def _read_data(file: BufferedReader, size: int, header: _Header) -> Array:
    """The bytes of all tensors; memory is taken only once the file is known to be just as long."""
    there = size - file.tell()
    if there != header.size():
        raise CheckpointError("its size", f"{there} bytes of tensors, where {header.size()} belong", ANOTHER)
    data = np.empty(there, np.uint8)
    if file.readinto(data.data) != there:
        raise CheckpointError("its size", "the file became shorter while it was read", ANOTHER)
    return data


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """An ordinary file, for reading: no pipe and no device, which might never end."""
    if not path.is_file():
        raise CheckpointError("the file", "it is no ordinary one", "Give a run folder, or the file of a model in it")
    with path.open("rb") as file:
        yield file


def _little_endian(name: str, array: Array) -> Array:
    dtype = array.dtype.newbyteorder("<")
    if dtype not in _TAGS:
        raise CheckpointError(f"the tensor {name!r}", f"its type is {dtype}", f"Use one of {', '.join(_DTYPES)}")
    return array.astype(dtype, order="C", copy=False)


def _hash(header: _Header, pieces: Iterable[memoryview]) -> str:
    digest = hashlib.sha256(header.encode(_NO_HASH))
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()

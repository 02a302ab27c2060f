"""A small checkpoint, and files made by hand that look like one."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import numpy as np

from seqgen.checkpoint import Checkpoint
from seqgen.lanes import Strategy
from seqgen.model import ModelSettings, shapes
from seqgen.vocabulary import Vocabulary

VOCABULARY = Vocabulary(["document", "paragraph"], list("abcdefgh"))
SETTINGS = ModelSettings(vocabulary=11, cell="gru", layers=2, width=6, embedding=4, reset_level=0)
CODEC = {
    "tokenizer": {"name": "chars", "version": 1, "options": {"levels": ["paragraph"]}, "learnt": None},
    "vocabulary": VOCABULARY.to_json(),
}


def checkpoint(seed: int = 0, **changes: Any) -> Checkpoint:
    """A checkpoint of random weights, with some of its fields changed."""
    rng = np.random.default_rng(seed)
    params = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes(SETTINGS).items()}
    documents = np.sort(rng.integers(1 << 63, size=5, dtype=np.uint64))
    whole = Checkpoint(SETTINGS, params, CODEC, Strategy(), "document", documents, {"corpus": "none", "seed": seed})
    return replace(whole, **changes)


def equal(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether two checkpoints hold the same, bit for bit."""

    def plain(c: Checkpoint) -> Any:
        weights = {name: (array.dtype, array.shape, array.tobytes()) for name, array in c.params.items()}
        return c.model, weights, c.codec, c.strategy, c.reset, c.documents.tobytes(), c.provenance

    return bool(plain(one) == plain(other))


def dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def sealed(text: str, entries: dict[str, Any], data: bytes) -> bytes:
    """A file whose hash is right, whatever else it says: so that something else must refuse it."""

    def header(hash: str) -> bytes:
        raw = dump(entries | {"__metadata__": {"hash": hash, "seqgen": text}}).encode()
        raw += b" " * (-len(raw) % 8)
        return len(raw).to_bytes(8, "little") + raw

    return header(hashlib.sha256(header("0" * 64) + data).hexdigest()) + data


def taken_apart(raw: bytes) -> tuple[str, dict[str, Any], bytes]:
    """The text, the tensors' entries and the data of a file. The reverse of `sealed`."""
    end = 8 + int.from_bytes(raw[:8], "little")
    entries = json.loads(raw[8:end])
    return entries.pop("__metadata__")["seqgen"], entries, raw[end:]

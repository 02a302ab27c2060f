"""A model with all that generating, scoring and labelling take, as one sealed file."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from seqgen.checkpoint import sealed
from seqgen.checkpoint.sealed import ANOTHER, Array, Tensors
from seqgen.errors import CheckpointError, shown
from seqgen.files import require_there
from seqgen.lanes import ResetPolicy, Strategy
from seqgen.model import ModelSettings, shapes
from seqgen.records import canonical, from_json, to_json
from seqgen.vocabulary import Vocabulary

MODEL_FILE = "model.safetensors"
"""What a run folder calls its model."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Settings, parameters by name, `Codec.to_json()`, strategy, and the name of the reset policy.

    `documents` holds the sorted fingerprints of the training documents, `provenance` where the model comes from.
    Parts that do not fit together raise CheckpointError here, so nothing unfit is ever saved or loaded.
    """

    model: ModelSettings
    params: Tensors
    """The parameters by name, as numpy arrays of float32."""
    codec: dict[str, Any]
    """What `Codec.to_json()` gave."""
    strategy: Strategy
    reset: str
    documents: Array
    provenance: dict[str, Any]

    def __post_init__(self) -> None:
        with sealed.refusing("a checkpoint"):
            _check_settings(self.model, wanted_by(self.codec, self.strategy, self.reset))
            _check_params(self.params, shapes(self.model))
            _check_documents(self.documents)

    @cached_property
    def identity(self) -> str:
        """A hash over all that decides what the model does with a sequence, and over nothing else."""
        parts = [to_json(self.model), self.codec, to_json(self.strategy), self.reset, sorted(self.params)]
        digest = hashlib.sha256(canonical({"parts": parts}))
        for name in sorted(self.params):
            digest.update(np.ascontiguousarray(self.params[name], "<f4").data)
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all. The reverse of `load`."""
        labels = _Labels(self.model, self.codec, self.strategy, self.reset, self.provenance)
        tensors = self.params | {"documents": self.documents}
        sealed.save(path, to_json(labels), tensors=tensors, kind="model")

    @classmethod
    def load(cls, path: Path, *, knowing: Callable[[Any], None] | None = None) -> Self:
        """The checkpoint in that file, or in that run folder. The reverse of `save`. Raises CheckpointError;
        UsageError where there is none.

        `knowing` is given what its settings call `cell`, to make those cells known.
        """
        file = path / MODEL_FILE if path.is_dir() else path
        require_there(file, f"loading {file}", remedy="Give a run folder, or the file of a model in it")
        value, tensors = sealed.load(file, kind="model")
        with sealed.refusing(f"loading {file}"):
            if knowing and isinstance(value.get("model"), dict):
                knowing(value["model"].get("cell"))
            labels = from_json(_Labels, value, where="its labels")
            documents = tensors.pop("documents", np.zeros(0))
            return cls(params=tensors, documents=documents, **vars(labels))


@dataclass(frozen=True)
class _Labels:
    model: ModelSettings
    codec: dict[str, Any]
    strategy: Strategy
    reset: str
    provenance: dict[str, Any]


def wanted_by(codec: dict[str, Any], strategy: Strategy, reset: str) -> dict[str, int]:
    """The settings of a model that follow from what it reads and how."""
    vocabulary = Vocabulary.from_json(codec.get("vocabulary"))
    level = ResetPolicy(reset).level(vocabulary, strategy)
    return {"vocabulary": vocabulary.size, "horizon": strategy.horizon, "reset_level": level}


def _check_settings(settings: ModelSettings, wanted: dict[str, int]) -> None:
    for name, value in wanted.items():
        found = getattr(settings, name)
        if found != value:
            there = f"it is {found}, where vocabulary, strategy and reset make it {value}"
            raise CheckpointError(f"the setting {name!r}", there, ANOTHER)


def _check_params(params: Tensors, wanted: dict[str, tuple[int, ...]]) -> None:
    """Every parameter of the model and no other, of the right shape, in float32, and finite."""
    for name in sorted(params.keys() ^ wanted.keys()):
        there = "the model has none of that name" if name in params else "it is missing"
        raise CheckpointError(f"the parameter {shown(name)}", there, ANOTHER)
    for name, array in params.items():
        if array.dtype != np.float32 or array.shape != wanted[name]:
            there = f"it is {array.dtype} {array.shape}, where the settings want float32 {wanted[name]}"
            raise CheckpointError(f"the parameter {name!r}", there, ANOTHER)
        if not np.isfinite(array).all():
            raise CheckpointError(f"the parameter {name!r}", "it is not finite", "Train again, with a lower rate")


def _check_documents(documents: Array) -> None:
    if documents.dtype != np.uint64 or documents.ndim != 1 or (documents[1:] < documents[:-1]).any():
        there = f"they are {documents.dtype} of {documents.ndim} axes, or out of order"
        raise CheckpointError("the fingerprints of documents", there, "Give a sorted row of uint64")

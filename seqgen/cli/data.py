"""What `--json` writes: one object a line, ASCII, with `schema_version`, and null for what is no number.

Each kind of object is a frozen dataclass, of which the schema is made: docs/schemas holds one file for each.
"""

import json
import math
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from importlib import import_module
from typing import Any, Literal, get_args, get_origin

from seqgen.errors import SeqgenError
from seqgen.records import to_json

SCHEMA_VERSION = 1
"""Raised when a key is taken away or changes its meaning; a key that is new does not raise it."""

KINDS = {
    "corpora": ("seqgen.cli.data", "Corpora"),
    "corpora-fetch": ("seqgen.cli.data", "Fetched"),
    "corpora-verify": ("seqgen.cli.data", "Verified"),
    "error": ("seqgen.cli.data", "Failure"),
    "evaluate": ("seqgen.api.evaluating", "Evaluation"),
    "generate": ("seqgen.cli.data", "Generated"),
    "info": ("seqgen.cli.info", "Info"),
    "info-model": ("seqgen.cli.info", "ModelInfo"),
    "inspect": ("seqgen.api.inspecting", "Inspection"),
    "inspect-pairs": ("seqgen.cli.data", "Pair"),
    "plugin-check": ("seqgen.testing", "Result"),
    "plugins": ("seqgen.plugins.listing", "Listing"),
    "score": ("seqgen.cli.data", "Score"),
    "train": ("seqgen.cli.data", "Trained"),
}
"""For each kind of object its dataclass, with the module that has it."""


@dataclass(frozen=True)
class Cost:
    """A symbol of a text, and what it costs the model."""

    symbol: str
    bits: float


@dataclass(frozen=True)
class Score:
    """What `score` says of a text."""

    bits_per_character: float
    bits: float
    symbols: tuple[Cost, ...]


@dataclass(frozen=True)
class Pair:
    """What is read, and what is to be predicted from it."""

    read: str
    predicted: str


@dataclass(frozen=True)
class Chosen:
    """A symbol that was drawn, and how probable it was."""

    symbol: str
    probability: float


@dataclass(frozen=True)
class Generated:
    """A sample: `text`, or `content` where it is none; `new` is null for one that was cut or ran on."""

    sample: int
    new: bool | None
    symbols: tuple[Chosen, ...]
    labels: dict[str, str]
    text: str | None = field(default=None, metadata={"absent": True})
    content: Any = field(default=None, metadata={"absent": True})


@dataclass(frozen=True)
class CorpusRow:
    """A named corpus, and whether it is here."""

    name: str
    title: str
    domain: str
    source: str
    licence: str
    documents: str
    split: tuple[float, float, float]
    files: tuple[dict[str, Any], ...]
    builder: str
    kind: str
    here: bool
    bytes: int


@dataclass(frozen=True)
class Corpora:
    """What `corpora list` shows."""

    corpora: tuple[CorpusRow, ...]


@dataclass(frozen=True)
class Fetched:
    """A corpus that is here, and its file, or the folder of its files."""

    corpus: str
    path: str


@dataclass(frozen=True)
class Verified:
    """A corpus, and whether it is as pinned."""

    corpus: str
    ok: bool


@dataclass(frozen=True)
class Trained:
    """A run as `train` leaves it: `ended` says why, and is empty for one that was stopped and can go on. `bits` are
    those of the best look, per `unit`, null if there was none."""

    folder: str
    step: int
    best_step: int
    bits: float
    unit: str
    held_out: bool
    ended: str


@dataclass(frozen=True)
class Fault:
    """An error in its three parts."""

    asked: str
    there: str
    remedy: str
    exit_code: int


@dataclass(frozen=True)
class Failure:
    """What stands on stdout, last, when a command with `--json` fails."""

    error: Fault


def line(record: Any) -> str:
    """A record as a line of JSON; fields that may be absent are where they are None."""
    absent = {each.name for each in fields(record) if each.metadata.get("absent")}
    plain = {key: value for key, value in to_json(record).items() if value is not None or key not in absent}
    return json.dumps({"schema_version": SCHEMA_VERSION, **_finite(plain)}, allow_nan=False) + "\n"


def failure(error: SeqgenError) -> str:
    """The line for an error."""
    return line(Failure(Fault(error.asked, error.there, error.remedy, error.exit_code)))


def is_asked(arguments: Sequence[str]) -> bool:
    """Whether these arguments ask for JSON."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each kind of object, by the name of its file."""
    found = {}
    for name, (module, kind) in KINDS.items():
        made = schema(getattr(import_module(module), kind))
        made["properties"] = {"schema_version": {"const": SCHEMA_VERSION}, **made["properties"]}
        made["required"].insert(0, "schema_version")
        found[name] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"seqgen {name}", **made}
    return found


def schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a type: a dataclass, or what its fields are made of."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _object(kind)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [schema(each) for each in inner]}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (list, tuple):
        many = origin is list or inner[1:] == (...,)
        size = {} if many else {"minItems": len(inner), "maxItems": len(inner)}
        return {"type": "array", "items": schema(inner[0]), **size}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(inner[1])}
    return dict(PLAIN[kind])


PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    type(None): {"type": "null"},
    Any: {},
}
"""The schema of each plain type; null stands for a number that is none."""


def _object(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    owed = [each.name for each in fields(kind) if not each.metadata.get("absent")]
    known = {each.name: schema(hints[each.name]) for each in fields(kind)}
    return {"type": "object", "properties": known, "required": owed, "additionalProperties": False}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

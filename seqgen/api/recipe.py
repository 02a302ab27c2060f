"""`run.toml` in a run's folder: what was asked for and what was chosen, as `train --config` takes it.

TOML is read by Python and not written by it; flags, numbers, text and lists of these are all that is needed.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from seqgen import plan
from seqgen.records import to_json

if TYPE_CHECKING:
    from seqgen.api.folder import RunRecord

FILE = "run.toml"


def recipe(record: "RunRecord") -> str:
    """The file's text. A budget stays as it was asked for: minutes come to other steps on another day."""
    opening = (
        f"# Repeats this run:  seqgen {record.request.domain} train --config {FILE} --out NEW",
        f"# seqgen {record.versions['seqgen']}, torch {record.versions['torch']}",
    )
    return "\n".join([*opening, *written({"domain": record.request.domain}), "[train]", *written(settled(record)), ""])


def settled(record: "RunRecord") -> dict[str, Any]:
    """Every option of a run by name, those chosen too; none of those that are not set."""
    request, settings = record.request, to_json(record.plan.train) | {"model": to_json(record.plan.model)}
    own = {"strategy": request.strategy.name, "reset": request.reset, "seed": request.seed}
    known = {"corpus": request.corpus, **own, **request.choices, **request.reading, **request.tokenizing}
    chosen = {name: settings[group][name] for name, group in plan.names().items()}
    return {name: value for name, value in to_json(known | chosen).items() if value is not None}


def written(values: Mapping[str, Any]) -> Iterator[str]:
    """Lines of TOML for flags, numbers, text and lists of these."""
    yield from (f"{name} = {_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    # TOML has the escapes of JSON, and one character more that must be escaped.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")

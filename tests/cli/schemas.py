"""Checks JSON values against a JSON Schema, with the few keywords that the schemas of seqgen use."""

from collections.abc import Iterator
from typing import Any

KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KEYWORDS = {
    "$schema", "title", "type", "const", "enum", "anyOf", "properties", "required", "additionalProperties", "items",
    "minItems", "maxItems",
}  # fmt: skip


def faults(value: Any, schema: dict[str, Any], *, at: str = "$") -> Iterator[str]:
    """What is wrong with a value, a line each. Raises AssertionError for a keyword that is not known here."""
    assert schema.keys() <= KEYWORDS, schema.keys() - KEYWORDS
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", [*KINDS])
    if not any(_is(value, kind) for kind in kinds):
        yield f"{at}: {value!r} is no {' or '.join(kinds)}"
    elif "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    elif "anyOf" in schema and all(any(faults(value, each)) for each in schema["anyOf"]):
        yield f"{at}: {value!r} fits none of {len(schema['anyOf'])}"
    elif isinstance(value, dict):
        yield from _object(value, schema, at=at)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} items"
        for k, each in enumerate(value):
            yield from faults(each, schema.get("items", {}), at=f"{at}[{k}]")


def _object(value: dict[str, Any], schema: dict[str, Any], *, at: str) -> Iterator[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    yield from (f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, each in value.items():
        if name not in known and others is False:
            yield f"{at}: {name} is unknown"
        else:
            yield from faults(each, known.get(name, others or {}), at=f"{at}.{name}")


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, KINDS[kind]) and not (isinstance(value, bool) and kind in ("integer", "number"))

"""Frozen dataclasses to JSON and back, strictly: an unknown key is an error with a suggestion."""

import dataclasses
import json
import types
import typing
from numbers import Real
from typing import Any, TypeVar, get_args, get_origin

from seqgen.errors import InputError, UsageError, shown, suggestion

Record = TypeVar("Record")
"""Any frozen dataclass."""


def option(default: Any, help: str, *, unset: str = "") -> Any:
    """A field with a default and one line of help, which becomes an option of the commands.

    `unset` says what a default of None stands for, where it is not what is chosen from the corpus and the budget.
    """
    return dataclasses.field(default=default, metadata={"help": help, "unset": unset})


def flag(name: str) -> str:
    """The command-line option of a field, as messages name it to all, whether they typed it or wrote Python."""
    return f"--{name.replace('_', '-')}"


def expect(value: object, kind: Any, *, asked: str, wanted: str) -> None:
    """Raise UsageError unless the value is of that kind; True and False are of theirs alone."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UsageError(asked, f"{shown(value)} is a {type(value).__name__}", f"Give {wanted}")


def within(name: str, value: float | None, low: float, high: float, *, or_zero: bool = False) -> None:
    """Raise UsageError unless `value` is None or a number from `low` to `high`, both included; or 0, if that stands for
    something."""
    if value is None:
        return
    expect(value, Real, asked=name, wanted=f"a number from {low} to {high}")
    if not low <= value <= high and not (or_zero and value == 0):
        there = f"it must {'be 0, or ' if or_zero else ''}lie from {low} to {high}"
        raise UsageError(f"{name} = {shown(value)}", there, "Choose a value in between")


def to_json(value: Any) -> Any:
    """A record, nested as it is, as plain JSON values. The reverse of `from_json`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return value


def from_json(kind: type[Record], value: Any, *, where: str = "") -> Record:
    """The record of type `kind` that `value` describes; bounds are the record's own affair.

    Raises InputError for an unknown key, a missing one, or a value of the wrong type.
    """
    place = where or kind.__name__
    if not isinstance(value, dict):
        raise InputError(place, f"expected an object, found {_kind(value)}", "Give one key for each field")
    fields = {f.name: f for f in dataclasses.fields(kind) if f.init}  # type: ignore[arg-type]
    for key in value:
        if key not in fields:
            raise _unknown_key(place, key, list(fields))
    hints = typing.get_type_hints(kind)
    for name, field in fields.items():
        if name not in value and _required(field):
            raise InputError(place, f"the key {name!r} is missing", "Add it")
    given = {key: _convert(hints[key], item, f"{place}.{key}") for key, item in value.items()}
    return kind(**given)


def from_flat(kind: type[Record], values: typing.Mapping[str, Any], *, where: str = "") -> Record:
    """The record that these values of its fields, and of those of the records in it, describe, all by name alone.

    Raises InputError for a name that none has, or a value of the wrong type.
    """
    known, place = flat_names(kind), where or kind.__name__
    for name in values:
        if name not in known:
            raise _unknown_key(place, name, known)
    return from_json(kind, _grouped(kind, values), where=place)


def flat_names(kind: type) -> list[str]:
    """The fields of a record and of the records in it, but for these themselves."""
    hints = typing.get_type_hints(kind)
    found: list[str] = []
    for each in (f.name for f in dataclasses.fields(kind) if f.init):
        nested = dataclasses.is_dataclass(hints[each])
        found += flat_names(hints[each]) if nested else [each]
    return found


def _grouped(kind: type, values: typing.Mapping[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    found: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        if dataclasses.is_dataclass(hint):
            found[field.name] = _grouped(typing.cast(type, hint), values)
        elif field.name in values:
            found[field.name] = values[field.name]
    return found


def canonical(value: Any) -> bytes:
    """One byte string for one JSON value: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(to_json(value), sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _unknown_key(place: str, key: str, known: list[str]) -> InputError:
    return InputError(place, f"the key {shown(key)} is unknown", f"{suggestion(key, known)}Known: {', '.join(known)}")


def _convert(kind: Any, value: Any, place: str) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _convert_union(get_args(kind), value, place)
    if origin is typing.Literal:
        return _convert_literal(get_args(kind), value, place)
    if origin is tuple:
        return _convert_tuple(get_args(kind), value, place)
    if origin is dict:
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        return {str(key): _convert(get_args(kind)[1], item, f"{place}.{key}") for key, item in value.items()}
    if dataclasses.is_dataclass(kind):
        return from_json(typing.cast(type, kind), value, where=place)
    return _convert_scalar(kind, value, place)


def _convert_union(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    (kind,) = [k for k in kinds if k is not type(None)]
    return _convert(kind, value, place)


def _convert_literal(allowed: tuple[Any, ...], value: Any, place: str) -> Any:
    if value not in allowed or isinstance(value, bool) != isinstance(allowed[0], bool):
        raise _wrong(place, " or ".join(repr(item) for item in allowed), value)
    return value


def _convert_tuple(kinds: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise _wrong(place, "a list", value)
    if len(kinds) == 2 and kinds[1] is ...:
        return tuple(_convert(kinds[0], item, f"{place}[{i}]") for i, item in enumerate(value))
    if len(value) != len(kinds):
        raise _wrong(place, f"a list of {len(kinds)}", value)
    return tuple(_convert(kind, item, f"{place}[{i}]") for i, (kind, item) in enumerate(zip(kinds, value, strict=True)))


def _convert_scalar(kind: Any, value: Any, place: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _wrong(place, kind.__name__, value)
    return value


def _wrong(place: str, wanted: str, value: Any) -> InputError:
    return InputError(place, f"expected {wanted}, found {_kind(value)}", "Correct the value")


def _kind(value: Any) -> str:
    return f"{type(value).__name__} {shown(value)}"

"""The tables of a grammar, as `compile` wrote them. Terminals, rules and states are integers."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

from seqgen.errors import UnknownName

Row = dict[int, int]

_PLACE = files(__package__)


@dataclass(frozen=True)
class Tables:
    """An LALR(1) machine, and what it needs to know of context. State 0 is the first one."""

    terminals: tuple[str, ...]
    actions: tuple[Row, ...]
    """Of a state, by terminal: the state behind it, or -1 - rule to reduce by."""
    gotos: tuple[Row, ...]
    """Of a state, by nonterminal: the state behind it. Nonterminals are numbered from `len(terminals)` on."""
    rules: tuple[tuple[int, tuple[int, ...]], ...]
    """Left and right side. Rule 0 is the one that ends with the end."""
    yields: tuple[tuple[int, ...], ...]
    """For each nonterminal, counted from 0: the shortest terminals without need of flags that it may stand for."""
    kernels: tuple[tuple[int, ...], ...]
    """Of a state: rule, symbols read, rule, symbols read ..., without the rules that go on with what needs flags."""
    flags: tuple[str, ...]
    start: int
    """The flags at the beginning, as bits."""
    needs: tuple[int, ...]
    """Of a state: the flags without which it cannot be entered by a terminal."""
    effects: tuple[bytes | None, ...]
    """Of a state: the flags there, by those below it; None where they stay."""
    marks: dict[str, frozenset[int]]

    @classmethod
    def load(cls, name: str) -> Self:
        """The tables of that name that come with the plugin. Raises UnknownName if there are none."""
        file = _PLACE / f"{name}.json"
        if not file.is_file():
            known = (each.name.partition(".")[0] for each in _PLACE.iterdir() if each.name.endswith(".json"))
            raise UnknownName("grammar", name, known)
        return cls.from_json(json.loads(file.read_text("utf-8")))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The tables that `compile` gave as JSON values."""
        actions, gotos = ([_row(row) for row in value[key]] for key in ("actions", "gotos"))
        changes = [_effect(*change) for change in value["changes"]]
        return cls(
            terminals=tuple(value["terminals"]),
            actions=tuple(actions[row] for row, _ in value["states"]),
            gotos=tuple(gotos[row] for _, row in value["states"]),
            rules=tuple((left, tuple(right)) for left, right in value["rules"]),
            yields=tuple(map(tuple, value["yields"])),
            kernels=tuple(map(tuple, value["kernels"])),
            flags=tuple(value["flags"]),
            start=value["start"],
            needs=tuple(value["needs"]),
            effects=tuple(None if change < 0 else changes[change] for change in value["effects"]),
            marks={name: frozenset(states) for name, states in value["marks"].items()},
        )


def _row(flat: list[int]) -> Row:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _effect(gained: int, lost: int, carried: list[list[int]]) -> bytes:
    """What every set of flags becomes."""
    return bytes(_changed(flags, gained, lost=lost, carried=carried) for flags in range(256))


def _changed(flags: int, gained: int, *, lost: int, carried: list[list[int]]) -> int:
    copied = sum({new for old, new in carried if flags & old})
    return flags & ~lost | gained | copied

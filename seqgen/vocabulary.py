"""Symbols to ids and back: the boundaries first, strongest first, then unknown, then the symbols, then labels.

Ids 0 .. L-1 are the boundaries of the L levels, 0 the document; L is the unknown symbol; from L+1 on come the symbols,
and from `first_label` on the labels. So `id <= level_id(name)` says "a boundary of that level or a stronger one".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from seqgen import records
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.tokenizer import Boundary, Label


class Vocabulary:
    """The symbols that a codec knows, each with its id; never changed once made.

    `levels` begins with `document` and runs from the strongest to the weakest. Raises InputError for doubles.
    """

    def __init__(self, levels: Sequence[str], symbols: Sequence[str], *, labels: Iterable[Label] = ()) -> None:
        self.levels: Final = tuple(levels)
        self.symbols: Final = tuple(symbols)
        self.labels: Final = tuple(sorted(labels))
        self.unknown: Final = len(self.levels)
        self.first_label: Final = self.unknown + 1 + len(self.symbols)
        self.size: Final = self.first_label + len(self.labels)
        self._all = (*map(Boundary, self.levels), None, *self.symbols, *self.labels)
        self._levels = {level: i for i, level in enumerate(self.levels)}
        self._symbols: dict[object, int] = {symbol: i for i, symbol in enumerate(self.symbols, self.unknown + 1)}
        self._symbols |= {label: i for i, label in enumerate(self.labels, self.first_label)}
        if self.levels[:1] != ("document",):
            raise InputError("a vocabulary", f"its levels are {list(self.levels)}", "Let them begin with 'document'")
        if len(self._levels) + 1 + len(self._symbols) != self.size:
            raise InputError("a vocabulary", "a level, a symbol or a label occurs twice", "Give each once")

    @classmethod
    def build(
        cls,
        levels: Sequence[str],
        counts: Mapping[str | Boundary, int],
        *,
        alphabet: Iterable[str] = (),
        labels: Iterable[Label] = (),
    ) -> Self:
        """The vocabulary of the symbols counted and of an alphabet, by falling count, then by symbol; boundaries do not
        count. The labels come last, by key, then by value."""
        wanted = dict.fromkeys(alphabet, 0) | {s: n for s, n in counts.items() if isinstance(s, str) and n > 0}
        seen = [(-count, symbol) for symbol, count in wanted.items()]
        return cls(levels, [symbol for _, symbol in sorted(seen)], labels=labels)

    def id_of(self, symbol: str | Boundary | Label) -> int:
        """The id of a symbol, a boundary or a label; `unknown` if it has none. The reverse of `symbol_of`."""
        if isinstance(symbol, Boundary):
            return self._levels.get(symbol.level, self.unknown)
        return self._symbols.get(symbol, self.unknown)

    def symbol_of(self, id: int) -> str | Boundary | Label | None:
        """What an id stands for; None for `unknown`. The reverse of `id_of`. Raises UsageError out of range."""
        if not 0 <= id < self.size:
            there = f"the ids are 0 to {self.size - 1}"
            raise UsageError(f"the symbol of id {id}", there, "Use the vocabulary that the ids were made with")
        return self._all[id]

    def __contains__(self, symbol: object) -> bool:
        return symbol.level in self._levels if isinstance(symbol, Boundary) else symbol in self._symbols

    def level_id(self, name: str) -> int:
        """The id of a level's boundary. Raises UnknownName."""
        if name not in self._levels:
            raise UnknownName("the level", name, self.levels)
        return self._levels[name]

    def to_json(self) -> dict[str, Any]:
        """The vocabulary as a JSON value. The reverse of `from_json`."""
        labels = {"labels": [[label.key, label.value] for label in self.labels]} if self.labels else {}
        return {"levels": list(self.levels), "symbols": list(self.symbols), **labels}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The vocabulary that `to_json` gave. Raises InputError for anything else."""
        lists = records.from_json(_Lists, value, where="vocabulary")
        labels = [Label(*pair) for pair in lists.labels]
        if labels != sorted(labels):
            raise InputError("a vocabulary", "its labels are out of order", "Sort them by key and value")
        return cls(lists.levels, lists.symbols, labels=labels)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self._parts == other._parts

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self._parts)

    @property
    def _parts(self) -> tuple[object, ...]:
        return self.levels, self.symbols, self.labels


@dataclass(frozen=True)
class _Lists:
    levels: tuple[str, ...]
    symbols: tuple[str, ...]
    labels: tuple[tuple[str, str], ...] = ()

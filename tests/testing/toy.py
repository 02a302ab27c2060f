"""A small plugin that is sound, and the making of others like it with one thing changed."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells import Cell, Parameters, State
from seqgen.codec import Codec
from seqgen.constraint import Constraint, Rule, Spoken
from seqgen.domain import Document, Domain, Reader
from seqgen.hookspecs import hookimpl
from seqgen.metric import Excerpt, Material, Metric
from seqgen.records import option
from seqgen.specimens import Specimens
from seqgen.text import show
from seqgen.tokenizer import Boundary, Tokenizer

TALE = "the cat sat by the door and the dog sat by the cat\n"


@dataclass(frozen=True)
class Reading:
    """No options."""


def read(path: Path, options: Any, notes: Any) -> Iterator[Document]:
    """The file as a document."""
    yield Document(path.name, path.read_bytes().decode("utf-8", "replace"))


def write(pieces: Iterable[str], path: Path) -> None:
    """The text as a file."""
    path.write_bytes("".join(pieces).encode())


DOMAIN = Domain("toy", "words and spaces", (".txt",), ("document", "line"), "toy", Reading, read, write, show)


@dataclass(frozen=True)
class Toy(Tokenizer):
    """Words and what is between them."""

    name = "toy"
    domain = "toy"
    version = 1

    levels: tuple[str, ...] = option((), "The levels to mark")

    def split(self, content: str) -> Iterator[str | Boundary]:
        """Words, and a boundary before each line, if it is wanted."""
        for symbol in re.findall(r"\w+|\W", content):
            yield symbol
            if symbol == "\n" and self.levels:
                yield Boundary("line")

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        """The symbols as they are."""
        yield from symbols


class OneDog(Constraint):
    """A line has one dog at most; the state counts them."""

    start = 0

    def step(self, state: int, symbol: Spoken) -> int | None:
        """One more, or a new line."""
        if symbol == "dog":
            return None if state else 1
        return 0 if symbol == "\n" else state


RULE = Rule("one-dog", "toy", ("toy",), lambda codec: OneDog(), "one dog a line")


def words(excerpts: Iterable[Excerpt], material: Material) -> float | None:
    """Letters in a word."""
    found = [word for each in excerpts for word in "".join(each.pieces).split()]
    return sum(map(len, found)) / len(found) if found else None


METRIC = Metric("length", "toy", "letters", "like held-out", words, "in a word, on average")


class Fading(Cell):
    """h' = f h + (1 - f) tanh(W x), where f = sigmoid(b)."""

    name: ClassVar[str] = "toy"

    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        """A matrix and a vector."""
        return {"W": (width, inputs), "b": (width,)}

    def start(self, params: Parameters, lanes: int) -> State:
        """Zero."""
        return (arrays.zeros(params["b"], (lanes, params["b"].shape[0])),)

    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        """Fade, and take in."""
        (h,), f = state, arrays.sigmoid(params["b"])
        h = f * h + (1 - f) * arrays.tanh(x_BD @ params["W"].T)
        return h, (h,)

    def output(self, state: State) -> Array:
        """The state."""
        return state[0]


READER = Reader("toy", "toy", (".toy",), read)
SPECIMENS = Specimens(
    "toy",
    contents=lambda: [TALE * 40, TALE, "a dog  and a cat; do or die"],
    symbols=("cat", ""),
    files={"tale.toy": TALE.encode()},
)


def plugin(**changes: Any) -> ModuleType:
    """The plugin `toy`, with other records: domain, tokenizer, constraint, metric, cell, reader, specimens."""
    module = ModuleType("toy")
    offered: dict[str, Any] = {
        "domain": DOMAIN,
        "tokenizer": Toy,
        "constraint": RULE,
        "metric": METRIC,
        "cell": Fading(),
    }
    offered["reader"] = READER
    for kind, record in {**offered, "specimens": SPECIMENS, **changes}.items():
        hook = f"seqgen_{kind}" if kind == "specimens" else f"seqgen_{kind}s"
        setattr(module, hook, hookimpl(_giving(record)))
    return module


def _giving(record: Any) -> Any:
    def give() -> list[Any]:
        return [record]

    return give


def domain_with(**changes: Any) -> Domain:
    """Another domain."""
    return replace(DOMAIN, **changes)


def specimens_with(**changes: Any) -> Specimens:
    """Other specimens."""
    return replace(SPECIMENS, **changes)


def domain(**changes: Any) -> ModuleType:
    """The plugin with another domain."""
    return plugin(domain=domain_with(**changes))


def metric(**changes: Any) -> ModuleType:
    """The plugin with another metric."""
    return plugin(metric=replace(METRIC, **changes))


def constraint(make: Callable[[Codec], Constraint]) -> ModuleType:
    """The plugin with another constraint."""
    return plugin(constraint=replace(RULE, make=make))

"""For every law a plugin that breaks it, and nothing else to speak of."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from time import process_time
from types import ModuleType
from typing import Any, Self

import numpy as np

from seqgen import arrays
from seqgen.arrays import Array
from seqgen.cells import Parameters, State
from seqgen.constraint import Spoken
from seqgen.domain import Document
from seqgen.testing import FULL, QUICK, Effort
from seqgen.tokenizer import Boundary, Writer
from tests.testing import toy
from tests.testing.toy import READER, Fading, OneDog, Toy

FLIPS = count()


class Quiet(Toy):
    def split(self, content: str) -> Iterator[str | Boundary]:
        return super().split(content.lower())


class Picky(Toy):
    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        held = list(symbols)
        for symbol in held:
            yield {each: each for each in held[:9]}[symbol]


class Waiting(Toy):
    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        yield "".join(symbols)


class Loud(Writer):
    def write(self, state: Any, symbol: str) -> tuple[str, Any]:
        return symbol.upper(), state


class Shouting(Toy):
    def writer(self) -> Writer:
        return Loud()


class Short(Toy):
    def encode(self, content: str, vocabulary: Any) -> Iterator[Any]:
        for ids in super().encode(content, vocabulary):
            yield ids[:-1]


class Miscounting(Toy):
    def count(self, content: str) -> Counter[Any]:
        return Counter(content.split())


class Marking(Toy):
    def split(self, content: str) -> Iterator[str | Boundary]:
        for symbol in super().split(content):
            yield from (symbol, Boundary("line")) if symbol == "\n" else (symbol,)


@dataclass(frozen=True)
class Unhelpful(Toy):
    size: int = 3


@dataclass(frozen=True)
class Forgetful(Toy):
    """Learns a word, which it splits, and does not tell."""

    word: str = field(default="", init=False)

    def fit(self, documents: Iterable[Document]) -> Self:
        made = replace(self)
        object.__setattr__(made, "word", max(("".join(each.content) for each in documents), key=len).split()[1])
        return made

    def split(self, content: str) -> Iterator[str | Boundary]:
        for symbol in super().split(content):
            yield from symbol if symbol == self.word else (symbol,)


class Wavering(Toy):
    def split(self, content: str) -> Iterator[str | Boundary]:
        return iter(content) if next(FLIPS) % 2 else super().split(content)


@dataclass(frozen=True)
class Hashing(Forgetful):
    """Learns a word by its hash."""

    def fit(self, documents: Iterable[Document]) -> Self:
        made = replace(self)
        words = {word for each in documents for word in "".join(each.content).split()}
        object.__setattr__(made, "word", min(words, key=hash))
        return made

    def learnt(self) -> Any:
        return self.word

    def with_learnt(self, value: Any) -> Self:
        made = replace(self)
        object.__setattr__(made, "word", value)
        return made


class Dropping(Toy):
    def heal(self, prompt: str) -> tuple[list[str | Boundary], str]:
        return list(self.split(prompt))[:-1], ""


class Misjudging(Toy):
    def length(self, symbol: str) -> int:
        return 1


class Doubling(Toy):
    def alphabet(self) -> tuple[str, ...]:
        return "a", "a"


class Slow(Toy):
    def count(self, content: str) -> Counter[Any]:
        for end in range(len(content)):
            for _ in range(end):
                pass
        return super().count(content)


class Dawdling(Toy):
    def count(self, content: str) -> Counter[Any]:
        until = process_time() + 2e-5 * len(content)
        while process_time() < until:
            pass
        return super().count(content)


class NoDog(OneDog):
    def step(self, state: int, symbol: Spoken) -> int | None:
        return None if symbol == "dog" else 0


class Endless(OneDog):
    def complete(self, state: int) -> Iterable[Spoken] | None:
        return ("dog", "dog")


class NoDoor(OneDog):
    """Forbids a word, and allows its parts."""

    def step(self, state: int, symbol: Spoken) -> int | None:
        return None if symbol == "door" else 0


class AllAllowed(OneDog):
    def __init__(self, size: int) -> None:
        self.mask = np.ones(size, np.bool_)

    def allowed(self, state: int) -> Any:
        return self.mask


class Listing(OneDog):
    start: Any = ()

    def step(self, state: Any, symbol: Spoken) -> Any:
        return [*state, symbol]


class Wide(Fading):
    def channels(self, inputs: int, width: int) -> int:
        return width + 1


class InPlace(Fading):
    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        state[0][:] = 0.5 * state[0]
        return super().step(params, x_BD, state)


def steps(cell: Fading, params: Parameters, x_TBD: Array, *, state: State, reset_TB: Array) -> tuple[Array, State]:
    """The steps of a window, one by one."""
    from seqgen.nn.scans import plain_scan

    return plain_scan(cell, params, x_TBD, state, reset_TB)


class Leaking(Fading):
    def scan(self, params: Parameters, x_TBD: Array, state: State, reset_TB: Array) -> tuple[Array, State]:
        y_TBH, end = steps(self, params, x_TBD, state=state, reset_TB=reset_TB)
        return y_TBH + 1e-6 * state[0], end


class Doubled(Fading):
    def scan(self, params: Parameters, x_TBD: Array, state: State, reset_TB: Array) -> tuple[Array, State]:
        y_TBH, end = steps(self, params, x_TBD, state=state, reset_TB=reset_TB)
        return 2 * y_TBH, end


class Amnesiac(Fading):
    def scan(self, params: Parameters, x_TBD: Array, state: State, reset_TB: Array) -> tuple[Array, State]:
        begun = self.start(params, x_TBD.shape[1])
        return steps(self, params, x_TBD, state=begun, reset_TB=reset_TB)


class Uneven(Fading):
    def step(self, params: Parameters, x_BD: Array, state: State) -> tuple[Array, State]:
        y_BH, state = super().step(params, x_BD, state)
        return (y_BH if arrays.is_tensor(y_BH) else y_BH * np.float32(1.01)), state


class Idle(Fading):
    def shapes(self, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
        return {**super().shapes(inputs, width), "c": (width,)}


def strictly(path: Any, options: Any, notes: Any) -> Iterator[Document]:
    """The file, if it is UTF-8."""
    yield Document(path.name, path.read_text("utf-8"))


def cut(pieces: Iterable[str], path: Any) -> None:
    """The file without its end."""
    path.write_text("".join(pieces)[:-1], "utf-8")


def average(excerpts: Any, material: Any) -> float:
    """Letters in an excerpt."""
    return sum(len("".join(each.pieces)) for each in excerpts) / len(excerpts)


Broken = tuple[ModuleType, str]
"""A plugin, and what the message says besides the law."""
BROKEN: dict[tuple[str, str], Broken] = {
    ("specimens", "can be had"): (
        toy.plugin(specimens=toy.specimens_with(contents=lambda: [3])),
        "`contents` gave 3. .* Give content that is text",
    ),
    ("domain", "files"): (toy.domain(write=cut), "came back"),
    ("domain", "foreign bytes"): (toy.domain(read=strictly), r"given b'\\x.*UnicodeDecodeError"),
    ("domain", "shown"): (toy.domain(show=str), r"given '', it gave ''"),
    ("domain", "plain words"): (toy.domain(levels=("line", "document")), "begin with 'document'"),
    ("tokenizer", "round trip"): (toy.plugin(tokenizer=Quiet), r"given '\S', '\S' came back; it was split into"),
    ("tokenizer", "join is total"): (toy.plugin(tokenizer=Picky), "it raised KeyError"),
    ("tokenizer", "join never changes"): (toy.plugin(tokenizer=Waiting), "nothing had come out after 400"),
    ("tokenizer", "writer is join"): (toy.plugin(tokenizer=Shouting), "join gave '.*' and the writer"),
    ("tokenizer", "encode is split"): (toy.plugin(tokenizer=Short), r"encode gave \[\], and the ids of split are"),
    ("tokenizer", "count is split"): (toy.plugin(tokenizer=Miscounting), r"was counted \d times"),
    ("tokenizer", "boundaries"): (toy.plugin(tokenizer=Marking), "no boundary that was not asked for"),
    ("tokenizer", "options"): (toy.plugin(tokenizer=Unhelpful), "size has no help"),
    ("tokenizer", "learnt"): (toy.plugin(tokenizer=Forgetful), "it had learnt None"),
    ("tokenizer", "determinism"): (toy.plugin(tokenizer=Wavering), "symbol 0 was"),
    ("tokenizer", "heal"): (toy.plugin(tokenizer=Dropping), r"it gave the symbols \[\]"),
    ("tokenizer", "lengths"): (toy.plugin(tokenizer=Misjudging), "they sum to"),
    ("tokenizer", "vocabulary"): (toy.plugin(tokenizer=Doubling), "occurs twice"),
    ("tokenizer", "other processes"): (toy.plugin(tokenizer=Hashing), "with PYTHONHASHSEED=2"),
    ("tokenizer", "linear time"): (
        toy.plugin(tokenizer=Slow),
        "count of one letter, 'aaa.*times as long for .* as for",
    ),
    ("tokenizer", "speed"): (toy.plugin(tokenizer=Dawdling), r"count took as long for 16384 characters as makes 2\d"),
    ("constraint", "takes real content"): (toy.constraint(lambda codec: NoDog()), "'dog' is forbidden"),
    ("constraint", "can always end"): (toy.constraint(lambda codec: Endless()), "drawn at random and completed"),
    ("constraint", "sound"): (toy.constraint(lambda codec: NoDoor()), "which are"),
    ("constraint", "mask is step"): (
        toy.constraint(lambda codec: AllAllowed(codec.vocabulary.size)),
        r"mask and step differ about \['dog'\]",
    ),
    ("constraint", "pure states"): (toy.constraint(lambda codec: Listing()), r"unhashable type: 'list'. .*Use a tuple"),
    ("metric", "edges"): (toy.metric(measure=average), "given no excerpts, it raised ZeroDivisionError"),
    ("metric", "determinism"): (toy.metric(measure=lambda *_: random.random()), "and then"),
    ("metric", "plain words"): (toy.metric(unit=""), "its unit is ''"),
    ("cell", "shapes"): (toy.plugin(cell=Wide()), "where channels says"),
    ("cell", "pure step"): (toy.plugin(cell=InPlace()), "changed its parameters or the state"),
    ("cell", "exact reset"): (toy.plugin(cell=Leaking()), "two pasts show"),
    ("cell", "numpy is torch"): (toy.plugin(cell=Uneven()), "numpy and torch are"),
    ("cell", "scan is step"): (toy.plugin(cell=Doubled()), "scan is .* off"),
    ("cell", "cut windows"): (toy.plugin(cell=Amnesiac()), "a window in two parts is"),
    ("reader", "files"): (
        toy.plugin(reader=replace(READER, read=lambda *_: iter(()))),
        r"given \('tale.toy', .* it gave nothing",
    ),
    ("reader", "foreign bytes"): (
        toy.plugin(reader=replace(READER, read=strictly)),
        r"given b'\\x.*UnicodeDecodeError",
    ),
    ("cell", "gradients"): (toy.plugin(cell=Idle()), "no gradient reaches c"),
}
MORE: dict[str, Effort] = {"other processes": FULL, "sound": FULL}


def effort(law: str) -> Effort:
    """How hard that law has to try to see it."""
    return MORE.get(law, QUICK)

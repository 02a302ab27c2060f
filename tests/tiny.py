"""Tokenizers small enough to see through, for the tests of the core."""

import copy
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from seqgen.domain import Content, Document
from seqgen.text import cut_text
from seqgen.tokenizer import Boundary, Tokenizer, Writer


@dataclass(frozen=True)
class Tiny(Tokenizer):
    """A symbol a character; a paragraph begins after each `/`, a paragraph and a chapter before each `#`."""

    name: ClassVar[str] = "tiny"
    domain: ClassVar[str] = "letters"
    version: ClassVar[int] = 1

    def split(self, content: Content) -> Iterator[str | Boundary]:
        for letter in "".join(content):
            around = {"#": ("paragraph", "chapter", "#"), "/": ("/", "paragraph")}.get(letter, (letter,))
            for item in around:
                if len(item) == 1:
                    yield item
                elif item in self.levels:
                    yield Boundary(item)

    def join(self, symbols: Iterable[str]) -> Iterator[Content]:
        return iter(symbols)


@dataclass(frozen=True)
class Learner(Tiny):
    """Learns the letters of its documents, and knows no others."""

    name: ClassVar[str] = "learner"
    letters: str = field(default="", init=False)

    def fit(self, documents: Iterable[Document]) -> Self:
        return self.with_learnt("".join(sorted({letter for d in documents for letter in d.content})))

    def learnt(self) -> Any:
        return self.letters

    def with_learnt(self, value: Any) -> Self:
        fitted = copy.copy(self)
        object.__setattr__(fitted, "letters", value)
        return fitted

    def split(self, content: Content) -> Iterator[str | Boundary]:
        return (s if isinstance(s, Boundary) or s in self.letters else "?" for s in super().split(content))


class Shout(Writer):
    """Ends a document with `!`."""

    def finish(self, state: Hashable) -> str:
        return "!"


@dataclass(frozen=True)
class Shouter(Learner):
    """A learner whose documents end with `!`, which no symbol stands for; it has an only document cut first."""

    name: ClassVar[str] = "shouter"

    def alphabet(self) -> tuple[str, ...]:
        return ("?", "z")

    def writer(self) -> Writer:
        return Shout()

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        yield from symbols
        yield "!"

    def cut(self, content: Content, ends: Callable[[int], Sequence[int]]) -> Sequence[Content]:
        return cut_text(content, ends)


class Spacer(Writer):
    """Writes a space between symbols, each of which is a whole word."""

    def write(self, state: Hashable, symbol: str) -> tuple[str, Hashable]:
        return (f" {symbol}" if state else symbol), True

    def closed(self, state: Hashable) -> bool:
        return bool(state)


@dataclass(frozen=True)
class Syllables(Tiny):
    """Two letters a symbol, or one that is left; what is no letter by itself. The last word of a prompt may go on."""

    name: ClassVar[str] = "syllables"

    def split(self, content: Content) -> Iterator[str | Boundary]:
        return iter(re.findall(r"\w\w?|\W", "".join(content)))

    def heal(self, prompt: Content) -> tuple[list[str | Boundary], Content]:
        whole = re.sub(r"\w+$", "", prompt)
        return list(self.split(whole)), prompt[len(whole) :]


@dataclass(frozen=True)
class Hasty(Learner):
    """Learns, and takes the letters from `m` on twice."""

    name: ClassVar[str] = "hasty"

    def split(self, content: Content) -> Iterator[str | Boundary]:
        for symbol in super().split(content):
            yield from [symbol] * (1 + (isinstance(symbol, str) and symbol >= "m"))


@dataclass(frozen=True)
class Doubler(Hasty):
    """The same, but it has contents cut first."""

    name: ClassVar[str] = "doubler"

    def cut(self, content: Content, ends: Callable[[int], Sequence[int]]) -> Sequence[Content]:
        return cut_text(content, ends)


LEVELS = ("chapter", "paragraph")
TOKENIZERS: dict[str, type[Tokenizer]] = {"tiny": Tiny, "learner": Learner, "shouter": Shouter, "syllables": Syllables}

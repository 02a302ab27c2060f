"""Tokenizers small enough to see through, for the tests of the core."""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from seqgen.domain import Content, Document
from seqgen.tokenizer import Boundary, Tokenizer


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


LEVELS = ("chapter", "paragraph")
TOKENIZERS: dict[str, type[Tokenizer]] = {"tiny": Tiny, "learner": Learner}

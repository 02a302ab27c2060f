"""The tokenizers of source code: lexemes known whole or in pieces, with gaps and indentation foretold."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from seqgen.constraint import of_word
from seqgen.domain import Document
from seqgen.errors import UnknownName
from seqgen.records import flag, from_json, option, within
from seqgen.text import cut_text
from seqgen.tokenizer import Boundary, Ids, Tokenizer, Writer
from seqgen.vocabulary import Vocabulary
from seqgen_code.language import Language
from seqgen_code.lexers.python import PYTHON
from seqgen_code.tokenizers.coding import Reader, undecided
from seqgen_code.tokenizers.encoder import Encoder
from seqgen_code.tokenizers.learning import learn
from seqgen_code.tokenizers.lexicon import Lexicon, Speech
from seqgen_code.tokenizers.scribe import join
from seqgen_code.tokenizers.states import States

Text = str | Iterable[str]
LEVELS = ("document", "definition", "block", "statement", "line")


@dataclass(frozen=True)
class Learnt(Tokenizer):
    """A tokenizer of one language that learns a lexicon."""

    language: ClassVar[Language]

    vocabulary_size: int = option(0, "Names, numbers and short strings that are known whole; 0 suits the corpus")
    pieces: int = option(0, "Pieces of several letters to spell everything else with; 0 suits the corpus")
    lexicon: Lexicon = field(default=Lexicon(), init=False)

    def __post_init__(self) -> None:
        """Check the sizes."""
        within(flag("vocabulary_size"), self.vocabulary_size, 0, 10**6)
        within(flag("pieces"), self.pieces, 0, 10**6)

    def fit(self, documents: Iterable[Document]) -> Self:
        """Learn the lexemes, the gaps and the indentation of these documents."""
        texts = (_whole(document.content) for document in documents)
        return self.knowing(learn(texts, self.language, size=self.vocabulary_size, pieces=self.pieces))

    def learnt(self) -> Any:
        """The lexicon as a JSON value."""
        return asdict(self.lexicon)

    def with_learnt(self, value: Any) -> Self:
        """This tokenizer with that lexicon. Raises InputError for what is none."""
        return self.knowing(from_json(Lexicon, value, where="lexicon"))

    def knowing(self, lexicon: Lexicon) -> Self:
        """This tokenizer with a lexicon."""
        made = replace(self)
        object.__setattr__(made, "lexicon", lexicon)
        return made

    def alphabet(self) -> tuple[str, ...]:
        """All symbols there can be."""
        return self.states.speech.symbols

    def writer(self) -> Writer:
        """The layout of texts like those that were learnt from."""
        return self.states.layout

    @cached_property
    def states(self) -> States:
        """What the fast twins remember."""
        return States(Speech(self.language, self.lexicon))


@dataclass(frozen=True)
class Source(Learnt):
    """A tokenizer of source code, whose symbols `seqgen_code.symbols` tells.

    Every text can be said, whatever it holds: `join` gives back each character. The content is a `str` or an iterable
    of `str` pieces. Raises UnknownName for a level that is none of its `marks`.
    """

    marks: ClassVar[tuple[str, ...]] = LEVELS[1:]

    levels: tuple[str, ...] = option(
        ("definition",), "The levels of structure to mark, strongest first: definition, block, statement, line"
    )

    def __post_init__(self) -> None:
        """Check the levels and the sizes."""
        super().__post_init__()
        for level in self.levels:
            if level not in self.marks:
                raise UnknownName("the level", level, self.marks)

    def split(self, content: Text) -> Iterator[str | Boundary]:
        """The symbols, with a Boundary before the lexeme with which something begins."""
        return Reader(self.states.speech, self.levels).read(self.language.lexemes(_whole(content)))

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        """The text, as it becomes certain."""
        return join(self.states, symbols)

    def heal(self, prompt: Text) -> tuple[list[str | Boundary], str]:
        """A prompt without the word at its end, which may go on, and the blanks before it; and those. What is not
        decided yet is no part of what is whole."""
        text = _whole(prompt)
        whole = len(text) - undecided(self.language.lexemes(text), self.language)
        while whole and of_word(text[whole - 1]):
            whole -= 1
        whole = len(text[:whole].rstrip(" \t\f"))
        return list(self.split(text[:whole])), text[whole:]

    def count(self, content: Text) -> Counter[str | Boundary]:
        """How often each symbol and boundary occurs."""
        return Counter(self.coded(content))

    def encode(self, content: Text, vocabulary: Vocabulary) -> Iterator[Ids]:
        """The ids of `split`; its fast twin."""
        states = self.states.numbered(vocabulary)
        yield np.array(Encoder(states, self.levels).encode(self.language.lexemes(_whole(content))), np.int32)

    def coded(self, content: Text) -> list[str | Boundary]:
        """The symbols of `split`; its fast twin."""
        return Encoder(self.states, self.levels).encode(self.language.lexemes(_whole(content)))

    def cut(self, content: Text, ends: Callable[[int], Sequence[int]]) -> Sequence[Text]:
        """The text in pieces."""
        return cut_text(content, ends)


@dataclass(frozen=True)
class Python(Source):
    """Python: keywords, operators, line ends, indents and dedents; names whole, by how recently they were used, or in
    pieces; strings, f-strings with their expressions, and comments."""

    name = "python"
    domain = "code"
    version = 1
    language = PYTHON


def _whole(content: Text) -> str:
    return content if isinstance(content, str) else "".join(content)

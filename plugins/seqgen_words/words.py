"""The tokenizer whose symbols are words, with spaces and capitals foretold and rare words spelled."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from seqgen.constraint import of_word
from seqgen.domain import Document
from seqgen.records import from_json, option
from seqgen.tokenizer import Boundary, Ids, Writer
from seqgen.vocabulary import Vocabulary
from seqgen_words.coding import Reader, read
from seqgen_words.layout import NUMBER, WORD, kind_of
from seqgen_words.lexicon import Lexicon, learn
from seqgen_words.scribe import join
from seqgen_words.segments import pairs, unbroken
from seqgen_words.states import States
from seqgen_words.structured import Structured, Text


@dataclass(frozen=True)
class Words(Structured):
    """One symbol a word, number or sign; `seqgen_words.layout` says what other symbols there are.

    Every text can be said: `join` gives back each character.
    """

    name = "words"
    domain = "words"
    version = 1

    vocabulary_size: int = option(
        0, "Words that are known whole, at most (for bpe: symbols); 0 chooses from the size of the corpus"
    )
    pieces: int = option(1000, "Pieces of several letters to spell rare words with")
    lexicon: Lexicon = field(default=Lexicon(), init=False)

    def split(self, content: Text) -> Iterator[str | Boundary]:
        """The symbols, with a Boundary before the gap of the unit that begins there."""
        reader, rest = Reader(self.lexicon), ""
        for level, text in self.units(content):
            if level:
                yield Boundary(level)
            found, after = pairs(text)
            for gap, segment, _ in found:
                yield from reader.symbols(rest + gap, segment)
                rest = ""
            rest += after
        yield from reader.end(rest)

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        """The text, as it becomes certain."""
        return join(self._states, symbols)

    def writer(self) -> Writer:
        """The layout of texts like those that were learnt from."""
        return self.lexicon.layout

    def fit(self, documents: Iterable[Document]) -> Self:
        """Learn the words, the gaps and the width of lines of these documents."""
        texts = (unbroken(document.content) for document in documents)
        return self._with(learn(texts, size=self.vocabulary_size, pieces=self.pieces))

    def learnt(self) -> Any:
        """The lexicon as a JSON value."""
        return asdict(self.lexicon)

    def with_learnt(self, value: Any) -> Self:
        """This tokenizer with that lexicon. Raises InputError for what is none."""
        return self._with(from_json(Lexicon, value, where="lexicon"))

    def alphabet(self) -> tuple[str, ...]:
        """All symbols there can be."""
        return self.lexicon.symbols

    def heal(self, prompt: Text) -> tuple[list[str | Boundary], str]:
        """A prompt without its last word, and that word, which may go on; or without the whitespace at its end.

        Where a unit begins behind the symbols, its Boundary is the last of them.
        """
        text = prompt if isinstance(prompt, str) else "".join(prompt)
        found, rest = pairs(text)
        if not rest and found and _may_go_on(found[-1][1]):
            rest = found[-1][0] + found[-1][1]
        left = sum(isinstance(symbol, str) for symbol in self.split(text[: len(text) - len(rest)]))
        whole: list[str | Boundary] = []
        for symbol in self.split(text):
            left -= isinstance(symbol, str)
            if left < 0:
                break
            whole.append(symbol)
        return whole, rest

    def coded(self, content: Text) -> Iterator[tuple[str | None, list[str]]]:
        """The symbols of each unit, with its level if it begins one."""
        return read(self._states, self.units(content))

    def encode(self, content: Text, vocabulary: Vocabulary) -> Iterator[Ids]:
        """The ids of `split`; its fast twin."""
        for level, ids in read(self._states.numbered(vocabulary), self.units(content)):
            yield np.array([vocabulary.id_of(Boundary(level)), *ids] if level else ids, np.int32)

    def _with(self, lexicon: Lexicon) -> Self:
        made = replace(self)
        object.__setattr__(made, "lexicon", lexicon)
        return made

    @cached_property
    def _states(self) -> States:
        return States(self.lexicon, tuple)


def _may_go_on(segment: str) -> bool:
    """Whether letters or digits may follow that make it another segment."""
    return of_word(segment[-1]) and kind_of(segment) in (WORD, NUMBER)

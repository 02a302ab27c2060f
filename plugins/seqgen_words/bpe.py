"""The tokenizer whose symbols are runs of bytes that often stand together."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Self

import numpy as np

from seqgen.domain import Document
from seqgen.errors import UsageError
from seqgen.records import option
from seqgen.tokenizer import CHUNK, Boundary, Ids
from seqgen.vocabulary import Vocabulary
from seqgen_words.merges import Merges, last, pre_tokens, train
from seqgen_words.structured import Text
from seqgen_words.utf8 import BYTES, ByteTokenizer, bytes_of

SIZES = ((200_000, 320), (1_000_000, 400), (4_000_000, 1000))
"""Corpora of fewer bytes than the first number have as many symbols as the second says."""
MOST = 4000
"""Symbols for larger corpora."""


@dataclass(frozen=True)
class Bpe(ByteTokenizer):
    """Byte-level byte-pair encoding: symbols for what is common, and bytes for all else."""

    name = "bpe"
    domain = "words"
    version = 1

    vocabulary_size: int = option(0, "Symbols in the vocabulary; 0 chooses from the size of the corpus")
    merges: Merges = field(default=Merges(), init=False)

    def __post_init__(self) -> None:
        """Check the options."""
        super().__post_init__()
        if self.vocabulary_size and self.vocabulary_size < len(BYTES):
            there = f"{self.vocabulary_size} are fewer than the {len(BYTES)} bytes"
            raise UsageError("the symbols of bpe", there, f"Use {len(BYTES)} or more, or 0")

    def split(self, content: Text) -> Iterator[str | Boundary]:
        """The symbols, with a Boundary before the unit that begins there."""
        for level, text in self.units(content):
            if level:
                yield Boundary(level)
            for pre_token in pre_tokens(text):
                yield from self.merges.spell(pre_token)

    def coded(self, content: Text) -> Iterator[tuple[str | None, list[str]]]:
        """The symbols of each unit, with its level if it begins one."""
        symbols_of = self.merges.spellings.__getitem__
        for level, text in self.units(content):
            yield level, list(chain.from_iterable(map(symbols_of, pre_tokens(text))))

    def encode(self, content: Text, vocabulary: Vocabulary) -> Iterator[Ids]:
        """The ids of `split`; its fast twin."""
        ids_of = self.merges.table(vocabulary).__getitem__
        ids: list[int] = []
        for level, text in self.units(content):
            if level:
                ids.append(vocabulary.id_of(Boundary(level)))
            ids.extend(chain.from_iterable(map(ids_of, pre_tokens(text))))
            if len(ids) >= CHUNK:
                yield np.array(ids, np.int32)
                ids = []
        yield np.array(ids, np.int32)

    def heal(self, prompt: Text) -> tuple[list[str | Boundary], str]:
        """A prompt without its last pre-token, or the whitespace at its end, and that text."""
        text = prompt if isinstance(prompt, str) else "".join(prompt)
        rest, symbols = last(text), list(self.split(text))
        size = len(rest.encode("utf-8", "surrogatepass"))
        while size:
            symbol = symbols.pop()
            size -= len(bytes_of(symbol)) if isinstance(symbol, str) else 0
        return symbols, rest

    def fit(self, documents: Iterable[Document]) -> Self:
        """Learn the merges of these documents, the pre-tokens of which are held in memory, each once.

        Raises UsageError if the package `tokenizers` is missing.
        """
        counts: Counter[str] = Counter()
        for document in documents:
            for _, text in self.units(document.content):
                counts.update(pre_tokens(text))
        return self._with(train(counts, self.vocabulary_size or suggested(counts)))

    def learnt(self) -> Any:
        """The merges as a JSON value."""
        return [list(pair) for pair in self.merges.pairs]

    def with_learnt(self, value: Any) -> Self:
        """This tokenizer with those merges. Raises InputError for what are none."""
        return self._with(Merges.from_json(value))

    def alphabet(self) -> tuple[str, ...]:
        """All symbols there can be; one that training merged away wherever it stood may well stand alone elsewhere."""
        return self.merges.symbols

    def _with(self, merges: Merges) -> Self:
        made = replace(self)
        object.__setattr__(made, "merges", merges)
        return made


def suggested(counts: Mapping[str, int]) -> int:
    """The number of symbols that a corpus of these pre-tokens is given."""
    size = sum(len(pre_token.encode("utf-8", "surrogatepass")) * count for pre_token, count in counts.items())
    return next((symbols for limit, symbols in SIZES if size < limit), MOST)

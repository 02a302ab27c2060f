"""A tokenizer and what the checks try it on."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

from seqgen.codec import Codec
from seqgen.domain import Content
from seqgen.errors import UsageError
from seqgen.testing.stock import Stock
from seqgen.testing.trying import Tried, on_each, on_made_up
from seqgen.tokenizer import Boundary, Tokenizer
from seqgen.vocabulary import Vocabulary

LONG = 40
"""Symbols of a random run, at most."""


@dataclass(frozen=True)
class TokenizerCase:
    """A tokenizer, and what it is tried on."""

    kind: type[Tokenizer]
    stock: Stock

    @cached_property
    def plain(self) -> Tokenizer:
        """With its default levels, and what it learns from the samples."""
        return self.kind(**self.stock.options).fit(self.stock.documents)

    @cached_property
    def marked(self) -> Tokenizer:
        """With all levels of its domain that it knows."""
        return self.kind(**{**self.stock.options, "levels": self.levels}).with_learnt(self.plain.learnt())

    @property
    def both(self) -> tuple[Tokenizer, Tokenizer]:
        """Without levels, and with all of them."""
        return self.plain, self.marked

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The levels that it can mark."""
        every = self.stock.domain.levels[1:]
        return every if self._knows(every) else tuple(level for level in every if self._knows((level,)))

    def _knows(self, levels: tuple[str, ...]) -> bool:
        try:
            self.kind(**{**self.stock.options, "levels": levels})
        except UsageError:
            return False
        return True

    @cached_property
    def codec(self) -> Codec:
        """The plain one with the vocabulary of the samples."""
        return codec_of(self.plain, self.stock.contents)

    @cached_property
    def symbols(self) -> list[str]:
        """Every symbol met, or that a vocabulary holds anyway."""
        met = chain.from_iterable(islice(spoken(self.plain, each), 5000) for each in self.stock.contents)
        return list(dict.fromkeys(chain(met, self.stock.symbols, islice(self.plain.alphabet(), 5000))))

    def on_contents(self, hold: Tried) -> None:
        """Try it on content that is made up, then on the samples."""
        on_made_up(self.stock.made_up, self.stock.effort.examples, hold)
        on_each(self.stock.contents, hold)

    def on_symbols(self, hold: Tried) -> None:
        """Try it on random runs of symbols."""
        from hypothesis import strategies as st

        runs = st.lists(st.sampled_from(self.symbols), max_size=LONG)
        on_made_up(runs, self.stock.effort.examples, hold)

    def back(self, tokenizer: Tokenizer, content: Content) -> Content:
        """What comes back."""
        return self.stock.whole(tokenizer.join(spoken(tokenizer, content)))


def spoken(tokenizer: Tokenizer, content: Content) -> Iterator[str]:
    """The symbols of a content, without boundaries."""
    return (symbol for symbol in tokenizer.split(content) if isinstance(symbol, str))


def codec_of(tokenizer: Tokenizer, contents: Iterable[Content], *, keep: int = 1) -> Codec:
    """The codec of these contents, with every `keep`th symbol of theirs."""
    counts = Counter[str | Boundary]()
    for content in contents:
        counts += tokenizer.count(content)
    kept = {symbol: n for i, (symbol, n) in enumerate(counts.items()) if i % keep == 0}
    levels = ("document", *tokenizer.levels)
    return Codec(tokenizer, Vocabulary.build(levels, kept, alphabet=tokenizer.alphabet()))


def encoded(tokenizer: Tokenizer, content: Content, vocabulary: Vocabulary) -> list[int]:
    """The ids of a content."""
    return [int(id) for ids in tokenizer.encode(content, vocabulary) for id in ids]

"""The tokenizer whose symbols are words, with spaces and capitals foretold and rare words spelled."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from seqgen.domain import Document
from seqgen.records import from_json, option
from seqgen.text import cut_text
from seqgen.text.levels import CHAPTER, Rules
from seqgen.tokenizer import Boundary, Ids, Tokenizer, Writer
from seqgen.vocabulary import Vocabulary
from seqgen_words.coding import Coder, Reader, States, join
from seqgen_words.lexicon import Lexicon, learn
from seqgen_words.segments import LEVELS, pairs, units

Text = str | Iterable[str]


@dataclass(frozen=True)
class Words(Tokenizer):
    """One symbol a word, number or sign; see `seqgen_words.layout` for what else there is.

    Every text can be said: `join` gives back each character. The content is a `str` or an iterable of `str` pieces.
    Raises UnknownName or UsageError for options that make no sense.
    """

    name = "words"
    domain = "words"
    version = 1

    levels: tuple[str, ...] = option(
        (), "The levels of structure to mark, strongest first: chapter, page, paragraph, sentence"
    )
    page_lines: int = option(0, "Begin a page every so many lines, besides at form feeds; 0: at form feeds alone")
    chapter: str = option(CHAPTER, "A regular expression for the beginning of a line that is a chapter's heading")
    size: int = option(0, "Words, or merges of bpe, in the vocabulary at most; 0 chooses from the size of the corpus")
    pieces: int = option(500, "Pieces of several letters to spell rare words with")
    lexicon: Lexicon = field(default=Lexicon(), init=False)

    def __post_init__(self) -> None:
        """Check the options."""
        _ = self._rules

    def split(self, content: Text) -> Iterator[str | Boundary]:
        """The symbols, with a Boundary before the gap of the unit that begins there."""
        reader, rest = Reader(self.lexicon), ""
        for level, text in self._units(content):
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

    def cut(self, content: Text, ends: Callable[[int], Sequence[int]]) -> Sequence[Text]:
        """The text in pieces."""
        return cut_text(content, ends)

    def fit(self, documents: Iterable[Document]) -> Self:
        """Learn the words, the gaps and the width of lines of these documents."""
        texts = (d.content if isinstance(d.content, str) else "".join(d.content) for d in documents)
        return self._with(learn(texts, size=self.size or MOST_WORDS, pieces=self.pieces))

    def learnt(self) -> Any:
        """The lexicon as a JSON value."""
        return asdict(self.lexicon)

    def with_learnt(self, value: Any) -> Self:
        """This tokenizer with that lexicon. Raises InputError for what is none."""
        return self._with(from_json(Lexicon, value, where="lexicon"))

    def alphabet(self) -> tuple[str, ...]:
        """All symbols there can be."""
        return self.lexicon.symbols

    def count(self, content: Text) -> Counter[str | Boundary]:
        """How often each symbol and boundary occurs."""
        counts: Counter[str | Boundary] = Counter()
        for level, symbols in self._coded(content):
            counts.update([Boundary(level)] if level else [])
            counts.update(symbols)
        return counts

    def encode(self, content: Text, vocabulary: Vocabulary) -> Iterator[Ids]:
        """The ids of `split`; its fast twin."""
        id_of = {symbol: vocabulary.id_of(symbol) for symbol in vocabulary.symbols}
        for level, symbols in self._coded(content):
            if level:
                yield np.array([vocabulary.id_of(Boundary(level))], np.int32)
            ids = [id_of.get(symbol, vocabulary.unknown) for symbol in symbols]
            yield np.array(ids, np.int32)

    def heal(self, content: Text) -> tuple[list[str | Boundary], str]:
        """A prompt without its last word, and that word, which may go on; or without the whitespace at its end."""
        text = content if isinstance(content, str) else "".join(content)
        found, rest = pairs(text)
        if not rest and found and found[-1][1][-1:].isalnum():
            rest = found[-1][0] + found[-1][1]
        return list(self.split(text[: len(text) - len(rest)])), rest

    def _with(self, lexicon: Lexicon) -> Self:
        made = replace(self)
        object.__setattr__(made, "lexicon", lexicon)
        return made

    def _units(self, content: Text) -> Iterator[tuple[str | None, str]]:
        return units(content, self._rules, sentences="sentence" in self.levels)

    def _coded(self, content: Text) -> Iterator[tuple[str | None, list[str]]]:
        """The symbols of each unit, with its level if it begins one."""
        coder = Coder(self._states)
        for level, text in self._units(content):
            yield level, coder.read(text)
        yield None, coder.end()

    @cached_property
    def _states(self) -> States:
        return States(self.lexicon)

    @cached_property
    def _rules(self) -> Rules:
        checked = Rules.checked(self.levels, self.page_lines, self.chapter, known=LEVELS)
        return replace(checked, levels=tuple(level for level in self.levels if level != "sentence"))


MOST_WORDS = 8000
"""Words in the vocabulary where no size is asked for."""

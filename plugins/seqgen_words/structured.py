"""What the tokenizers of this plugin share: the levels of structure, and counting from lists of symbols."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from seqgen.records import option
from seqgen.text import cut_text
from seqgen.text.levels import CHAPTER, Rules
from seqgen.tokenizer import Boundary, Tokenizer
from seqgen_words.segments import LEVELS, units

Text = str | Iterable[str]


@dataclass(frozen=True)
class Structured(Tokenizer):
    """A tokenizer of text that marks levels of structure, learns from a corpus, and writes with a memory.

    The content is a `str` or an iterable of `str` pieces; where it is cut leaves no trace. Raises UnknownName or
    UsageError for options that make no sense.
    """

    levels: tuple[str, ...] = option(
        (), "The levels of structure to mark, strongest first: chapter, page, paragraph, sentence"
    )
    page_lines: int = option(0, "Begin a page every so many lines, besides at form feeds; 0: at form feeds alone")
    chapter: str = option(CHAPTER, "A regular expression for the beginning of a line that is a chapter's heading")

    def __post_init__(self) -> None:
        """Check the options."""
        _ = self._rules

    @abstractmethod
    def coded(self, content: Text) -> Iterator[tuple[str | None, list[str]]]:
        """The symbols of each unit, with its level if it begins one: the fast twin of `split`."""

    def cut(self, content: Text, ends: Callable[[int], Sequence[int]]) -> Sequence[Text]:
        """The text in pieces."""
        return cut_text(content, ends)

    def count(self, content: Text) -> Counter[str | Boundary]:
        """How often each symbol and boundary occurs."""
        counts: Counter[str | Boundary] = Counter()
        for level, symbols in self.coded(content):
            counts.update([Boundary(level)] if level else [])
            counts.update(symbols)
        return counts

    def units(self, content: Text) -> Iterator[tuple[str | None, str]]:
        """The text in pieces, each with the level of the unit that begins there, if any."""
        return units(content, self._rules, sentences="sentence" in self.levels)

    @cached_property
    def _rules(self) -> Rules:
        checked = Rules.checked(self.levels, self.page_lines, self.chapter, known=LEVELS)
        return replace(checked, levels=tuple(level for level in self.levels if level != "sentence"))

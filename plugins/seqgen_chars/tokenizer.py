"""The tokenizer whose symbols are single characters."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from seqgen.records import option
from seqgen.text.levels import CHAPTER, SHORT, Numbers, Rules, code_points, marked, units
from seqgen.tokenizer import Boundary, Ids, Tokenizer
from seqgen.vocabulary import Vocabulary

Text = str | Iterable[str]


@dataclass(frozen=True)
class Chars(Tokenizer):
    """One symbol a character, that is, a Unicode code point: combining marks and joiners are symbols of their own.

    The content is a `str` or an iterable of `str` pieces; where it is cut leaves no trace.
    Raises UnknownName or UsageError for options that make no sense.
    """

    name = "chars"
    domain = "chars"
    version = 1

    levels: tuple[str, ...] = option((), "The levels of structure to mark, strongest first: chapter, page, paragraph")
    page_lines: int = option(0, "Begin a page every so many lines, besides at form feeds; 0: at form feeds alone")
    chapter: str = option(CHAPTER, "A regular expression for the beginning of a line that is a chapter's heading")

    def __post_init__(self) -> None:
        """Check the options."""
        _ = self._rules

    def split(self, content: Text) -> Iterator[str | Boundary]:
        """The characters, with a Boundary before the unit that begins there."""
        for level, part in units(content, self._rules):
            if level:
                yield Boundary(level)
            yield from part

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        """The symbols themselves."""
        yield from symbols

    def count(self, content: Text) -> Counter[str | Boundary]:
        """How often each character and boundary occurs; the fast twin of counting what `split` yields."""
        counts: Counter[str | Boundary] = Counter()
        for text, _, levels in marked(content, self._rules):
            counts.update(text if len(text) < SHORT else {chr(point): n for point, n in _counts(code_points(text))})
            counts.update({Boundary(self.levels[level]): n for level, n in _counts(levels)})
        return counts

    def encode(self, content: Text, vocabulary: Vocabulary) -> Iterator[Ids]:
        """The ids of `split`; its fast twin."""
        table = _table(vocabulary)
        marks = np.array([vocabulary.id_of(Boundary(level)) for level in self.levels], np.int32)
        for text, positions, levels in marked(content, self._rules):
            ids = table.take(code_points(text), mode="clip")
            yield np.insert(ids, positions, marks[levels]) if len(levels) else ids

    @cached_property
    def _rules(self) -> Rules:
        return Rules.checked(self.levels, self.page_lines, self.chapter)


def _counts(values: Numbers) -> Iterator[tuple[int, int]]:
    """Each value that occurs, and how often."""
    counts = np.bincount(values)
    seen = np.flatnonzero(counts)
    return zip(seen.tolist(), counts[seen].tolist(), strict=True)


@lru_cache(maxsize=4)
def _table(vocabulary: Vocabulary) -> Ids:
    """The id of each code point up to the highest one known; the last entry is for all above it."""
    ids = {ord(symbol): vocabulary.id_of(symbol) for symbol in vocabulary.symbols if len(symbol) == 1}
    table = np.full(max(ids, default=-1) + 2, vocabulary.unknown, np.int32)
    table[list(ids.keys())] = list(ids.values())
    return table

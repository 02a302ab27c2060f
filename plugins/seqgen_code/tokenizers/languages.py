"""The tokenizers of other languages than Python."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from seqgen.errors import UsageError
from seqgen.records import option
from seqgen.tokenizer import Boundary, Ids, Tokenizer
from seqgen.vocabulary import Vocabulary
from seqgen_code.language import Language
from seqgen_code.lexers.json import JSON
from seqgen_code.lexers.markup import MARKUP
from seqgen_code.lexers.others import language_of
from seqgen_code.symbols import GAP, LINES
from seqgen_code.tokenizers.source import Source, Text
from seqgen_code.tokenizers.tags import GAPS, TagReader, Tags

PLAIN_LEVELS = ("statement", "line")
"""The levels of a language whose blocks are no matter of indentation."""


@dataclass(frozen=True)
class Plain(Source):
    """A language whose blocks are told by brackets. What stands in no bracket, a line at a time, is a statement."""

    marks = ("statement", "line")

    levels: tuple[str, ...] = option((), "The levels of structure to mark, strongest first: statement, line")


@dataclass(frozen=True)
class Json(Plain):
    """JSON: brackets, keywords and numbers; strings known whole or in pieces; the indentation foretold."""

    name = "json"
    domain = "code"
    version = 1
    suffix = ".json"
    language = JSON


@dataclass(frozen=True)
class Markup(Source):
    """XML and HTML: the names of elements and attributes, values whole or in pieces, text in pieces; one symbol closes
    the element that is open, whatever its name."""

    name = "markup"
    domain = "code"
    version = 1
    suffix = ".xml"
    language = MARKUP
    marks = ("block",)

    levels: tuple[str, ...] = option((), "The levels of structure to mark: block, a child of the outermost element")

    def alphabet(self) -> tuple[str, ...]:
        """All symbols there can be."""
        wanted = dict.fromkeys((*super().alphabet(), *(GAP + gap for gap in GAPS)))
        return tuple(symbol for symbol in wanted if symbol not in LINES)

    def writer(self) -> Tags:
        """What writes tags and text."""
        return self._tags

    @cached_property
    def _tags(self) -> Tags:
        return Tags(self.states.speech)

    def split(self, content: Text) -> Iterator[str | Boundary]:
        """The symbols, with a Boundary before each child of the outermost element, if the level is wanted."""
        text = content if isinstance(content, str) else "".join(content)
        reader = TagReader(self.states.speech, self._tags, blocks=bool(self.levels))
        return reader.read(self.language.lexemes(text))

    def coded(self, content: Text) -> list[str | Boundary]:
        """The symbols of `split`."""
        return list(self.split(content))

    def encode(self, content: Text, vocabulary: Vocabulary) -> Iterator[Ids]:
        """The ids of `split`."""
        return Tokenizer.encode(self, content, vocabulary)

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        """The text, as it becomes certain."""
        at = self._tags.begun
        for symbol in symbols:
            text, at = self._tags.write(at, symbol)
            if text:
                yield text
        if last := self._tags.finish(at):
            yield last


@dataclass(frozen=True)
class OtherSource(Plain):
    """Any language that pygments has a lexer for: strings and comments, and all else as names, numbers and signs.

    Raises UsageError without a lexer, once it is needed, and UnknownName for one that there is not.
    """

    name = "source"
    domain = "code"
    version = 1

    lexer: str = option("", "The lexer of pygments that knows the language, by its name or a shorter one, such as c")

    def __post_init__(self) -> None:
        """Check the lexer and the levels."""
        super().__post_init__()
        if self.lexer:
            language_of(self.lexer)

    @cached_property
    def language(self) -> Language:  # type: ignore[override]
        """The language that the lexer reads."""
        if not self.lexer:
            asked, there = "the tokenizer 'source'", "it was not told which lexer reads the language"
            raise UsageError(asked, there, "Name one, such as c, javascript or rust: --lexer NAME")
        return language_of(self.lexer)

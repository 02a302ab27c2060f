"""What a tokenizer is: two inverse functions between content and string symbols."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from seqgen.domain import Content, Document

if TYPE_CHECKING:
    from seqgen.vocabulary import Vocabulary

Ids = np.ndarray[tuple[int], np.dtype[Any]]
"""A row of ids."""
CHUNK = 1 << 16
"""Symbols encoded at a time by the plain `encode`."""


@dataclass(frozen=True)
class Boundary:
    """Where a unit of that level begins; a symbol like any other, which `join` drops."""

    level: str


@dataclass(frozen=True, order=True)
class Label:
    """What is known about a document, such as its author; the value is empty where a document has none for that key.

    A symbol that is read and never predicted. The core itself places it, so no tokenizer meets it.
    """

    key: str
    value: str


DOCUMENT_BOUNDARY = Boundary("document")
"""The mark between documents."""


class Writer:
    """`join`, a symbol at a time, with states that can be kept and gone back to; this one writes symbols as they are.

    Law: what `write` gives for each symbol in turn, and `finish` last, is what `join` gives. States are hashable and
    never changed; what has been written is never taken back.
    """

    begun: Hashable = None
    """The state at the start of a document."""
    total: bool = False
    """Whether some symbols of the alphabet write any content at all, in every state that `fits` it."""

    def write(self, state: Hashable, symbol: str) -> tuple[Content, Hashable]:
        """What the symbol adds to the content, perhaps nothing yet, and the state behind it."""
        return symbol, state

    def finish(self, state: Hashable) -> Content:
        """What is still to be written when nothing follows."""
        return ""

    def whole(self, symbols: Iterable[str]) -> str:
        """The text of one document: what `join` must give."""
        state, pieces = self.begun, []
        for symbol in symbols:
            piece, state = self.write(state, symbol)
            pieces.append(piece)
        return "".join([*pieces, self.finish(state)])

    def closed(self, state: Hashable) -> bool:
        """Whether a word that the content ends in is whole: no symbol is meant to go on with it."""
        return False

    def behind(self, symbols: Iterable[object]) -> Hashable:
        """The state behind these symbols, which may go on past the ends of documents."""
        state = self.begun
        for symbol in symbols:
            if isinstance(symbol, str):
                _, state = self.write(state, symbol)
            elif symbol == DOCUMENT_BOUNDARY:
                state = self.begun
        return state

    def fits(self, state: Hashable, content: Content) -> bool:
        """Whether what is written next may begin with this content; False for what the state has decided otherwise."""
        return True


@dataclass(frozen=True)
class Tokenizer(ABC):
    """Content to symbols and back; a frozen dataclass whose fields are its options.

    Law: `"".join(join(s for s in split(x) if isinstance(s, str))) == x` for every content x (for text; other domains
    use their own concatenation). `levels` names the levels whose boundaries enter the stream, strongest first,
    `document` left out: the core itself places the document marks, and keeps the strongest alone where several
    boundaries coincide.
    """

    name: ClassVar[str]
    """What `--tokenizer` calls it."""
    domain: ClassVar[str]
    """The name of the domain whose content it cuts."""
    version: ClassVar[int]
    """To be raised when `split` or `join` change, so that older models are refused."""
    suffix: ClassVar[str] = ""
    """What the names of files of its content end in, where that is not the domain's first suffix."""

    levels: tuple[str, ...] = ()

    @abstractmethod
    def split(self, content: Content) -> Iterable[str | Boundary]:
        """The symbols of one document, in order, with a Boundary before the unit that begins there; a generator holds
        less of a long document than a list."""

    @abstractmethod
    def join(self, symbols: Iterable[str]) -> Iterator[Content]:
        """The content of these symbols, in pieces that never change. Total: it never fails on what a model may emit.

        A generator, so that text is shown while it is drawn; the checks refuse a list or a str of all.
        """

    def fit(self, documents: Iterable[Document]) -> Self:
        """What this tokenizer learns from a corpus, in a new instance. By default nothing."""
        return self

    def learnt(self) -> Any:
        """What `fit` learnt, as a JSON value. The reverse of `with_learnt`."""
        return None

    def with_learnt(self, value: Any) -> Self:
        """This tokenizer with what `learnt` gave back."""
        return self

    def alphabet(self) -> tuple[str, ...]:
        """The symbols that a vocabulary holds even if training never met them: those that spell what is not known."""
        return ()

    def heal(self, prompt: Content) -> tuple[list[str | Boundary], Content]:
        """The symbols of a prompt that are whole, and the text that must follow them: a word that may still go on.

        Law: the content of the symbols and what follows are the prompt. By default all symbols are whole.
        """
        return list(self.split(prompt)), ""

    def writer(self) -> Writer:
        """`join` as a machine, for what looks at the content while it is made. By default symbols are the content."""
        return Writer()

    def cut(self, content: Content, ends: Callable[[int], Sequence[int]]) -> Sequence[Content] | None:
        """The content in pieces that end where `ends`, given its length, says; None if any two symbols may be parted.

        So a corpus of one document is cut before it is split, for tokenizers that learn from it, or that write with a
        memory of what came before.
        """
        return None

    def count(self, content: Content) -> Counter[str | Boundary]:
        """How often each symbol and boundary occurs; a fast twin may replace it."""
        return Counter(self.split(content))

    def encode(self, content: Content, vocabulary: "Vocabulary") -> Iterator[Ids]:
        """The ids of `split`, in arrays of any length; a fast twin may replace it.

        Unknown symbols become `vocabulary.unknown`.
        """
        symbols = iter(self.split(content))
        while chunk := list(islice(symbols, CHUNK)):
            yield np.array([vocabulary.id_of(symbol) for symbol in chunk], dtype=np.int32)

    def length(self, symbol: str) -> int:
        """How many characters (or the domain's own unit of length) the symbol stands for."""
        return len(symbol)


def options_of(tokenizer: Tokenizer) -> dict[str, Any]:
    """The options of a tokenizer, as a JSON value: those fields that it is made with."""
    return {f.name: getattr(tokenizer, f.name) for f in fields(tokenizer) if f.init}

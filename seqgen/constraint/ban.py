"""Words that must not be written.

The text is read a character at a time, without regard to case and with each run of white space as one space, along a
tree of the banned words: a state holds the places in the tree of all words that may have begun.
"""

import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from seqgen.constraint.constraint import Constraint, Spoken, State
from seqgen.domain import Content
from seqgen.errors import UsageError
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary, Writer

ROOT = 0
PROMPT = 1 << 62
"""More characters than any prompt has."""
SPACE, SIGN, WORD = range(3)
"""What a character is: white space, part of a word, or neither."""


class _At(NamedTuple):
    writer: Hashable
    begun: tuple[int, ...] = ()
    """The places in the tree."""
    last: int = SPACE
    """What the last character was."""
    own: bool = False
    """Whether it was drawn, and not the prompt's."""
    spare: int = 0
    """How many characters of the prompt are still to come."""


class Ban(Constraint):
    """No text in which one of the words, or phrases, stands whole.

    A letter, digit, mark or underscore beside a word makes it another word. A word is judged once something else
    follows it, a document ends, or the writer says that it is whole. What lies in the prompt alone is not looked at.
    Raises UsageError for a word of white space.
    """

    def __init__(self, words: Sequence[str], writer: Writer) -> None:
        self.words, self._writer = tuple(words), writer
        self._next: dict[tuple[int, str], int] = {}
        self._ends, self._closed_ends = set[int](), set[int]()
        for word in words:
            self._plant(word)
        self.start = _At(writer.begun)

    def step(self, state: State, symbol: Spoken) -> State | None:
        if isinstance(symbol, Boundary):
            return self._end(state) if symbol == DOCUMENT_BOUNDARY else state
        content, writer = self._writer.write(state.writer, symbol)
        after = self._read(state._replace(writer=writer), content)
        whole = after is not None and after.own and self._writer.closed(writer) and self._stands(after.begun)
        return None if whole else after

    def complete(self, state: State) -> Iterable[Spoken] | None:
        open = state.begun or self._writer.finish(state.writer)
        return None if open and self._end(state) is None else ()

    def begin(self, prompt: Iterable[Spoken], *, follow: Content = "") -> State:
        state: State = _At(self._writer.begun, spare=PROMPT)
        for symbol in prompt:
            state = self.step(state, symbol)
        return state._replace(spare=len(follow))

    def _plant(self, word: str) -> None:
        text = " ".join(word.split()).casefold()
        if not text:
            raise UsageError(f"the banned word {word!r}", "there is nothing in it", "Give at least one character")
        node = ROOT
        for character in text:
            node = self._next.setdefault((node, character), len(self._next) + 1)
        (self._ends if _kind(text[-1]) == WORD else self._closed_ends).add(node)

    def _end(self, state: _At) -> _At | None:
        """The state behind the end of a document, which is written as a new line."""
        after = self._read(state, f"{self._writer.finish(state.writer)}\n")
        return after and after._replace(writer=self._writer.begun)

    def _read(self, state: _At, content: Content) -> _At | None:
        writer, begun, last, own, spare = state
        step = self._next.get
        for character in content:
            drawn, spare = spare == 0, max(spare - 1, 0)
            for folded, kind in _folded(character):
                if kind == SPACE == last:
                    continue
                if own and kind != WORD and self._stands(begun):
                    return None
                open = begun if kind == last == WORD else (*begun, ROOT)
                begun = tuple(node for at in open if (node := step((at, folded))))
                last, own = kind, drawn
                if own and not self._closed_ends.isdisjoint(begun):
                    return None
        return _At(writer, begun, last, own, spare)

    def _stands(self, begun: tuple[int, ...]) -> bool:
        """Whether the text ends with a banned word, unless the word goes on."""
        return not self._ends.isdisjoint(begun)

    def __str__(self) -> str:
        return f"the ban of {', '.join(map(repr, self.words))}"


@lru_cache(1 << 14)
def _folded(character: str) -> list[tuple[str, int]]:
    """A character as it is compared: perhaps several, each with its kind."""
    return [(" " if each.isspace() else each, _kind(each)) for each in character.casefold()]


def _kind(character: str) -> int:
    if character.isspace():
        return SPACE
    return WORD if of_word(character) else SIGN


def of_word(character: str) -> bool:
    """Whether a character beside a word makes it another word: a letter, a digit, a mark or an underscore."""
    return character == "_" or character.isalnum() or unicodedata.category(character)[0] == "M"

"""A word at a time, where symbols may be letters, or pieces of words."""

import copy
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple, cast

from seqgen.codec import Codec
from seqgen.constraint import Spoken, of_word
from seqgen.generation.generate import Course
from seqgen.generation.stopping import Drawn
from seqgen.tokenizer import Boundary, Tokenizer

LONGEST = 24
"""Symbols in a word at most."""


class Offer(NamedTuple):
    """What may come next: the ids of a word, or of a boundary, as it would be written, and how likely it is."""

    ids: tuple[int, ...]
    text: str
    probability: float


class Wording:
    """Where words end; `mark` shows a boundary, given its level."""

    def __init__(self, codec: Codec, *, mark: str) -> None:
        self._symbol_of, self._writer, self._mark = codec.vocabulary.symbol_of, codec.tokenizer.writer(), mark
        self._plain = type(codec.tokenizer).writer is Tokenizer.writer

    def written(self, ids: Iterable[int]) -> Hashable:
        """The state of the tokenizer's writer behind these ids."""
        return self._writer.behind(map(self._symbol_of, ids))

    def offer(self, course: Course, state: Hashable, *, first: int, share: float) -> Offer:
        """The word that begins with a symbol of that share, gone on with in the likeliest way."""
        reader, gate = course.reader.copy(), copy.copy(course.gate)
        ids, text, id = list[int](), "", first
        while True:
            ids.append(id)
            symbol = cast(Spoken, self._symbol_of(id))
            if isinstance(symbol, Boundary):
                return Offer(tuple(ids), text + self._mark.format(symbol.level), share)
            added, state = self._writer.write(state, symbol)
            text += added
            if len(ids) == LONGEST or (text and self._is_whole(text, symbol, state)):
                return Offer(tuple(ids), text, share)
            reader.read(id)
            if gate:
                gate.take(id)
            p_V = course.shares(reader, gate)
            id = int(p_V.argmax())
            if text and self._begins_anew(cast(Spoken, self._symbol_of(id)), state):
                return Offer(tuple(ids), text, share)
            share *= p_V.item(id)

    def draw(self, course: Course, state: Hashable, numbers: Iterator[float]) -> Iterator[Drawn]:
        """The symbols of a word, drawn, with the space that may stand before or behind it."""
        text = ""
        for _ in range(LONGEST):
            drawn = course.draw(next(numbers))
            yield drawn
            if isinstance(drawn.symbol, Boundary):
                return
            added, state = self._writer.write(state, drawn.symbol)
            text += added
            if text.strip() and self._is_whole(text, drawn.symbol, state):
                return

    def _is_whole(self, text: str, symbol: str, state: Hashable) -> bool:
        """Whether no word goes on behind the text; a symbol of several characters is one, if no writer knows better."""
        apart = not of_word(text[-1]) and (self._plain or not text.isspace())
        return self._writer.closed(state) or (self._plain and len(symbol) > 1) or apart

    def _begins_anew(self, symbol: Spoken, state: Hashable) -> bool:
        """Whether the symbol does not go on with a word."""
        if isinstance(symbol, Boundary):
            return True
        added, _ = self._writer.write(state, symbol)
        return not of_word((added or "a")[0])

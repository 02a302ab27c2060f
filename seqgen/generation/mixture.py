"""Several voices as one, mixed in probability space.

Shapes: V vocabulary of the first voice, K symbols of another that the first can say.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from seqgen import labels as named_labels
from seqgen.generation.draw import log_probabilities
from seqgen.generation.voice import Reading, Voice, read_all
from seqgen.playing.weights import Vector
from seqgen.tokenizer import Boundary, Label
from seqgen.vocabulary import Vocabulary


@dataclass(frozen=True)
class Part:
    """A voice of a mixture: how much it weighs, and the symbols that it speaks of; `labels` are for it alone."""

    voice: Voice
    weight: float
    """Its share, above 0."""
    vocabulary: Vocabulary
    """The symbols that it speaks of."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mixture:
    """p(x) = sum over k of w_k p_k(x): the linear interpolation of Jelinek and Mercer (1980).

    It speaks of the symbols of the first part; the weights sum to 1. p_1 is what the first part says. p_k of another is
    what that says on condition that it is something that the first can say too: what symbols, boundaries and labels
    both have, and the unknown one, are scaled up to 1 without the rest. What the first alone can say has no probability
    in it. The other reads a symbol that it does not know as its unknown one; a boundary of a level that it does not
    mark, and a label that it does not have, it does not read. Labels are given to each part by name. Laws: parts that
    agree are as one of them alone; log p is had without an underflow of p.
    """

    parts: tuple[Part, ...]

    def begin(self, labels: Sequence[int] = ()) -> "Mixed":
        """A reading by all parts at the start of a document."""
        told = named_labels.named(self.parts[0].vocabulary, labels)
        first, *others = (
            _Track(part.voice.begin(_told(part, told) if number else labels), words, math.log(part.weight))
            for number, (part, words) in enumerate(zip(self.parts, self._words, strict=True))
        )
        return Mixed(first, others)

    @cached_property
    def _words(self) -> "list[_Words]":
        return [_words(self.parts[0].vocabulary, part.vocabulary) for part in self.parts]


class Mixed:
    """A sequence being read by all parts of a mixture."""

    def __init__(self, first: "_Track", others: "Sequence[_Track]") -> None:
        self._first, self._others = first, others

    def read(self, id: int) -> None:
        """Take in the next symbol."""
        self._first.reading.read(id)
        for track in self._others:
            theirs = track.words.read[id]
            if theirs is not None:
                track.reading.read(theirs)

    def read_all(self, ids: Sequence[int]) -> None:
        """Take in several symbols."""
        read_all(self._first.reading, ids)
        for track in self._others:
            theirs = (track.words.read[id] for id in ids)
            read_all(track.reading, [id for id in theirs if id is not None])

    def begin_block(self) -> None:
        """What was read is given: where symbols are drawn in blocks, one begins here."""
        for track in (self._first, *self._others):
            track.reading.begin_block()

    def logits(self) -> Vector:
        """The logarithm of the mixture's own probabilities, (V,). Raises InputError if a part's are no numbers."""
        log_V = log_probabilities(self._first.reading.logits()) + self._first.log_weight
        for track in self._others:
            log_K = log_probabilities(track.reading.logits()[track.words.said]) + track.log_weight
            log_V[track.words.own] = np.logaddexp(log_V[track.words.own], log_K)
        return log_V.astype(np.float32)

    def copy(self) -> Self:
        """A reading of the same, which goes its own way from here."""
        return type(self)(self._first.copy(), [track.copy() for track in self._others])


class _Words(NamedTuple):
    """The symbols of the first part as another reads them, and those that both may say, by the ids of both."""

    read: tuple[int | None, ...]
    own: NDArray[np.intp]
    said: NDArray[np.intp]


class _Track(NamedTuple):
    """One part's reading."""

    reading: Reading
    words: _Words
    log_weight: float

    def copy(self) -> "_Track":
        """One that goes its own way from here."""
        return self._replace(reading=self.reading.copy())


def _words(first: Vocabulary, other: Vocabulary) -> _Words:
    """What the symbols of a vocabulary are in another."""
    symbols = [first.symbol_of(id) for id in range(first.size)]
    known = [None if symbol is None else other.id_of(symbol) for symbol in symbols]
    silent = (isinstance(symbol, Boundary | Label) and symbol not in other for symbol in symbols)
    read = tuple(None if skip else other.unknown if id is None else id for id, skip in zip(known, silent, strict=True))
    both = [id for id, symbol in enumerate(symbols) if symbol in other or id == first.unknown]
    return _Words(read, np.array(both, np.intp), np.array([read[id] for id in both], np.intp))


def _told(part: Part, labels: Mapping[str, str]) -> list[int]:
    """The ids of these labels in a part, and of its own."""
    return named_labels.ids_of(part.vocabulary, {**labels, **part.labels})

"""Random walks through constraints, and the laws of tokenizers, for the tests of every language."""

from collections.abc import Callable, Iterable, Sequence
from random import Random

import numpy as np

from seqgen.codec import Codec
from seqgen.constraint import Constraint, Spoken, State
from seqgen.domain import Document
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary
from seqgen.vocabulary import Vocabulary
from seqgen_code.tokenizers.source import Learnt, Source


def codec_of(tokenizer: Learnt, texts: Sequence[str] = ()) -> Codec:
    """A codec that has learnt these texts; of none, an untrained one."""
    if texts:
        tokenizer = tokenizer.fit(Document(str(n), text) for n, text in enumerate(texts))
    counts = sum((tokenizer.count(text) for text in texts), start=tokenizer.count(""))
    levels = ("document", *tokenizer.levels)
    return Codec(tokenizer, Vocabulary.build(levels, counts, alphabet=tokenizer.alphabet()))


def spoken(codec: Codec, symbols: Iterable[Spoken]) -> str:
    """The text of symbols."""
    return "".join(map(str, codec.tokenizer.join(each for each in symbols if isinstance(each, str))))


def said(codec: Codec, state: State, constraint: Constraint) -> list[Spoken]:
    """What the mask allows, but for the end of the document."""
    mask = constraint.allowed(state)
    assert mask is not None
    found = [codec.vocabulary.symbol_of(int(id)) for id in np.flatnonzero(mask)]
    return [each for each in found if isinstance(each, str | Boundary) and each != DOCUMENT_BOUNDARY]


class Walk:
    """A document drawn at random, with its end; the kinds of symbols are drawn first, so that rare ones come often."""

    def __init__(self, codec: Codec, constraint: Constraint) -> None:
        self._codec, self._constraint = codec, constraint
        self._kinds: dict[bytes, list[list[Spoken]]] = {}

    def draw(self, random: Random, length: int, *, begin: Sequence[str] = ()) -> list[Spoken]:
        """At most so many symbols behind those with which it begins, and a way to the end."""
        state, symbols, step = self._constraint.begin(begin), list[Spoken](begin), self._constraint.step
        for _ in range(length):
            kinds = self._of(state)
            if not kinds:
                break
            symbols.append(random.choice(random.choice(kinds)))
            state = step(state, symbols[-1])
            assert state is not None, symbols[-3:]
        way = self._constraint.complete(state)
        assert way is not None
        for symbol in way:
            symbols.append(symbol)
            state = step(state, symbol)
            assert state is not None, symbols[-3:]
        assert step(state, DOCUMENT_BOUNDARY) is not None
        return symbols

    def _of(self, state: State) -> list[list[Spoken]]:
        mask = self._constraint.allowed(state)
        assert mask is not None
        key = mask.tobytes()
        if key not in self._kinds:
            kinds: dict[object, list[Spoken]] = {}
            for each in said(self._codec, state, self._constraint):
                kinds.setdefault(each[:2] if isinstance(each, str) and each[:1] == " " else "", []).append(each)
            self._kinds[key] = list(kinds.values())
        return self._kinds[key]


def refused(
    codec: Codec, constraint: Constraint, takes: Callable[[str], bool], *, count: int, begin: Sequence[str] = ()
) -> list[str]:
    """Of so many random documents, half of which begin so, those that an independent parser does not take."""
    walk, random = Walk(codec, constraint), Random(count)
    texts = (spoken(codec, walk.draw(random, random.randrange(120), begin=begin[: n % 2 * 9])) for n in range(count))
    return [text for text in texts if not takes(text)]


def differing(codec: Codec, constraint: Constraint, state: State) -> list[object]:
    """The symbols for which mask and step disagree."""
    mask, found = constraint.allowed(state), list[object]()
    assert mask is not None
    for id in range(codec.vocabulary.size):
        symbol = codec.vocabulary.symbol_of(id)
        if isinstance(symbol, str | Boundary) and mask[id] != (constraint.step(state, symbol) is not None):
            found.append(symbol)
    return found


def disagreeing(codec: Codec, constraint: Constraint, *, count: int, begin: Sequence[str] = ()) -> list[object]:
    """Where mask and step disagree along random walks."""
    walk, random, found = Walk(codec, constraint), Random(count), list[object]()
    for _ in range(count):
        state = constraint.start
        for symbol in walk.draw(random, random.randrange(40), begin=begin):
            found += [(symbol, each) for each in differing(codec, constraint, state)]
            state = constraint.step(state, symbol)
    return found


def accepted(codec: Codec, constraint: Constraint, text: str) -> bool:
    """Whether the constraint takes the text as a whole document."""
    state: State = constraint.start
    ids = [int(id) for each in codec.encode(text) for id in each]
    for symbol in [*map(codec.vocabulary.symbol_of, ids), DOCUMENT_BOUNDARY]:
        assert isinstance(symbol, str | Boundary)
        state = constraint.step(state, symbol)
        if state is None:
            return False
    return True


def lossy(tokenizer: Learnt, texts: Iterable[str]) -> list[str]:
    """The texts that do not come back, or that one of the fast twins takes otherwise than the definition."""
    return [text for text in texts if not _comes_back(tokenizer, text)]


def _comes_back(tokenizer: Learnt, text: str) -> bool:
    symbols = list(tokenizer.split(text))
    if isinstance(tokenizer, Source) and tokenizer.coded(text) != symbols:
        return False
    plain = [each for each in symbols if isinstance(each, str)]
    return "".join(map(str, tokenizer.join(plain))) == text == tokenizer.writer().whole(plain)


def miswritten(tokenizer: Learnt, symbols: Sequence[str], *, count: int) -> list[list[str]]:
    """Of so many random runs of symbols those that `join` writes otherwise than the writer."""
    random = Random(count)
    runs = [random.choices(symbols, k=random.randrange(40)) for _ in range(count)]
    return [run for run in runs if "".join(map(str, tokenizer.join(run))) != tokenizer.writer().whole(run)]


def garbage(parts: Sequence[str], *, count: int) -> Iterable[str]:
    """Texts of these parts, in any order."""
    random = Random(count)
    return ("".join(random.choices(parts, k=random.randrange(40))) for _ in range(count))

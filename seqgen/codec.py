"""A fitted tokenizer with its vocabulary: one document to ids and back.

The codec knows what a run of boundaries means; where documents begin and end is the store's affair.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, Self, cast, get_args

import numpy as np

from seqgen import records
from seqgen.domain import Content
from seqgen.errors import InputError, UnknownName, UsageError
from seqgen.tokenizer import Ids, Tokenizer, options_of
from seqgen.vocabulary import Vocabulary

Lengths = np.ndarray[tuple[int], np.dtype[np.int64]]
"""A row of lengths."""
DOCUMENT: Final = 0
"""The id of the boundary between documents."""
OnUnknown = Literal["error", "skip", "replace"]
"""What to do about a symbol of a prompt that the vocabulary lacks."""
REMEDY = "Leave it out with --on-unknown skip, or let it be replaced with --on-unknown replace"
"""Of a prompt with symbols that are unknown."""


@dataclass(frozen=True)
class Prompt:
    """What a sample begins with: ids to read, and the text that what is drawn must begin with.

    Law: the content of the ids and `follow` are the prompt, as far as its symbols are known; `messages` has the others.
    `before` are the ids that stand before these in their document and were read already; None where none were, and a
    document begins. `read` counts all symbols that were read before these.
    """

    ids: tuple[int, ...] = ()
    follow: Content = ""
    messages: tuple[str, ...] = ()
    before: tuple[int, ...] | None = None
    read: int = 0


@dataclass(frozen=True)
class Codec:
    """Documents to ids and ids to content.

    Law: decode(encode(x)) is x, for every x of known symbols. `labelled` says for each label of the vocabulary how many
    training documents have it. Raises InputError if those counts do not fit.
    """

    tokenizer: Tokenizer
    """What cuts content and joins it."""
    vocabulary: Vocabulary
    labelled: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.labelled) != len(self.vocabulary.labels) or not all(0 < n < 1 << 53 for n in self.labelled):
            there = f"{len(self.labelled)} counts for {len(self.vocabulary.labels)} labels, or one below 1"
            raise InputError("the labels of a codec", there, "Give one count for each")

    def encode(self, content: Content) -> Iterator[Ids]:
        """The ids of one document without its marks, as int32 arrays of any length. The reverse of `decode`.

        Where several boundaries coincide the strongest alone stays; one at either end coincides with the document's
        own mark, and goes.
        """
        return collapse(self.tokenizer.encode(content, self.vocabulary), self.vocabulary.unknown)

    def decode(self, ids: Iterable[int]) -> Iterator[Content]:
        """The content of ids, in pieces that never change; boundaries, labels and unknown symbols are left out."""
        symbols = map(self.vocabulary.symbol_of, ids)
        return iter(self.tokenizer.join(symbol for symbol in symbols if isinstance(symbol, str)))

    def ids_of_prompt(self, content: Content, *, on_unknown: OnUnknown = "replace") -> Prompt:
        """A prompt as ids, as far as it is whole, with one message for each unknown symbol in it.

        `replace` takes the nearest known symbol: another case, then the base letters (NFKD), else none.
        Raises UsageError if `on_unknown` is `error` and a symbol is unknown.
        """
        if on_unknown not in get_args(OnUnknown):
            raise UnknownName("the answer to an unknown symbol", on_unknown, get_args(OnUnknown))
        symbols, follow = self.tokenizer.heal(content)
        missing = sorted({s for s in symbols if isinstance(s, str) and s not in self.vocabulary})
        if missing and on_unknown == "error":
            named = ", ".join(map(_named, missing))
            raise UsageError("the prompt", f"the vocabulary has no {named}", REMEDY)
        instead = {symbol: self._nearest(symbol) if on_unknown == "replace" else "" for symbol in missing}
        id_of, unknown = self.vocabulary.id_of, self.vocabulary.unknown
        near = {symbol: [id_of(letter) for letter in letters] for symbol, letters in instead.items()}
        ids = [i for symbol in symbols for i in (near[symbol] if symbol in near else [id_of(symbol)]) if i != unknown]
        # What follows keeps a boundary before it from standing at the end.
        behind = [unknown] if follow else []
        whole = [i for chunk in collapse([np.array(ids + behind, np.int32)], unknown) for i in chunk.tolist()]
        messages = tuple(_message(*pair, sought=on_unknown == "replace") for pair in instead.items())
        return Prompt(tuple(whole[: len(whole) - len(behind)]), follow, messages)

    def measure(self, ids: Ids) -> Lengths:
        """How many characters (or the domain's own unit) each id adds to the content; the sum is that of the content.

        0 for a boundary or a label, 1 for `unknown`. What is written only when a document ends counts for its mark.
        """
        if self.lengths is not None:
            return np.take(self.lengths, ids)
        return np.fromiter(self._written(ids.tolist()), np.int64, len(ids))

    @cached_property
    def lengths(self) -> Lengths | None:
        """How much each id of the vocabulary always adds; None where it depends on what came before.

        A tokenizer with a writer of its own that says nothing of lengths counts what is written.
        """
        kind = type(self.tokenizer)
        if kind.writer is not Tokenizer.writer and kind.length is Tokenizer.length:
            return None
        symbols = [self.tokenizer.length(symbol) for symbol in self.vocabulary.symbols]
        return np.array([0] * self.vocabulary.unknown + [1] + symbols + [0] * len(self.labelled), np.int64)

    def _written(self, ids: Sequence[int]) -> Iterator[int]:
        """How much the tokenizer's writer writes for each id."""
        writer, symbol_of, unknown = self.tokenizer.writer(), self.vocabulary.symbol_of, self.vocabulary.unknown
        state, open, last = writer.begun, False, len(ids) - 1
        for position, id in enumerate(ids):
            count = int(id == unknown)
            if unknown < id < self.vocabulary.first_label:
                content, state = writer.write(state, cast(str, symbol_of(id)))
                count, open = len(content), True
            if open and (id == DOCUMENT or position == last):
                count += len(writer.finish(state))
                state, open = writer.begun, False
            yield count

    def to_json(self) -> dict[str, Any]:
        """The codec as a JSON value. The reverse of `from_json`."""
        tokenizer = self.tokenizer
        parts = _Tokenizer(tokenizer.name, tokenizer.version, options_of(tokenizer), tokenizer.learnt())
        labelled = {"labelled": list(self.labelled)} if self.labelled else {}
        return {"tokenizer": records.to_json(parts), "vocabulary": self.vocabulary.to_json(), **labelled}

    @classmethod
    def from_json(cls, value: Any, tokenizers: Mapping[str, type[Tokenizer]]) -> Self:
        """The codec that `to_json` gave, its tokenizer found by name among `tokenizers`.

        Raises UnknownName for a tokenizer that is not there, InputError for another version of it or a broken value.
        """
        parts = records.from_json(_Parts, value, where="codec")
        saved = parts.tokenizer
        if saved.name not in tokenizers:
            raise UnknownName("the tokenizer", saved.name, tokenizers)
        kind = tokenizers[saved.name]
        if saved.version != kind.version:
            there = f"it was made with version {saved.version}, and version {kind.version} is installed"
            raise InputError(f"the tokenizer {saved.name!r}", there, "Install that version, or prepare the corpus anew")
        made = records.from_json(kind, saved.options, where=f"codec.tokenizer {saved.name!r}")
        return cls(made.with_learnt(saved.learnt), Vocabulary.from_json(parts.vocabulary), parts.labelled)

    def _nearest(self, symbol: str) -> Sequence[str]:
        for variant in _variants(symbol):
            if variant in self.vocabulary:
                return [variant]
            if variant and all(letter in self.vocabulary for letter in variant):
                return variant
        return ""


@dataclass(frozen=True)
class _Tokenizer:
    name: str
    version: int
    options: dict[str, Any]
    learnt: Any = None


@dataclass(frozen=True)
class _Parts:
    tokenizer: _Tokenizer
    vocabulary: Any
    labelled: tuple[int, ...] = ()


def collapse(chunks: Iterable[Ids], levels: int) -> Iterator[Ids]:
    """The ids of one document with each run of boundaries (ids below `levels`) made one, the strongest of them.

    A run at the start or at the end goes. The edges between chunks leave no trace in the ids that come out.
    """
    held, begun = np.empty(0, np.int32), False
    for chunk in chunks:
        ids = _strongest(np.concatenate([held, chunk]).astype(np.int32, copy=False), levels)
        end = len(ids) - int(len(ids) > 0 and ids[-1] < levels)
        start = int(not begun and end > 0 and ids[0] < levels)
        held, begun = ids[end:], begun or end > start
        if end > start:
            yield ids[start:end]


def _strongest(ids: Ids, levels: int) -> Ids:
    marks = ids < levels
    follows = marks[1:] & marks[:-1]
    if not follows.any():
        return ids
    starts = np.flatnonzero(np.concatenate([[True], ~follows]))
    return np.minimum.reduceat(ids, starts)


def _variants(symbol: str) -> Iterator[str]:
    base = "".join(c for c in unicodedata.normalize("NFKD", symbol) if not unicodedata.combining(c))
    for spelling in (symbol, base):
        yield from (spelling, spelling.lower(), spelling.upper(), spelling.capitalize(), spelling.casefold())


def _named(symbol: str) -> str:
    points = " ".join(f"U+{ord(c):04X}" for c in symbol[:8])
    return f"{symbol!r} ({points}{' ...' if len(symbol) > 8 else ''})"


def _message(symbol: str, near: Sequence[str], *, sought: bool) -> str:
    left_out = "no near symbol: left out" if sought else "left out"
    what = f"replaced by {''.join(near)!r}" if near else left_out
    return f"the vocabulary has no {_named(symbol)}: {what}"

"""Which labels the documents of a corpus have, and what is done where one is missing.

Shapes: N documents.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqgen.domain import Content, Document, Notes
from seqgen.errors import CorpusError
from seqgen.store.split import Ends, Sizes
from seqgen.tokenizer import Boundary, Label, Tokenizer

Read = Callable[[], Iterable[Document]]
Counts = Counter[str | Boundary]
Flags = NDArray[np.bool_]
Missing = Literal["keep", "drop", "error"]


@dataclass(frozen=True)
class Labelling:
    """What happens to labels: read again behind the boundaries of the level `again` and stronger ones.

    `missing` says what to do with a document that has no value for a key that others have: `keep` it, with an empty
    one, `drop` it, or refuse it as an `error`.
    """

    again: str = "document"
    missing: Missing = "keep"


@dataclass(frozen=True)
class Survey:
    """How often each symbol occurs, how many each document has (boundaries not counted), how long each is, and its
    labels: `kinds` holds each set of labels that occurs, `kind_N` which of them a document has. `variant_N` says which
    documents are variants of the one before them that is none.

    A document is as long as its tokenizer, if it cuts contents itself, finds it, and else as long as its symbols are
    together, so that all tokenizers deal documents out alike, as far as they keep the same of them.
    """

    counts: Counts
    sizes: Sizes
    extents: Sizes
    kinds: tuple[Mapping[str, str], ...]
    kind_N: Sizes
    variant_N: Flags

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a document with anything in it has a value for, sorted."""
        met = np.unique(self.kind_N[self.sizes > 0])
        return tuple(sorted({key for kind in met.tolist() for key in self.kinds[kind]}))

    def without(self, key: str) -> Flags:
        """Which documents have no value for that key."""
        lacks: Flags = np.array([key not in kind for kind in self.kinds], np.bool_)
        return lacks[self.kind_N]

    def incomplete(self) -> Flags:
        """Which documents have no value for some key."""
        found: Flags = np.zeros(len(self.sizes), np.bool_)
        for key in self.keys:
            found |= self.without(key)
        return found

    def counted(self, chosen_N: Flags) -> dict[Label, int]:
        """How many of the chosen documents have each label; the empty value is that of those without one."""
        found: Counter[Label] = Counter()
        for kind, count in Counter(self.kind_N[chosen_N].tolist()).items():
            found.update({Label(key, self.kinds[kind].get(key, "")): count for key in self.keys})
        return dict(sorted(found.items()))


def survey(read: Read, tokenizer: Tokenizer) -> Survey:
    """What the documents hold, in one pass."""
    total, kinds = Counts(), dict[tuple[tuple[str, str], ...], int]()
    sizes, extents, which, variants = array("q"), array("q"), array("q"), array("b")
    for document in read():
        counts = tokenizer.count(document.content)
        sizes.append(sum(n for symbol, n in counts.items() if isinstance(symbol, str)))
        length = sum(n * tokenizer.length(symbol) for symbol, n in counts.items() if isinstance(symbol, str))
        extents.append(_extent(tokenizer, document.content, otherwise=length or sizes[-1]))
        total.update(counts)
        given = document.labels
        kind = tuple(sorted((key, value) for key, value in given.items() if value)) if given else ()
        which.append(kinds.setdefault(kind, len(kinds)))
        variants.append(document.variant)
    sizes_N, extents_N, which_N = (np.array(each, np.int64) for each in (sizes, extents, which))
    return Survey(total, sizes_N, extents_N, tuple(map(dict, kinds)), which_N, np.array(variants, np.bool_))


def _extent(tokenizer: Tokenizer, content: Content, *, otherwise: int) -> int:
    """How long a content is where its tokenizer would cut it."""
    found = [otherwise]

    def whole(length: int) -> list[int]:
        found.append(length)
        return [length]

    tokenizer.cut(content, whole)
    return found[-1]


def complete(read: Read, keys: tuple[str, ...]) -> Read:
    """The documents that have a value for each of these keys."""

    def chosen() -> Iterator[Document]:
        return (document for document in read() if all(document.labels.get(key) for key in keys))

    return chosen


def refuse(read: Read, found: Survey) -> CorpusError:
    """The error that names the first document with something in it that lacks a label."""
    number = int(np.flatnonzero(found.incomplete() & (found.sizes > 0))[0])
    first = next(islice(read(), number, None))
    lacks = ", ".join(key for key in found.keys if not first.labels.get(key))
    return CorpusError(f"the document {first.name}", f"it has no {lacks}", "Add it, or use --missing keep or drop")


def notes_of(found: Survey, ends: Ends) -> Notes:
    """What to tell about labels: values that are missing, and those that training never met."""
    notes, training = Notes(), found.counted(ends[:, 0] > 0)
    held_out = found.counted((found.sizes > 0) & (ends[:, 0] == 0))
    for key in found.keys:
        notes[f"documents without {key}, kept"] = int(np.count_nonzero(found.without(key) & (found.sizes > 0)))
        new = [count for label, count in held_out.items() if label.key == key and label not in training and label.value]
        notes[f"held-out documents whose {key} training never met"] = sum(new)
    return +notes

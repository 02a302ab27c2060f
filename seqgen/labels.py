"""What is known about documents, on the row of ids: read, never scored, and read again after whatever clears the state.

A document has one label for each key of the vocabulary, in the order of the keys, right behind its mark.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache

import numpy as np

from seqgen.codec import Codec
from seqgen.errors import UnknownName
from seqgen.tokenizer import Ids, Label
from seqgen.vocabulary import Vocabulary

SHOWN = 20
"""Values that a message lists at most: those that are nearest to what was asked for."""


@lru_cache(maxsize=4)
def keys_of(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The keys that the vocabulary has labels for, sorted."""
    return tuple(dict.fromkeys(label.key for label in vocabulary.labels))


def ids_of(vocabulary: Vocabulary, labels: Mapping[str, str]) -> list[int]:
    """The ids that are read for a document with these labels.

    A value that the vocabulary lacks is taken as missing; a missing one has a label of its own, the empty one, if
    training met documents without a value, and else nothing is read for that key.
    """
    if not vocabulary.labels:
        return []
    wanted = ((Label(key, labels.get(key, "")), Label(key, "")) for key in keys_of(vocabulary))
    found = (next((label for label in pair if label in vocabulary), None) for pair in wanted)
    return [vocabulary.id_of(label) for label in found if label]


def named(vocabulary: Vocabulary, ids: Iterable[int]) -> dict[str, str]:
    """The labels among these ids. The reverse of `ids_of`."""
    found = map(vocabulary.symbol_of, ids)
    return {label.key: label.value for label in found if isinstance(label, Label)}


def known(vocabulary: Vocabulary, labels: Mapping[str, str]) -> dict[str, str]:
    """Those of the labels that the vocabulary has."""
    return {key: value for key, value in labels.items() if Label(key, value) in vocabulary}


def require(vocabulary: Vocabulary, labels: Mapping[str, str]) -> None:
    """Raise UnknownName, with what there is, for a key or a value that the vocabulary lacks."""
    for key, value in labels.items():
        if key not in keys_of(vocabulary):
            raise UnknownName("the label", key, keys_of(vocabulary))
        if Label(key, value) not in vocabulary:
            there = [label.value for label in vocabulary.labels if label.key == key and label.value]
            # There may be thousands.
            near = there if len(there) <= SHOWN else get_close_matches(value, there, SHOWN, 0)
            raise UnknownName(f"the label {key!r} with the value", value, near)


def drawn(codec: Codec, labels: Mapping[str, str], *, seed: int, sample: int) -> list[int]:
    """The ids of these labels, those of the other keys drawn as often as training documents have them.

    What is drawn for a key depends on (seed, sample) and on the key's place alone. Raises UnknownName.
    """
    require(codec.vocabulary, labels)
    if not codec.labelled:
        return []
    rng = np.random.default_rng([seed, sample])
    full = dict(labels)
    for key, counts in counted(codec).items():
        sums = np.cumsum([*counts.values()])
        full.setdefault(key, [*counts][int(np.searchsorted(sums, rng.random() * sums[-1], "right"))])
    return ids_of(codec.vocabulary, full)


def repeated(chunks: Iterable[Ids], labels: list[int], level: int) -> Iterator[Ids]:
    """The ids of a document, its labels before them and again behind each boundary up to that level."""
    yield np.array(labels, np.int32)
    for chunk in chunks:
        yield behind_resets(chunk, labels, level)


def behind_resets(ids: Ids, labels: list[int], level: int) -> Ids:
    """The ids with the labels put behind each boundary up to that level."""
    if not labels:
        return ids
    resets = np.flatnonzero(ids <= level) + 1
    return np.insert(ids, np.repeat(resets, len(labels)), labels * len(resets)) if len(resets) else ids


def counted(codec: Codec) -> dict[str, dict[str, int]]:
    """For each key, how many training documents have each of its values; the empty one stands for none."""
    found: dict[str, dict[str, int]] = {}
    for label, count in zip(codec.vocabulary.labels, codec.labelled, strict=True):
        found.setdefault(label.key, {})[label.value] = count
    return found

"""Ids on disk: one folder a corpus, one file a part, read through memory maps.

    header.json      what the ids mean: the codec, the split, the figures of each part, the reader's notes
    train.ids        raw little-endian ids of the smallest unsigned type that holds the vocabulary
    validation.ids
    test.ids

A part that holds anything begins with the document mark, id 0, and each of its documents is followed by one. A corpus
of one document is cut by position; where the document was cut, a part has no mark at its end. The vocabulary is that of
the training part. Where documents have labels, these stand behind each mark, and again behind each boundary that clears
the state. Preparing takes memory for the vocabulary and a few numbers a document, whatever the
size of the corpus.
"""

from seqgen.store.labelling import Labelling, Missing
from seqgen.store.reading import FORMAT, HEADER, MARK, Header, PartHeader, Store, fingerprint
from seqgen.store.split import PARTS, Split
from seqgen.store.writing import prepare

__all__ = [
    "FORMAT",
    "HEADER",
    "MARK",
    "PARTS",
    "Header",
    "Labelling",
    "Missing",
    "PartHeader",
    "Split",
    "Store",
    "fingerprint",
    "prepare",
]

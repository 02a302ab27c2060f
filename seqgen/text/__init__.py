"""Text, for every plugin whose content it is: files to documents and back, the levels of structure, and a symbol shown.

`levels` is imported by its own name: it brings numpy, which reading does without.
"""

from seqgen.text.reading import (
    EMPTY,
    MARKS,
    Newlines,
    TextOptions,
    cut_text,
    encoding_named,
    normalised,
    noting_nuls,
    read_documents,
    read_text,
    write_text,
)
from seqgen.text.showing import show

__all__ = [
    "EMPTY",
    "MARKS",
    "Newlines",
    "TextOptions",
    "cut_text",
    "encoding_named",
    "normalised",
    "noting_nuls",
    "read_documents",
    "read_text",
    "show",
    "write_text",
]

"""The laws of readers, which are among those of domains."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from seqgen.domain import Document, Reader
from seqgen.testing.domains import DomainCase, foreign
from seqgen.testing.law import law


@dataclass(frozen=True)
class ReaderCase(DomainCase):
    """A reader, with what its domain is tried on."""

    reader: Reader

    @property
    def suffix(self) -> str:
        """The first that it reads."""
        return self.reader.suffixes[0]

    def read(self, path: Path) -> list[Document]:
        """What it reads there by default."""
        return list(self.reader.read(path, self.stock.domain.options(), Counter()))


@law("reader", "foreign bytes")
def foreign_bytes(case: ReaderCase) -> None:
    """Any bytes are read, or refused with an error of seqgen's: it never breaks."""
    foreign.hold(case)

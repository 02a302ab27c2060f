"""The laws of readers, which are among those of domains."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from seqgen.domain import Document, Reader
from seqgen.errors import shown
from seqgen.testing.domains import DomainCase, foreign, require_content
from seqgen.testing.law import law, require
from seqgen.testing.trying import on_each


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

    def sound(self) -> list[bytes]:
        """Files as they should be. Raises CheckFailed if there are none: what a domain writes is text, or its own."""
        found = [data for _, data in self.given]
        domain = self.stock.domain
        if domain.form.text or (not found and self.suffix in domain.form.written):
            found += super().sound()
        remedy = "Give one by `files` of seqgen_specimens, or as a sample"
        require(bool(found), f"no file that ends in {self.suffix!r} is there to try it on", remedy)
        return found

    @property
    def given(self) -> list[tuple[str, bytes]]:
        """The names and bytes of files that it must read."""
        return self.stock.sound(self.reader.suffixes)


@law("reader", "files")
def sound_files(case: ReaderCase) -> None:
    """Files that are as they should be give content, and of the domain's kind."""

    def hold(file: tuple[str, bytes]) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder, file[0])
            path.write_bytes(file[1])
            documents = case.read(path)
            require(bool(documents), f"given {shown(file)}, it gave nothing", "Read what is there")
            require_content(case, documents)

    on_each(case.given, hold)


@law("reader", "foreign bytes")
def foreign_bytes(case: ReaderCase) -> None:
    """Any bytes are read, or refused with an error of seqgen's: it never breaks."""
    foreign.hold(case)

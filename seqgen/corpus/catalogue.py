"""The catalogue of named corpora: what the file corpus.toml in the folder of each one says."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqgen.corpus.places import cached, catalogue_folder
from seqgen.errors import InputError, UnknownName
from seqgen.records import from_json

Kind = Literal["embedded", "built", "fetched"]

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class CorpusFile:
    """A file, pinned by its size and hash; `url` says where it is fetched, an embedded one has none."""

    name: str
    bytes: int
    sha256: str
    url: str = ""

    def __post_init__(self) -> None:
        asked = f"the corpus file {self.name!r}"
        if not _PLAIN.fullmatch(self.name):
            raise InputError(asked, "it is not a plain file name", "Use letters, digits, dots, hyphens")
        if self.bytes < 1 or not _SHA256.fullmatch(self.sha256):
            raise InputError(asked, "its size or its sha256 cannot be", "Pin both as they are")
        if self.url and not self.url.startswith("https://"):
            raise InputError(asked, f"its address is {self.url}", "Give one that begins with https://")


@dataclass(frozen=True)
class Entry:
    """One corpus of the catalogue. It has pinned `files`, or the name of the `builder` that makes them."""

    name: str
    title: str
    domain: str
    source: str
    licence: str
    documents: Literal["file", "line", "blank-line"]
    split: tuple[float, float, float]
    files: tuple[CorpusFile, ...] = ()
    builder: str = ""

    def __post_init__(self) -> None:
        if bool(self.files) == bool(self.builder):
            raise InputError(f"the corpus {self.name!r}", "it needs files or a builder", "Give it one of the two")
        if len({bool(file.url) for file in self.files}) > 1:
            raise InputError(f"the corpus {self.name!r}", "some of its files have no url", "Give it to all or none")

    @property
    def kind(self) -> Kind:
        if self.builder:
            return "built"
        return "fetched" if self.files[0].url else "embedded"

    def place(self, file: CorpusFile) -> Path:
        """Where that file lies, or will lie once it is fetched."""
        return cached(self.name, file.name) if file.url else catalogue_folder() / self.name / file.name


def names() -> list[str]:
    """The names of the catalogue, sorted."""
    return sorted(found.parent.name for found in catalogue_folder().glob("*/corpus.toml"))


def describe(name: str) -> Entry:
    """What the catalogue says of that corpus. Raises UnknownName; InputError if its corpus.toml is broken."""
    if name not in names():
        raise UnknownName("the corpus", name, names())
    path = catalogue_folder() / name / "corpus.toml"
    try:
        value = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"the catalogue file {path}", str(error), "Correct it, or install seqgen anew") from error
    return from_json(Entry, value | {"name": name}, where=f"{name}/corpus.toml")

"""The catalogue of named corpora: what the file corpus.toml in the folder of each one says."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

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
    """One corpus of the catalogue. It has pinned `files`, or the name of the `builder` that makes them.

    Many files stand in files.tsv, a line each (name, bytes, sha256, with tabs between), and corpus.toml has a `base`
    in place of [[files]]: the address of a file is that and its name.
    """

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
        if len({file.name.lower() for file in self.files}) < len(self.files):
            raise InputError(f"the corpus {self.name!r}", "two of its files have one name", "Name each once")

    @property
    def kind(self) -> Kind:
        """Where its files come from: they are built, fetched, or came with seqgen."""
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
    folder = catalogue_folder() / name
    try:
        value = tomllib.loads((folder / "corpus.toml").read_text("utf-8"))
        if "base" in value and "files" not in value:
            value["files"] = list(_listed(folder / "files.tsv", base=str(value.pop("base"))))
    except (OSError, ValueError) as error:
        raise InputError(f"the catalogue entry {folder}", str(error), "Correct it, or install seqgen anew") from error
    return from_json(Entry, value | {"name": name}, where=f"{name}/corpus.toml")


def _listed(path: Path, *, base: str) -> Iterator[dict[str, Any]]:
    """What [[files]] would say of each: a table of a thousand takes tomllib ten times as long."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            name, size, sha256 = line.split("\t")
            yield {"name": name, "bytes": int(size), "sha256": sha256, "url": base + name}
        except ValueError as error:
            raise ValueError(f"line {number} of {path.name} is not a name, a size and a sha256") from error

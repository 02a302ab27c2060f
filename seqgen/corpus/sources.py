"""From what a user writes to files: a name of the catalogue, a file, a folder, a glob, or `-`."""

import glob
import hashlib
import os
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from seqgen.corpus.builders import builder_named
from seqgen.corpus.catalogue import Entry, describe, names
from seqgen.corpus.fetching import Told, fetch_files
from seqgen.corpus.places import working_folder
from seqgen.errors import CorpusError, UnknownName, UsageError
from seqgen.files import sha256_of, write_atomically

_PIECE = 1 << 20


@dataclass(frozen=True)
class Corpus:
    """The files to learn from, in order.

    `spec` is what `find` takes to find it again; `origin` says where it came from. `domain`, `documents` (file, line or
    blank-line) and `split` are the corpus's own word on how to read it; None where it has none.
    """

    name: str
    spec: str
    files: tuple[Path, ...]
    domain: str | None = None
    documents: str | None = None
    split: tuple[float, float, float] | None = None
    licence: str = ""
    origin: str = ""

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each file by its name, with the folders below those that all files share."""
        root = self._root()
        return {file.relative_to(root).as_posix(): sha256_of(file) for file in self.files}

    @property
    def folder(self) -> Path | None:
        """The folder that was named, if it was one."""
        return next((each for each in self.files[0].parents if str(each) == self.spec), None)

    def matching(self, include: Collection[str] = (), exclude: Collection[str] = ()) -> "Corpus":
        """The files that a pattern of `include` matches, or all if there is none, without those that `exclude` matches.

        `seqgen.domain.Selection` says what a pattern is. Raises CorpusError if no file is left.
        """
        root = self.folder or self._root()
        names = {file: file.relative_to(root).as_posix() for file in self.files}
        kept = [file for file, name in names.items() if not include or _matches(name, include)]
        kept = [file for file in kept if not _matches(names[file], exclude)]
        if not kept:
            asked = ", ".join([*include, *(f"not {each}" for each in exclude)])
            there = f"none of its {len(self.files)} files matches: {asked}"
            raise CorpusError(f"the corpus {self.name!r}", there, "Change --include or --exclude")
        return replace(self, files=tuple(kept))

    def _root(self) -> str:
        return os.path.commonpath([file.parent for file in self.files])


def _matches(name: str, patterns: Collection[str]) -> bool:
    """Whether one of the patterns is for that path."""
    parts = name.split("/")
    whole = [each for each in patterns if "/" in each]
    return any(fnmatchcase(name, each) or fnmatchcase(f"/{name}", each) for each in whole) or any(
        fnmatchcase(part, each) for each in patterns if "/" not in each for part in parts
    )


def find(spec: str, *, mirror: Path | None = None) -> Corpus:
    """The corpus of that name, file, folder (each file a document, hidden ones left out), glob, or `-` (stdin).

    A name of the catalogue goes before a file of that name; write `./name` for the file.
    Raises UnknownName, UsageError, CorpusError; FetchError for a corpus that cannot be fetched.
    """
    if not spec:
        raise UsageError("the corpus ''", "its name is empty", "Name a file, a folder (`.` is this one), or a corpus")
    if spec == "-":
        return _spooled("-", sys.stdin.buffer)
    if spec in names():
        return _named(describe(spec), mirror)
    path = Path(spec).expanduser().absolute()
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        return Corpus(path.name, str(path), (path,), origin=str(path))
    if path.exists():
        with path.open("rb") as stream:  # a pipe of the shell can be read once, a corpus is read several times
            return _spooled(path.name, stream)
    return _matching(spec)


def files_of(entry: Entry, mirror: Path | None = None, *, told: Told | None = None) -> tuple[Path, ...]:
    """The files of a corpus of the catalogue, as pinned: checked, built or fetched.

    Where files are fetched, `told` hears after each how many of how many are here.
    """
    if entry.kind == "built":
        return builder_named(entry.builder)()
    if entry.kind == "fetched":
        return fetch_files(entry, mirror=mirror, told=told)
    for file in entry.files:
        if not entry.place(file).is_file() or sha256_of(entry.place(file)) != file.sha256:
            there = f"{file.name} is not the file that corpus.toml pins"
            raise CorpusError(f"the corpus {entry.name!r}", there, "Install seqgen anew, or pin the file as it now is")
    return tuple(entry.place(file) for file in entry.files)


def _named(entry: Entry, mirror: Path | None) -> Corpus:
    return Corpus(
        entry.name,
        entry.name,
        files_of(entry, mirror),
        domain=entry.domain,
        documents=entry.documents,
        split=entry.split,
        licence=entry.licence,
        origin=entry.source,
    )


def _folder(path: Path) -> Corpus:
    found = tuple(sorted(_walk(path)))
    if not found:
        raise CorpusError(f"the folder {path}", "it holds no visible files", "Put texts into it, or name another")
    return Corpus(path.resolve().name, str(path), found, documents="file", origin=str(path))


def _walk(path: Path) -> Iterator[Path]:
    for folder, inner, files in os.walk(path):
        inner[:] = [name for name in inner if not name.startswith(".")]
        yield from (file for name in files if not name.startswith(".") and (file := Path(folder, name)).is_file())


def _matching(spec: str) -> Corpus:
    """The files that a glob matches, sorted."""
    if not glob.has_magic(spec):
        raise _missing(spec)
    pattern = os.path.join(glob.escape(os.getcwd()), os.path.expanduser(spec))
    found = tuple(sorted(path for each in glob.glob(pattern, recursive=True) if (path := Path(each)).is_file()))
    if not found:
        raise UsageError(f"the corpus {spec!r}", "it matches no file", "Correct the pattern")
    return Corpus(Path(spec).name, pattern, found, documents="file", origin=pattern)


def _missing(spec: str) -> UsageError:
    if Path(spec).name == spec and not Path(spec).suffix:
        return UnknownName("the corpus", spec, names())
    remedy = "Name a file, a folder, a glob, `-`, or a corpus that `seqgen corpora list` shows"
    return UsageError(f"the corpus {spec!r}", "there is no such file or folder", remedy)


def _spooled(name: str, stream: BinaryIO) -> Corpus:
    """What a stream holds, as a file of the cache named by its hash."""
    folder, digest = working_folder("spooled"), hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            yield piece

    part = folder / f"{os.urandom(8).hex()}.txt"
    write_atomically(part, pieces())
    if not part.stat().st_size:
        part.unlink()
        raise CorpusError(f"the corpus {name!r}", "nothing came", "Write the text into the pipe")
    kept = folder / f"{digest.hexdigest()[:16]}.txt"
    os.replace(part, kept)
    return Corpus(name, str(kept), (kept,), origin="standard input" if name == "-" else "a pipe")

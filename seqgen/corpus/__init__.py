"""Corpora: named ones, pinned and checked, and the user's own files; all become a list of files to read."""

import os
from pathlib import Path

from seqgen.corpus.catalogue import CorpusFile, Entry, describe, names
from seqgen.corpus.fetching import Told
from seqgen.corpus.places import cache_folder, working_folder
from seqgen.corpus.sources import Corpus, files_of, find
from seqgen.errors import CheckFailed
from seqgen.files import sha256_of

__all__ = [
    "Corpus", "CorpusFile", "Entry", "cache_folder", "describe", "fetch", "find", "here", "names", "verify",
    "working_folder",
]  # fmt: skip


def here(name: str) -> bool:
    """Whether the files of that corpus can be had without fetching. Raises UnknownName."""
    entry = describe(name)
    return all(entry.place(file).is_file() for file in entry.files)


def fetch(name: str, *, mirror: Path | None = None, told: Told | None = None) -> Path:
    """The file of that corpus, or the folder of its files, fetched or built if need be.

    Where files are fetched, `told` hears after each, perhaps in another thread, how many of how many are here.
    Raises UnknownName; FetchError if it cannot be fetched; CorpusError if it cannot be built, or is not as pinned.
    """
    files = files_of(describe(name), mirror, told=told)
    return files[0] if len(files) == 1 else Path(os.path.commonpath([file.parent for file in files]))


def verify(name: str, *, mirror: Path | None = None) -> None:
    """Check the files that are here, or the mirror's copies, against the pinned sizes and hashes.

    A built corpus has none: it is compared with what it is built from, and put right. Raises UnknownName, CheckFailed.
    """
    entry = describe(name)
    if entry.kind == "built":
        files_of(entry)
    for file in entry.files:
        place = mirror / name / file.name if mirror and file.url else entry.place(file)
        _verify_file(place, file, asked=f"verifying {name}")


def _verify_file(place: Path, file: CorpusFile, *, asked: str) -> None:
    if not place.is_file():
        raise CheckFailed(asked, f"there is no {place}", "`seqgen corpora fetch` brings what is missing")
    size, found = place.stat().st_size, sha256_of(place)
    if found != file.sha256:
        there = f"{place} has {size:,} bytes with sha256 {found}, and {file.bytes:,} with {file.sha256} are pinned"
        raise CheckFailed(asked, there, "`seqgen corpora fetch` replaces it; what came with seqgen, installing anew")

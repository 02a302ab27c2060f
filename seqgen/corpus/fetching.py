"""Fetching pinned files, over the network or from a mirror; nothing is kept whose hash differs."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seqgen.corpus.catalogue import CorpusFile, Entry
from seqgen.corpus.gathering import for_each
from seqgen.corpus.places import MIRROR, OFFLINE, cache_folder, mirror_folder, offline
from seqgen.errors import FetchError, InputError
from seqgen.files import ABANDONED, sha256_of

PATIENCE = 30.0
"""Seconds to wait for a connection, and for each piece."""
DEADLINE = 600.0
"""Seconds after which a download is given up, however steadily it drips."""

Told = Callable[[int, int], object]
"""Is told how many files of how many are here."""

_PIECE = 1 << 16


def fetch_files(entry: Entry, *, mirror: Path | None = None, told: Told | None = None) -> tuple[Path, ...]:
    """The files in the cache; those that are not there or not as pinned are fetched, several at a time.

    Each is kept once it is whole and as pinned, so that a fetch that was interrupted goes on where it was.
    Raises FetchError, which names the two ways out without a network, and says how many files are here when there are
    several; InputError if the cache cannot be written to.
    """
    folder, source = cache_folder("corpora", entry.name), mirror_folder(mirror)
    missing = [file for file in entry.files if not _is_kept(entry, file)]
    of = len(entry.files)
    here = of - len(missing)

    def tell(fetched: int) -> None:
        nonlocal here
        here = of - len(missing) + fetched
        if told:
            told(here, of)

    if missing:
        _prepare(folder)
    try:
        for_each(missing, lambda file: _fetch(entry, file, folder=folder, source=source), told=tell)
    except FetchError as error:
        if of == 1:
            raise
        remedy = f"{error.remedy.rstrip('.')}. The same command then goes on with what is missing"
        there = f"{error.there.rstrip('.')}; {here:,} of {of:,} files are here"
        raise FetchError(error.asked, there, remedy) from error
    return tuple(entry.place(file) for file in entry.files)


def _is_kept(entry: Entry, file: CorpusFile) -> bool:
    return entry.place(file).is_file() and sha256_of(entry.place(file)) == file.sha256


def _prepare(folder: Path) -> None:
    import pooch  # type: ignore[import-untyped]

    # The caller prints; pooch would announce each download on its own.
    pooch.get_logger().setLevel("ERROR")
    _sweep(folder)


def _fetch(entry: Entry, file: CorpusFile, *, folder: Path, source: Path | None) -> None:
    import pooch

    def receive(url: str, target: str, *_: object) -> None:
        if source is None:
            _download(entry, file, target=Path(target))
        else:
            _copy(source / entry.name / file.name, Path(target))
        _require_pinned(Path(target), file, origin=str(source or url))

    try:
        pooch.retrieve(file.url, f"sha256:{file.sha256}", fname=file.name, path=folder, downloader=receive)
    except OSError as error:
        asked, there = f"writing {folder / file.name}", error.strerror or str(error)
        raise InputError(asked, there, "Check the folder and the space on its disk") from error


def _download(entry: Entry, file: CorpusFile, *, target: Path) -> None:
    """Write at most as many bytes as are pinned. Raises FetchError, at once where there is to be no network."""
    if offline():
        raise _out_of_reach(entry, file, f"{OFFLINE} is set, so the network is not asked")
    import requests

    size = 0
    try:
        with target.open("wb") as out:
            for piece in pieces(file.url):
                size += len(piece)
                if size > file.bytes:
                    raise _refused(file.url, f"more came than the {file.bytes:,} bytes of {file.name}")
                out.write(piece)
    except requests.RequestException as error:
        raise _out_of_reach(entry, file, _reason(error)) from error


def _out_of_reach(entry: Entry, file: CorpusFile, there: str) -> FetchError:
    ways = f"put the file at {entry.place(file)}, or pass --mirror DIR (or set {MIRROR}=DIR)"
    remedy = f"Without a network, {ways} for a folder with DIR/{entry.name}/{file.name}"
    return FetchError(f"fetching {file.url}", there, remedy)


def pieces(url: str) -> Iterator[bytes]:
    """What an https address serves. Raises RequestException, also when it leads away from https, or takes too long."""
    import requests

    begun = time.monotonic()
    with requests.Session() as session:
        del session.adapters["http://"]
        with session.get(url, stream=True, timeout=PATIENCE) as answer:
            answer.raise_for_status()
            for piece in answer.iter_content(_PIECE):
                if time.monotonic() - begun > DEADLINE:
                    raise requests.Timeout
                yield piece


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copyfile(source, target)
    except (FileNotFoundError, NotADirectoryError) as error:
        remedy = f"Put the file there, or do without the mirror (--mirror, {MIRROR})"
        raise FetchError("fetching from a mirror", f"there is no {source}", remedy) from error


def _require_pinned(target: Path, file: CorpusFile, *, origin: str) -> None:
    found = sha256_of(target)
    if found != file.sha256:
        raise _refused(origin, f"what came for {file.name} has sha256 {found}, and {file.sha256} is pinned")


def _refused(origin: str, there: str) -> FetchError:
    return FetchError(f"fetching from {origin}", there, "Nothing was kept; use another source, or report the change")


def _reason(error: Any) -> str:
    import requests

    if isinstance(error, requests.HTTPError):
        return f"the server answered {getattr(error.response, 'status_code', 'with an error')}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {PATIENCE:.0f} seconds, or no end within {DEADLINE:.0f}"
    if isinstance(error, requests.exceptions.InvalidSchema):
        return "the address leads away from https"
    return f"no connection ({type(error).__name__})"


def _sweep(folder: Path) -> None:
    """Remove what a killed process left: pooch writes beside the file, under a name that begins with tmp."""
    with contextlib.suppress(OSError):
        for left in folder.glob("tmp*"):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()

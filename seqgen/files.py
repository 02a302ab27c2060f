"""Files written whole or not at all, their hashes, and where new ones go."""

import contextlib
import errno
import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from seqgen.errors import InputError, LimitError, SeqgenError, UsageError

Bytes = bytes | memoryview
"""What can be written as it stands."""
PART = ".part"
"""What the name of an unfinished file ends in; it begins with a dot and the name of the file it was to become."""
ABANDONED = 3600.0
"""Seconds without a write after which an unfinished file is taken for one that a killed process left."""

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP}


def write_atomically(path: Path, data: Bytes | Iterable[Bytes]) -> None:
    """Make `path` hold `data`, through a temporary file beside it.

    Whenever the process or the machine stops, the file is the old one or the new one, whole;
    once this returns, the new one.
    Raises LimitError when the disk is full, InputError when it fails otherwise.
    """
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.urandom(4).hex()}{PART}")
    try:
        _write_through(part, [data] if isinstance(data, Bytes) else data)
        os.replace(part, target)
        _sync_folder(target.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(part)
        if isinstance(error, OSError):
            raise explained(error, path) from error
        raise
    _sweep(target)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal. Raises what `unread` gives if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unread(error, f"reading {path}") from error


def places(out: Path, count: int, *, suffix: str, option: str = "--out") -> list[Path]:
    """Where the samples go: an only one to `out`, several to numbered files in the folder `out`, which is made.

    Raises UsageError if a file is there already, InputError if the folder cannot be made.
    """
    asked = f"{option} {out}"
    if count == 1 and out.is_dir():
        raise UsageError(asked, "it is a folder", f"Name a file, such as {out / f'sample{suffix}'}")
    if count > 1 and out.exists() and not out.is_dir():
        raise UsageError(asked, f"it is a file, and {count} samples are asked for", "Name a folder")
    found = [out] if count == 1 else list(_numbered(out, count, suffix))
    there = next((place for place in found if place.exists()), None)
    if there is not None:
        raise UsageError(asked, f"{there} is there already", "Name another place, or remove it first")
    make_folder_of(found[0], asked)
    return found


def make_folder_of(path: Path, asked: str) -> None:
    """Make the folder in which that file is to be, if there is none. Raises InputError if that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(asked, error.strerror or str(error), "Name another place") from error


def told(written: Sequence[Path]) -> str:
    """What was written, in a line."""
    if len(written) == 1:
        return f"Wrote {written[0]}."
    return f"Wrote {len(written)} files, {written[0]} to {written[-1].name}."


def _write_through(path: Path, pieces: Iterable[Bytes]) -> None:
    """A new file that holds the pieces and has reached the disk."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        for piece in pieces:
            rest = memoryview(piece).cast("B")
            while rest:
                rest = rest[os.write(file, rest) :]
        os.fsync(file)
    finally:
        os.close(file)


def _sync_folder(folder: Path) -> None:
    """Make a rename reach the disk, where a folder can be synchronised (Windows and some network disks cannot)."""
    if os.name == "nt":
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(file)


def _sweep(target: Path) -> None:
    """Remove what killed processes left of earlier writes of this file."""
    with contextlib.suppress(OSError):
        for part in target.parent.iterdir():
            named = part.name.startswith(f".{target.name}.") and part.name.endswith(PART)
            if named and time.time() - part.stat().st_mtime > ABANDONED:
                part.unlink()


def explained(error: OSError, path: Path) -> SeqgenError:
    """The error to raise for a failure of the system while writing `path`."""
    asked, there = f"writing {path}", error.strerror or str(error)
    if error.errno in _FULL:
        return LimitError(asked, there, "Free some space, or choose another folder")
    return InputError(asked, there, "Check that the folder exists and may be written to")


def unread(error: OSError, asked: str, *, remedy: str = "Correct the path") -> SeqgenError:
    """The error to raise for a failure of the system while reading: a UsageError for a path that is not there, with
    that remedy."""
    if error.errno in _ABSENT:
        return UsageError(asked, "there is no such file", remedy)
    if error.errno == errno.EISDIR:
        return InputError(asked, "it is a folder", "Name a file")
    return InputError(asked, error.strerror or str(error), "Check the path and its permissions")


def require_there(path: Path, asked: str, *, remedy: str) -> None:
    """Raise UsageError where there is neither a file nor a folder of that name, InputError where none can be seen."""
    try:
        path.stat()
    except OSError as error:
        raise unread(error, asked, remedy=remedy) from error


def _numbered(folder: Path, count: int, suffix: str) -> Iterator[Path]:
    digits = max(3, len(str(count)))
    return (folder / f"{number:0{digits}}{suffix}" for number in range(1, count + 1))

"""Where corpora lie: the catalogue that comes with seqgen, the user's cache, and a mirror."""

import atexit
import functools
import os
import tempfile
import warnings
from pathlib import Path

from seqgen.environment import is_on
from seqgen.errors import InputError

CACHE = "SEQGEN_CACHE_DIR"
MIRROR = "SEQGEN_MIRROR"
OFFLINE = "SEQGEN_OFFLINE"

_PACKAGE = Path(__file__).resolve().parents[1]


def catalogue_folder() -> Path:
    """The folder with one folder a corpus: inside an installed seqgen, beside it in a checkout."""
    installed = _PACKAGE / "_corpora"
    return installed if installed.is_dir() else _PACKAGE.parent / "corpora"


def cache_folder(*parts: str) -> Path:
    """A folder of the user's cache, made if need be. Raises InputError if it cannot be made."""
    folder = _cache().joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = f"Set {CACHE} to a folder that can be written to"
        raise InputError(f"the cache {folder}", error.strerror or str(error), remedy) from error
    return folder


def working_folder(name: str) -> Path:
    """A folder of the cache for what can be made again; where it cannot be written to, and nobody named another, one
    that lasts as long as this process, with a warning. Raises InputError as `cache_folder` does."""
    try:
        folder = cache_folder(name)
        if os.access(folder, os.W_OK):
            return folder
    except InputError:
        if os.environ.get(CACHE):
            raise
    return _temporary(name)


@functools.cache
def _temporary(name: str) -> Path:
    there = f"the cache {_cache()} cannot be written to, so what is prepared is kept for this run alone"
    warnings.warn(f"{there}; {CACHE} names another folder", stacklevel=3)
    folder = tempfile.TemporaryDirectory(prefix="seqgen-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def cached(name: str, file: str) -> Path:
    """Where the cache keeps that file of the corpus `name`, whether or not it is there."""
    return _cache() / "corpora" / name / file


def mirror_folder(given: Path | None) -> Path | None:
    """The mirror that was given, else the one of the environment, if any."""
    named = os.environ.get(MIRROR)
    return given or (Path(named) if named else None)


def offline() -> bool:
    """Whether the network is not to be used."""
    return is_on(OFFLINE)


def _cache() -> Path:
    named = os.environ.get(CACHE)
    if named:
        return Path(named).absolute()
    from platformdirs import user_cache_path

    return user_cache_path("seqgen", appauthor=False)

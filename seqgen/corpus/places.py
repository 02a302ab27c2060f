"""Where corpora lie: the catalogue that comes with seqgen, the user's cache, and a mirror."""

import os
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

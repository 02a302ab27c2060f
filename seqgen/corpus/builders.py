"""Corpora that the running Python carries, made when they are asked for."""

import platform
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

from seqgen.corpus.places import cache_folder
from seqgen.errors import CorpusError
from seqgen.files import write_atomically

Builder = Callable[[], tuple[Path, ...]]

OTHERS = {"site-packages", "dist-packages", "test", "tests", "idle_test", "__pycache__"}
"""Folders of the library's folder that are no part of its source."""
GENERATED = ("config-", "_sysconfigdata")
"""What the names of files and folders begin with that the building of Python wrote."""


def python_reference() -> tuple[Path, ...]:
    """The topics of `help()`, prose of Python's reference manual: a file each, kept in the cache by Python's version.

    A file that is not as it should be is written again. Raises CorpusError if this Python came without the topics.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise _absent("pydoc_data.topics") from error
    folder = cache_folder("corpora", "python-reference", platform.python_version())
    return tuple(_kept(folder / f"{name}.txt", topics[name].encode()) for name in sorted(topics))


def stdlib() -> tuple[Path, ...]:
    """The source files of Python's standard library, where they lie. Raises CorpusError if there are none."""
    root = Path(sysconfig.get_path("stdlib"))
    found = tuple(sorted(path for path in root.rglob("*.py") if _is_source(path.relative_to(root).parts)))
    if not found:
        raise _absent("source files of its library")
    return found


BUILDERS: Mapping[str, Builder] = {"python-reference": python_reference, "stdlib": stdlib}


def _is_source(parts: tuple[str, ...]) -> bool:
    return not any(part in OTHERS or part.startswith(GENERATED) for part in parts)


def _kept(path: Path, data: bytes) -> Path:
    if not path.is_file() or path.read_bytes() != data:
        write_atomically(path, data)
    return path


def _absent(what: str) -> CorpusError:
    there = f"the Python that runs came without the {what}"
    return CorpusError("building the corpus", there, "Use a Python with its whole standard library")

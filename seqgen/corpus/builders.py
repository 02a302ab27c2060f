"""Corpora that are made when they are asked for: of what the running Python carries, or by a plugin."""

import importlib
import platform
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

from seqgen.corpus.places import cache_folder
from seqgen.errors import CorpusError, UnknownName
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


def builder_named(name: str) -> Builder:
    """One of BUILDERS, or the function of a plugin, written `module:function` and imported now.

    Only the catalogue, which comes with seqgen, names one. Raises UnknownName; CorpusError if it cannot be imported.
    """
    module, colon, function = name.partition(":")
    if not colon:
        if name not in BUILDERS:
            raise UnknownName("the builder", name, BUILDERS)
        return BUILDERS[name]
    try:
        found: Builder = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        remedy = "Install seqgen anew, with its plugins and what they need"
        raise CorpusError(f"building the corpus by {name}", str(error), remedy) from error
    return found


def _is_source(parts: tuple[str, ...]) -> bool:
    return not any(part in OTHERS or part.startswith(GENERATED) for part in parts)


def _kept(path: Path, data: bytes) -> Path:
    if not path.is_file() or path.read_bytes() != data:
        write_atomically(path, data)
    return path


def _absent(what: str) -> CorpusError:
    there = f"the Python that runs came without the {what}"
    return CorpusError("building the corpus", there, "Use a Python with its whole standard library")

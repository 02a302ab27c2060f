"""What completion has answered before, kept in the cache until a file of seqgen or of a plugin changes."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from seqgen.errors import SeqgenError
from seqgen.files import write_atomically
from seqgen.plugins import Plugins
from seqgen.records import canonical, from_json, to_json

FILE = "completion.json"
MOST = 200
"""Places that are kept at a time."""


@dataclass(frozen=True)
class Kept:
    """What may stand at each place, and what it was computed from."""

    stamp: str = ""
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)


def recalled(place: Sequence[str], plugins: Plugins, compute: Callable[[], Sequence[str]]) -> Sequence[str]:
    """What `compute` gives for that place, from the cache if it is there. Raises what `compute` raises."""
    from seqgen.corpus import cache_folder

    try:
        path = cache_folder() / FILE
    except SeqgenError:  # nothing can be kept
        return compute()
    kept, stamp, key = _read(path), _stamp(plugins), "\n".join(place)
    known = kept.places if kept.stamp == stamp and len(kept.places) < MOST else {}
    if key not in known:
        known = known | {key: tuple(compute())}
        with contextlib.suppress(SeqgenError):
            write_atomically(path, json.dumps(to_json(Kept(stamp, known))).encode())
    return known[key]


def _read(path: Path) -> Kept:
    try:
        return from_json(Kept, json.loads(path.read_bytes()), where=str(path))
    except (OSError, ValueError, RecursionError, SeqgenError):  # not there, or damaged
        return Kept()


def _stamp(plugins: Plugins) -> str:
    """What differs once an answer may differ: what is installed, and when its files were last written."""
    from seqgen.corpus.places import catalogue_folder

    entries = sorted((entry.name, entry.value) for entry in plugins.entries)
    written = [*_written({"seqgen", *(value.partition(":")[0].partition(".")[0] for _, value in entries)})]
    with contextlib.suppress(OSError):
        written.append(catalogue_folder().stat().st_mtime_ns)
    return canonical([sys.version, sys.prefix, entries, written]).decode()


def _written(modules: Iterable[str]) -> Iterator[int]:
    """How many files each of these packages or modules has, and when the last was written; none is imported."""
    for name in sorted(modules):
        with contextlib.suppress(ImportError, ValueError, OSError):
            spec = find_spec(name)
            folders = list(spec.submodule_search_locations or ()) if spec else []
            files = [file for folder in folders for file in _sources(folder)]
            single = [spec.origin] if spec and spec.origin and not folders else []
            times = [os.stat(file).st_mtime_ns for file in (*files, *single)]
            yield from (len(times), max(times, default=0))


def _sources(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each != "__pycache__"]
        yield from (os.path.join(place, name) for name in names if name.endswith(".py"))

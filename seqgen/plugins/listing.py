"""What there is of plugins: where each comes from, what it offers, and why one is left out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from typing import Any

from seqgen.plugins.shelf import Shelf, full_name, reason
from seqgen.plugins.versions import home, is_own, said

OWN_ORIGIN = "comes with seqgen"
GLOBAL = ("seqgen_domains", "seqgen_tokenizers", "seqgen_cells")
"""The hooks whose records are asked for by name alone; others, by name within a domain."""


@dataclass(frozen=True)
class Listed:
    """A plugin: its distribution as `origin`, the hooks it implements, the names of its records by kind.

    `broken` says why it is left out, or nothing; `notes` what of it cannot be reached, and why.
    """

    name: str
    version: str
    origin: str
    hooks: tuple[str, ...] = ()
    records: dict[str, tuple[str, ...]] = field(default_factory=dict)
    broken: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """What `seqgen plugins` shows."""

    plugins: tuple[Listed, ...]


def listing(plugins: Shelf, *, taken: Collection[str] = ()) -> Listing:
    """Every plugin, by name; loads them all. `taken` are the commands that belong to none."""
    for name in plugins.names():
        plugins.load(name)
    found = (_listed(entry, plugins, taken) for entry in plugins.entries)
    return Listing(tuple(sorted(found, key=lambda each: (each.name, each.origin))))


def _listed(entry: EntryPoint, plugins: Shelf, taken: Collection[str]) -> Listed:
    full = full_name(entry)
    why = plugins.broken.get(full)
    notes = [*_homonyms(entry, plugins), *_clashes(full, plugins)]
    if entry.name in taken:
        notes.append(f"`seqgen {entry.name}` is a command of seqgen's own: a domain of that name has no commands")
    return Listed(
        name=entry.name,
        version=said(entry.dist, "Version"),
        origin=OWN_ORIGIN if is_own(entry) else home(entry),
        hooks=plugins.hooks.get(full, ()),
        records=_names(full, plugins),
        broken=reason(why) if why else "",
        notes=tuple(notes),
    )


def _homonyms(entry: EntryPoint, plugins: Shelf) -> Iterator[str]:
    for other in plugins.entries:
        if other.name == entry.name and full_name(other) != full_name(entry):
            yield f"the plugin {full_name(other)} has the same name"


def _clashes(full: str, plugins: Shelf) -> Iterator[str]:
    """The names that another plugin gives too."""
    for hook, offered in plugins.records.items():
        own = {_key(hook, record) for holder, record in offered if holder == full}
        for holder, record in offered:
            if holder != full and _key(hook, record) in own:
                yield f"{_kind(hook)} {_label(record)}: given by the plugin {holder} too"


def _names(full: str, plugins: Shelf) -> dict[str, tuple[str, ...]]:
    found = {
        _kind(hook): tuple(_label(record) for holder, record in offered if holder == full)
        for hook, offered in plugins.records.items()
    }
    return {kind: names for kind, names in found.items() if names}


def _kind(hook: str) -> str:
    return hook.removeprefix("seqgen_")


def _label(record: Any) -> str:
    """The name of a record, or its domain where it has none."""
    return str(getattr(record, "name", None) or getattr(record, "domain", type(record).__name__))


def _key(hook: str, record: Any) -> tuple[str, ...]:
    if not hasattr(record, "name"):
        return (str(id(record)),)
    return (record.name,) if hook in GLOBAL else (str(getattr(record, "domain", "")), record.name)

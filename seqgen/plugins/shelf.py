"""Plugins on a shelf: loaded one by one, and what each of them gave for each hook."""

import contextlib
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from seqgen import hookspecs
from seqgen.errors import UnknownName, UsageError
from seqgen.plugins.accepted import ACCEPTS

GROUP = "seqgen"
ALLOWED = "SEQGEN_PLUGINS"
"""The environment variable that names the plugins allowed, separated by commas; empty for none, unset for all."""


class Shelf:
    """Plugins, loaded one by one, and what each of them gave for each hook."""

    def __init__(self, entries: Iterable[EntryPoint] = ()) -> None:
        self._waiting: dict[str, list[EntryPoint]] = {}
        for entry in entries:
            self._waiting.setdefault(entry.name, []).append(entry)
        self._names = set(self._waiting)
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self.records: dict[str, list[tuple[str, Any]]] = {hook: [] for hook in ACCEPTS}
        self.broken: dict[str, BaseException] = {}

    def names(self) -> tuple[str, ...]:
        """Every plugin found, loaded or not, broken or not."""
        return tuple(sorted(self._names))

    def add(self, plugin: object, name: str) -> None:
        """Take in a plugin that is at hand; if it is broken, keep the reason in `broken` and leave it out."""
        self._names.add(name)
        self._take(name, lambda: plugin)

    def load(self, name: str) -> None:
        """Import the plugin of that name, once; no error if it is unknown or broken."""
        for entry in self._waiting.pop(name, ()):
            self._take(full_name(entry), entry.load)

    def of_domain(self, hook: str, domain: str) -> tuple[Any, ...]:
        """The records of a domain, those of its own plugin first; loads every plugin."""
        for name in (domain, *self.names()):
            self.load(name)
        own = [(plugin, record) for plugin, record in self.records[hook] if record.domain == domain]
        return tuple(_single(own, record.name) for _, record in own)

    def all_of(self, hook: str) -> dict[str, Any]:
        """Every record of a hook by its name; loads every plugin. Raises UsageError if two have one name."""
        for name in self.names():
            self.load(name)
        return {record.name: _single(self.records[hook], record.name) for _, record in self.records[hook]}

    def one_of(self, hook: str, kind: str, name: str, *, first: str = "", also: Iterable[str] = ()) -> Any:
        """The record of that name, sought in the plugin `first` or its namesake; an error tells of those `also` there
        are."""
        self.load(first or name)
        if _single(self.records[hook], name) is None:
            known = self.all_of(hook)
            if name not in known:
                raise _absent(f"{kind} {name!r}", self.broken, UnknownName(kind, name, {*known, *also}))
        return _single(self.records[hook], name)

    def _take(self, name: str, load: Callable[[], object]) -> None:
        before = dict(self._manager.list_name_plugin())
        try:
            # What a plugin prints must not get among the data.
            with contextlib.redirect_stdout(sys.stderr):
                for hook, records in _given(self._manager, load(), name).items():
                    self.records[hook].extend((name, record) for record in records)
        except KeyboardInterrupt:
            raise
        except BaseException as why:  # SystemExit too: one plugin must not end the program.
            self.broken[name] = why
            if name not in before and self._manager.has_plugin(name):
                self._manager.unregister(name=name)


def reason(why: BaseException) -> str:
    """One line on what went wrong in a plugin."""
    text = str(why).strip().partition("\n")[0]
    return f"{type(why).__name__}: {text}" if text else type(why).__name__


def _single(records: Iterable[tuple[str, Any]], name: str) -> Any:
    holders = [(plugin, record) for plugin, record in records if record.name == name]
    if len(holders) > 1:
        there = " and ".join(f"the plugin {plugin}" for plugin, _ in holders)
        remedy = f"Uninstall one, or leave it out of {ALLOWED}"
        raise UsageError(f"the name {name!r}", f"it is given by {there}", remedy)
    return holders[0][1] if holders else None


def _absent(asked: str, broken: dict[str, BaseException], unknown: UnknownName) -> UsageError:
    if not broken:
        return unknown
    left_out = "; ".join(f"the plugin {plugin} is broken: {reason(why)}" for plugin, why in broken.items())
    error = UsageError(asked, f"{unknown.there}; {left_out}", f"Repair or uninstall that plugin. {unknown.remedy}")
    error.__cause__ = next(iter(broken.values()))
    return error


def full_name(entry: EntryPoint) -> str:
    """The plugin's name with that of the distribution that brings it."""
    return f"{entry.name} ({entry.dist.name})" if entry.dist else entry.name


def _given(manager: pluggy.PluginManager, plugin: object, name: str) -> dict[str, list[Any]]:
    """What a plugin offers, by hook, once it is registered."""
    manager.register(plugin, name)
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        raise TypeError("no function in it is marked @hookimpl")
    return {hook: _records_of(manager, hook, name) for hook in ACCEPTS}


def _records_of(manager: pluggy.PluginManager, hook: str, plugin: str) -> list[Any]:
    others = [each for name, each in manager.list_name_plugin() if name != plugin and each is not None]
    answers = manager.subset_hook_caller(hook, others)()
    records = [record for answer in answers for record in answer]
    for record in records:
        if not ACCEPTS[hook](record):
            raise TypeError(f"{hook} gave {record!r}, which is not what the hook asks for")
    return records

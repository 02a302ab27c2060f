"""Plugins on a shelf: loaded one by one, and what each of them gave for each hook."""

import inspect
import re
from collections.abc import Callable, Iterable
from functools import partial
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from seqgen import hookspecs
from seqgen.errors import UnknownName, UsageError, suggestion
from seqgen.plugins.accepted import ACCEPTS
from seqgen.plugins.containing import LeftOut, contained
from seqgen.plugins.versions import home, is_own, require_this_version

GROUP = "seqgen"
"""The group of entry points in which plugins are found."""
ALLOWED = "SEQGEN_PLUGINS"
"""The environment variable that names the plugins allowed, separated by commas; empty for none, unset for all."""


Clash = Callable[[str, UsageError], object]
"""Who is told of a name that several plugins give."""


class Shelf:
    """Plugins, loaded one by one, and what each of them gave for each hook."""

    def __init__(self, entries: Iterable[EntryPoint] = ()) -> None:
        self.entries = tuple(entries)
        self._waiting: dict[str, list[EntryPoint]] = {}
        for entry in self.entries:
            self._waiting.setdefault(entry.name, []).append(entry)
        self._names = set(self._waiting)
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self.records: dict[str, list[tuple[str, Any]]] = {hook: [] for hook in ACCEPTS}
        self.hooks: dict[str, tuple[str, ...]] = {}
        self.broken: dict[str, BaseException] = {}

    def names(self) -> tuple[str, ...]:
        """Every plugin found, loaded or not, broken or not."""
        return tuple(sorted(self._names))

    def add(self, plugin: object, name: str) -> None:
        """Take in a plugin that is at hand; if it is broken, keep the reason in `broken` and leave it out."""
        self._names.add(name)
        module = str(getattr(plugin, "__name__", type(plugin).__module__))
        self._take(name, lambda: plugin, package=module.partition(".")[0])

    def load(self, name: str) -> None:
        """Import the plugin of that name, once; no error if it is unknown or broken."""
        for entry in self._waiting.pop(name, ()):
            seconds = 0.0 if is_own(entry) else None
            package = re.split(r"[.:\s\[]", entry.value)[0]
            imported = partial(_imported, entry)
            self._take(full_name(entry), imported, package=package, seconds=seconds)

    def of_domain(self, hook: str, domain: str, *, clash: Clash | None = None) -> tuple[Any, ...]:
        """The records of a domain, those of its own plugin first; loads every plugin.

        Raises UsageError if two have one name; with `clash`, that is told instead, and both are left out.
        """
        for name in (domain, *self.names()):
            self.load(name)
        own = [(plugin, record) for plugin, record in self.records[hook] if record.domain == domain]
        names = dict.fromkeys(record.name for _, record in own)
        found = [_unless(name, partial(_single, own, name, home=domain), clash=clash) for name in names]
        return tuple(record for record in found if record is not None)

    def all_of(self, hook: str) -> dict[str, Any]:
        """Every record of a hook by its name; loads every plugin. Raises UsageError if two have one name."""
        for name in self.names():
            self.load(name)
        return {record.name: _single(self.records[hook], record.name) for _, record in self.records[hook]}

    def knows(self, hook: str, name: str) -> bool:
        """Whether any plugin has a record of that name; loads every plugin."""
        for each in self.names():
            self.load(each)
        return any(record.name == name for _, record in self.records[hook])

    def one_of(self, hook: str, kind: str, name: str, *, first: str = "", also: Iterable[str] = ()) -> Any:
        """The record of that name: that of the plugin `first` or its namesake, if they have it, whoever else does; an
        error tells of those `also` there are."""
        home = first or name
        self.load(home)
        if _single(self.records[hook], name, home=home) is None and not self.knows(hook, name):
            known = {record.name for _, record in self.records[hook]}
            own = {holder: why for holder, why in self.broken.items() if plain_name(holder) in (home, name)}
            raise _absent(f"{kind} {name!r}", own or self.broken, UnknownName(kind, name, {*known, *also}))
        return _single(self.records[hook], name, home=home)

    def _take(self, name: str, load: Callable[[], object], *, package: str, seconds: float | None = None) -> None:
        before = dict(self._manager.list_name_plugin())
        try:
            given = contained(lambda: _given(self._manager, load(), name), own=package, seconds=seconds, name=name)
            for hook, records in given.items():
                self.records[hook].extend((name, record) for record in records)
            callers = self._manager.get_hookcallers(self._manager.get_plugin(name)) or []
            self.hooks[name] = tuple(sorted(each.name for each in callers))
        except KeyboardInterrupt:
            raise
        except BaseException as why:  # SystemExit too: one plugin must not end the program.
            self.broken[name] = why
            if name not in before and self._manager.has_plugin(name):
                self._manager.unregister(name=name)


def reason(why: BaseException) -> str:
    """One line on what went wrong in a plugin."""
    text = str(why).strip().partition("\n")[0]
    if isinstance(why, LeftOut):
        return text
    return f"{type(why).__name__}: {text}" if text else type(why).__name__


def _imported(entry: EntryPoint) -> object:
    if not is_own(entry):
        require_this_version(entry)
    return entry.load()


def of_namesake(holders: list[tuple[str, Any]], name: str) -> list[tuple[str, Any]]:
    """Those of the plugin of that name, or all if it has none: what a stranger gives takes nothing from it."""
    return [each for each in holders if plain_name(each[0]) == name] or holders


def plain_name(holder: str) -> str:
    """The plugin's name, without that of the distribution that `full_name` gives it."""
    return holder.partition(" (")[0]


def _single(records: Iterable[tuple[str, Any]], name: str, *, home: str = "") -> Any:
    holders = of_namesake([(plugin, record) for plugin, record in records if record.name == name], home)
    if len(holders) > 1:
        there = " and ".join(f"the plugin {plugin}" for plugin, _ in holders)
        remedy = f"Uninstall one, or leave it out of {ALLOWED}"
        raise UsageError(f"the name {name!r}", f"it is given by {there}", remedy)
    return holders[0][1] if holders else None


def _unless(name: str, single: Callable[[], Any], *, clash: Clash | None) -> Any:
    try:
        return single()
    except UsageError as why:
        if clash is None:
            raise
        clash(name, why)
        return None


def _absent(asked: str, broken: dict[str, BaseException], unknown: UnknownName) -> UsageError:
    if not broken:
        return unknown
    left_out, remedy = f"{len(broken)} plugins are broken", "`seqgen plugins` lists them"
    if len(broken) == 1:
        ((plugin, only),) = broken.items()
        left_out, remedy = f"the plugin {plugin} is broken: {reason(only)}", "Repair or uninstall that plugin"
    error = UsageError(asked, f"{unknown.there}; {left_out}", f"{remedy}. {unknown.remedy}")
    error.__cause__ = next(iter(broken.values()))
    return error


def full_name(entry: EntryPoint) -> str:
    """The plugin's name with that of the distribution that brings it."""
    brought = home(entry)
    return f"{entry.name} ({brought})" if brought else entry.name


def _given(manager: pluggy.PluginManager, plugin: object, name: str) -> dict[str, list[Any]]:
    """What a plugin offers, by hook, once it is registered."""
    manager.register(plugin, name)
    _require_known_hooks(manager, plugin)
    return {hook: _records_of(manager, hook, name) for hook in ACCEPTS}


def _require_known_hooks(manager: pluggy.PluginManager, plugin: object) -> None:
    """Raises LeftOut for hooks that there are not, for a hook without its mark, and where there is none."""
    for caller in manager.get_hookcallers(plugin) or []:
        if not caller.has_spec():
            raise LeftOut(f"there is no hook {caller.name}. {suggestion(caller.name, ACCEPTS)}".strip())
    marked = {caller.name for caller in manager.get_hookcallers(plugin) or []}
    for hook in ACCEPTS:
        if hook not in marked and inspect.isfunction(getattr(plugin, hook, None)):
            raise LeftOut(f"{hook} in it is not marked @hookimpl")
    if not marked:
        raise LeftOut("no function in it is marked @hookimpl")


def _records_of(manager: pluggy.PluginManager, hook: str, plugin: str) -> list[Any]:
    others = [each for name, each in manager.list_name_plugin() if name != plugin and each is not None]
    answers = manager.subset_hook_caller(hook, others)()
    records = [record for answer in answers for record in answer]
    for record in records:
        if not ACCEPTS[hook](record):
            raise TypeError(f"{hook} gave {record!r}, which is not what the hook asks for")
    return records

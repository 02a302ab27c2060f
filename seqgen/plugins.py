"""Finding plugins and asking them, one by one: a broken one is named and left out.

Finding reads the metadata of installed distributions alone. A plugin is imported when something is asked of it:
first the one that bears the name asked for, the others only if it does not have it.
"""

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from seqgen import hookspecs
from seqgen.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from seqgen.cells import Cell
    from seqgen.constraint import Rule
    from seqgen.domain import Domain
    from seqgen.metric import Metric
    from seqgen.tokenizer import Tokenizer

GROUP = "seqgen"
ALLOWED = "SEQGEN_PLUGINS"
"""The environment variable that names the plugins allowed, separated by commas; empty for none, unset for all."""
NAME = "[a-z0-9][a-z0-9_-]*"
"""What a cell may be called: stacks are written with commas and colons."""


class _Shelf:
    """Plugins, loaded one by one, and what each of them gave for each hook."""

    def __init__(self, entries: Iterable[EntryPoint] = ()) -> None:
        self._waiting: dict[str, list[EntryPoint]] = {}
        for entry in entries:
            self._waiting.setdefault(entry.name, []).append(entry)
        self._names = set(self._waiting)
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self._records: dict[str, list[tuple[str, Any]]] = {hook: [] for hook in _ACCEPTS}
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
            self._take(_full_name(entry), entry.load)

    def _of_domain(self, hook: str, domain: str) -> tuple[Any, ...]:
        """The records of a domain, those of its own plugin first; loads every plugin."""
        for name in (domain, *self.names()):
            self.load(name)
        own = [(plugin, record) for plugin, record in self._records[hook] if record.domain == domain]
        return tuple(_single(own, record.name) for _, record in own)

    def _all(self, hook: str) -> dict[str, Any]:
        for name in self.names():
            self.load(name)
        return {record.name: _single(self._records[hook], record.name) for _, record in self._records[hook]}

    def _find(self, hook: str, kind: str, name: str, *, first: str = "", also: Iterable[str] = ()) -> Any:
        """The record of that name, sought in the plugin `first` or its namesake; an error tells of those `also` there
        are."""
        self.load(first or name)
        if _single(self._records[hook], name) is None:
            known = self._all(hook)
            if name not in known:
                raise _absent(f"{kind} {name!r}", self.broken, UnknownName(kind, name, {*known, *also}))
        return _single(self._records[hook], name)

    def _take(self, name: str, load: Callable[[], object]) -> None:
        before = dict(self._manager.list_name_plugin())
        try:
            # What a plugin prints must not get among the data.
            with contextlib.redirect_stdout(sys.stderr):
                for hook, records in _given(self._manager, load(), name).items():
                    self._records[hook].extend((name, record) for record in records)
        except KeyboardInterrupt:
            raise
        except BaseException as why:  # SystemExit too: one plugin must not end the program.
            self.broken[name] = why
            if name not in before and self._manager.has_plugin(name):
                self._manager.unregister(name=name)


class Plugins(_Shelf):
    """The plugins of one run; tests make their own with `Plugins(())` and `add`."""

    def domain(self, name: str) -> "Domain":
        """The domain of that name. Raises UsageError if there is none, two, or its plugin is broken."""
        found: Domain = self._find("seqgen_domains", "the domain", name)
        return found

    def tokenizer(self, name: str, *, domain: str = "") -> "type[Tokenizer]":
        """The tokenizer of that name, sought in the plugin `domain` first. Raises UsageError as `domain` does."""
        found: type[Tokenizer] = self._find("seqgen_tokenizers", "the tokenizer", name, first=domain)
        return found

    def tokenizers(self, domain: str) -> "tuple[type[Tokenizer], ...]":
        """The tokenizers of a domain that come with its own one. Raises UsageError as `domain` does."""
        own, offered = self.tokenizer(self.domain(domain).tokenizer, domain=domain), self._records["seqgen_tokenizers"]
        plugin = next(holder for holder, each in offered if each is own)
        return tuple(each for holder, each in offered if holder == plugin and each.domain == domain)

    def cell(self, name: str) -> "Cell":
        """The cell of that name that a plugin offers. Raises UsageError as `domain` does."""
        from seqgen.cells import BUILT_IN

        found: Cell = self._find("seqgen_cells", "the cell", name, also=BUILT_IN)
        return found

    def domains(self) -> "dict[str, Domain]":
        """Every domain by its name; loads every plugin."""
        return self._all("seqgen_domains")

    def metrics(self, domain: str) -> "tuple[Metric, ...]":
        """The metrics of a domain, those of its own plugin first; loads every plugin.

        Raises UsageError if two of them have one name.
        """
        return self._of_domain("seqgen_metrics", domain)

    def constraints(self, domain: str) -> "tuple[Rule, ...]":
        """The constraints of a domain, those of its own plugin first; loads every plugin.

        Raises UsageError if two of them have one name.
        """
        return self._of_domain("seqgen_constraints", domain)

    def constraint(self, name: str, *, domain: str = "") -> "Rule":
        """The constraint of that name, sought in the plugin `domain` first. Raises UsageError as `domain` does."""
        found: Rule = self._find("seqgen_constraints", "the constraint", name, first=domain)
        return found

    def rules(self, tokenizer: str, *, domain: str) -> "tuple[Rule, ...]":
        """The constraints of a domain that come with that tokenizer. Raises UsageError as `domain` does."""
        kind = self.tokenizer(tokenizer, domain=domain)
        plugin = next(holder for holder, each in self._records["seqgen_tokenizers"] if each is kind)
        offered = self._records["seqgen_constraints"]
        return tuple(rule for holder, rule in offered if holder == plugin and rule.domain == domain)

    def own_constraint(self, tokenizer: str, *, domain: str) -> "Rule | None":
        """What the plugin of that tokenizer has its models keep to; no other plugin is asked, nor has a say.

        Raises UsageError as `domain` does, and if there is more than one.
        """
        own = self.rules(tokenizer, domain=domain)
        found = [rule for rule in own if rule.default and tokenizer in rule.tokenizers]
        if len(found) > 1:
            there = f"its plugin gives several by default: {', '.join(rule.name for rule in found)}"
            raise UsageError(f"the constraint of the tokenizer {tokenizer!r}", there, "Choose one by its name")
        return found[0] if found else None


def find() -> Plugins:
    """The installed plugins that `SEQGEN_PLUGINS` allows, none of them imported.

    Raises UnknownName for a name that it allows and nobody has.
    """
    entries = entry_points(group=GROUP)
    allowed = os.environ.get(ALLOWED)
    if allowed is None:
        return Plugins(entries)
    wanted = {name.strip() for name in allowed.split(",")} - {""}
    for name in sorted(wanted - entries.names):
        raise UnknownName(f"the plugin of {ALLOWED}", name, entries.names)
    return Plugins(entry for entry in entries if entry.name in wanted)


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


def _full_name(entry: EntryPoint) -> str:
    return f"{entry.name} ({entry.dist.name})" if entry.dist else entry.name


def _given(manager: pluggy.PluginManager, plugin: object, name: str) -> dict[str, list[Any]]:
    """What a plugin offers, by hook, once it is registered."""
    manager.register(plugin, name)
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        raise TypeError("no function in it is marked @hookimpl")
    return {hook: _records_of(manager, hook, name) for hook in _ACCEPTS}


def _records_of(manager: pluggy.PluginManager, hook: str, plugin: str) -> list[Any]:
    others = [each for name, each in manager.list_name_plugin() if name != plugin and each is not None]
    answers = manager.subset_hook_caller(hook, others)()
    records = [record for answer in answers for record in answer]
    for record in records:
        if not _ACCEPTS[hook](record):
            raise TypeError(f"{hook} gave {record!r}, which is not what the hook asks for")
    return records


def _is_domain(record: object) -> bool:
    from seqgen.domain import Domain

    return isinstance(record, Domain)


def _is_tokenizer(record: object) -> bool:
    from seqgen.tokenizer import Tokenizer

    named = all(hasattr(record, attribute) for attribute in ("name", "domain", "version"))
    return isinstance(record, type) and issubclass(record, Tokenizer) and named


def _is_metric(record: object) -> bool:
    from seqgen.metric import Metric

    return isinstance(record, Metric)


def _is_rule(record: object) -> bool:
    from seqgen.constraint import Rule

    return isinstance(record, Rule) and callable(record.make)


def _is_cell(record: object) -> bool:
    from seqgen.cells import BUILT_IN, Cell

    name = getattr(record, "name", None)
    named = isinstance(name, str) and re.fullmatch(NAME, name) and name not in BUILT_IN
    return isinstance(record, Cell) and bool(named)


_ACCEPTS: dict[str, Callable[[object], bool]] = {
    "seqgen_domains": _is_domain,
    "seqgen_tokenizers": _is_tokenizer,
    "seqgen_metrics": _is_metric,
    "seqgen_constraints": _is_rule,
    "seqgen_cells": _is_cell,
}

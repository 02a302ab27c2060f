"""Finding plugins and asking them, one by one: a broken one is named and left out.

Finding reads the metadata of installed distributions alone. A plugin is imported when something is asked of it:
first the one that bears the name asked for, the others only if it does not have it.
"""

import os
import warnings
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, distributions, entry_points
from typing import TYPE_CHECKING

from seqgen.environment import is_on
from seqgen.errors import UnknownName, UsageError
from seqgen.plugins.containing import seconds_allowed
from seqgen.plugins.shelf import ALLOWED, GROUP, Shelf, reason
from seqgen.plugins.versions import is_own, said

if TYPE_CHECKING:
    from seqgen.cells import Cell
    from seqgen.constraint import Rule
    from seqgen.domain import Domain
    from seqgen.metric import Metric
    from seqgen.tokenizer import Tokenizer

__all__ = ["ALLOWED", "GROUP", "NONE", "Plugins", "find", "is_own", "reason"]

NONE = "SEQGEN_NO_PLUGINS"
"""The environment variable that leaves all plugins out but those that come with seqgen."""


class Plugins(Shelf):
    """The plugins of one run; tests make their own with `Plugins(())` and `add`."""

    def domain(self, name: str) -> "Domain":
        """The domain of that name. Raises UsageError if there is none, two, or its plugin is broken."""
        found: Domain = self.one_of("seqgen_domains", "the domain", name)
        return found

    def tokenizer(self, name: str, *, domain: str = "") -> "type[Tokenizer]":
        """The tokenizer of that name, sought in the plugin `domain` first. Raises UsageError as `domain` does."""
        found: type[Tokenizer] = self.one_of("seqgen_tokenizers", "the tokenizer", name, first=domain)
        return found

    def tokenizers(self, domain: str) -> "tuple[type[Tokenizer], ...]":
        """The tokenizers of a domain that come with its own one. Raises UsageError as `domain` does."""
        own, offered = self.tokenizer(self.domain(domain).tokenizer, domain=domain), self.records["seqgen_tokenizers"]
        plugin = next(holder for holder, each in offered if each is own)
        return tuple(each for holder, each in offered if holder == plugin and each.domain == domain)

    def cell(self, name: str) -> "Cell":
        """The cell of that name that a plugin offers. Raises UsageError as `domain` does."""
        from seqgen.cells import BUILT_IN

        found: Cell = self.one_of("seqgen_cells", "the cell", name, also=BUILT_IN)
        return found

    def domains(self) -> "dict[str, Domain]":
        """Every domain by its name; loads every plugin."""
        return self.all_of("seqgen_domains")

    def metrics(self, domain: str) -> "tuple[Metric, ...]":
        """The metrics of a domain, those of its own plugin first; loads every plugin.

        If two of them have one name, both are left out, with a warning.
        """

        def warn(name: str, why: UsageError) -> None:
            warnings.warn(f"the metric {name!r} is left out: {why.there}. {why.remedy}", stacklevel=4)

        return self.of_domain("seqgen_metrics", domain, clash=warn)

    def constraints(self, domain: str, *, asked: str = "") -> "tuple[Rule, ...]":
        """The constraints of a domain, those of its own plugin first; loads every plugin.

        If two of them have one name, both are left out; raises UsageError if it is the name that was asked for.
        """

        def refuse(name: str, why: UsageError) -> None:
            if name == asked:
                raise why

        return self.of_domain("seqgen_constraints", domain, clash=refuse)

    def constraint(self, name: str, *, domain: str = "") -> "Rule":
        """The constraint of that name, sought in the plugin `domain` first. Raises UsageError as `domain` does."""
        found: Rule = self.one_of("seqgen_constraints", "the constraint", name, first=domain)
        return found

    def rules(self, tokenizer: str, *, domain: str) -> "tuple[Rule, ...]":
        """The constraints of a domain that come with that tokenizer. Raises UsageError as `domain` does."""
        kind = self.tokenizer(tokenizer, domain=domain)
        plugin = next(holder for holder, each in self.records["seqgen_tokenizers"] if each is kind)
        offered = self.records["seqgen_constraints"]
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


def find(*, own_only: bool = False) -> Plugins:
    """The installed plugins that `SEQGEN_PLUGINS` allows, none of them imported.

    With `own_only`, or where `SEQGEN_NO_PLUGINS` says so, these are the ones that come with seqgen. Raises UnknownName
    for a name that `SEQGEN_PLUGINS` allows and nobody has, UsageError for a wrong `SEQGEN_PLUGIN_TIMEOUT`.
    """
    seconds_allowed()
    found = list(_entries())
    allowed = os.environ.get(ALLOWED)
    if allowed is not None:
        there, wanted = {entry.name for entry in found}, {name.strip() for name in allowed.split(",")} - {""}
        for name in sorted(wanted - there):
            raise UnknownName(f"the plugin of {ALLOWED}", name, there)
        found = [entry for entry in found if entry.name in wanted]
    if own_only or is_on(NONE):
        found = [entry for entry in found if is_own(entry)]
    return Plugins(found)


def _entries() -> Iterable[EntryPoint]:
    """The entry points of plugins. A distribution whose metadata are broken has none."""
    try:
        return entry_points(group=GROUP)
    except Exception:
        return _readable_entries()


def _readable_entries() -> Iterator[EntryPoint]:
    seen = set()
    for distribution in distributions():
        try:
            found = [entry for entry in distribution.entry_points if entry.group == GROUP]
        except Exception:
            continue
        name = said(distribution, "Name")
        if found and name not in seen:
            seen.add(name)
            yield from found

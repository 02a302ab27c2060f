"""Finding plugins and asking them, one by one: a broken one is named and left out.

Finding reads the metadata of installed distributions alone. A plugin is imported when something is asked of it:
first the one that bears the name asked for, the others only if it does not have it.
"""

import os
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from seqgen.errors import UnknownName, UsageError
from seqgen.plugins.shelf import ALLOWED, GROUP, Shelf, reason

if TYPE_CHECKING:
    from seqgen.cells import Cell
    from seqgen.constraint import Rule
    from seqgen.domain import Domain
    from seqgen.metric import Metric
    from seqgen.tokenizer import Tokenizer

__all__ = ["ALLOWED", "GROUP", "Plugins", "find", "reason"]


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

        Raises UsageError if two of them have one name.
        """
        return self.of_domain("seqgen_metrics", domain)

    def constraints(self, domain: str) -> "tuple[Rule, ...]":
        """The constraints of a domain, those of its own plugin first; loads every plugin.

        Raises UsageError if two of them have one name.
        """
        return self.of_domain("seqgen_constraints", domain)

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

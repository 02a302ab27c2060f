"""Which reader reads a file: the domain's own, another plugin's for a suffix that the domain does not read, or the one
that was asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from seqgen.domain import Domain, Reader
from seqgen.errors import UnknownName, UsageError
from seqgen.plugins import Plugins

HOOK = "seqgen_readers"


@dataclass(frozen=True)
class Readers:
    """The readers of a domain's files; other plugins are loaded only for files that the domain itself does not read."""

    domain: Domain
    plugins: Plugins
    asked: Reader | None = None
    suffix: str = ""
    """What the names of files end in that the tokenizer is made for, beside those of the domain."""

    @classmethod
    def of(cls, domain: Domain, plugins: Plugins, *, asked: str = "", suffix: str = "") -> Self:
        """With the one of that name, if one is asked for; `suffix` is the tokenizer's. Raises UnknownName."""
        known = {each.name: each for each in plugins.of_domain(HOOK, domain.name)} if asked else {}
        if asked and asked not in known:
            raise UnknownName(f"the reader of {domain.name}", asked, known)
        return cls(domain, plugins, known.get(asked), suffix)

    def own(self) -> Reader:
        """The domain's own."""
        suffixes = (*self.domain.suffixes, *filter(None, [self.suffix]))
        return Reader("", self.domain.name, suffixes, self.domain.read, audit=self.domain.form.audit)

    def of_file(self, path: Path) -> Reader:
        """The reader of a file. Raises UsageError if it is one of several that the domain has no say in."""
        suffix, own = path.suffix.lower(), self.own()
        if self.asked and suffix in self.asked.suffixes:
            return self.asked
        if not suffix or suffix in map(str.lower, own.suffixes):
            return own
        found = [each for each in self.plugins.of_domain(HOOK, self.domain.name) if suffix in each.suffixes]
        if len(found) > 1:
            there = f"files in {suffix} are read by {' and by '.join(each.name for each in found)}"
            raise UsageError(f"reading {path}", there, "Choose one with --reader NAME")
        return found[0] if found else own

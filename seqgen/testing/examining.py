"""Every check of what a plugin offers, and what came of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from seqgen.domain import Domain
from seqgen.errors import UnknownName, UsageError
from seqgen.plugins import Plugins, find, reason
from seqgen.plugins.blaming import place
from seqgen.plugins.shelf import full_name, plain_name
from seqgen.testing.cells import CellCase
from seqgen.testing.constraints import ConstraintCase
from seqgen.testing.domains import DomainCase
from seqgen.testing.law import CHECKS_VERSION, FULL, KINDS, Check, Effort, Kind, Unmet
from seqgen.testing.laws import LAWS
from seqgen.testing.metrics import MetricCase
from seqgen.testing.readers import ReaderCase
from seqgen.testing.samples import SpecimensCase
from seqgen.testing.splitting import TokenizerCase
from seqgen.testing.stock import Search, of_plugin
from seqgen.testing.trying import need_hypothesis

Outcome = Literal["passed", "failed", "skipped", "failed as expected", "passed unexpectedly"]
Tried = tuple[Kind, str, Callable[[], Any], bool]
"""A record: its kind, its name, its case, and whether its content is text."""


@dataclass(frozen=True)
class Result:
    """What came of a check of that `name`, and after how many `seconds`.

    `about` says what must hold, `outcome` whether it does; `message` what is wrong and what to do, or why it is
    expected to fail. One is skipped if what it needs is not there, as another that failed says.
    """

    name: str
    about: str
    outcome: Outcome
    message: str
    seconds: float

    @property
    def good(self) -> bool:
        """Whether it is as it should be."""
        return self.outcome in ("passed", "failed as expected")


def checks(
    plugin: Any,
    *,
    plugins: Plugins | None = None,
    version: int = CHECKS_VERSION,
    effort: Effort = FULL,
    files: Sequence[Path] = (),
) -> list[Check]:
    """Every check for everything that a plugin offers, by its name or as a module at hand.

    `plugins` are those among which it is found, by default the installed ones; the content of `files` is tried beside
    its own samples. Raises UsageError for a plugin that is broken, or offers nothing that is checked, for a version
    that there is not, for a file that it does not read, for an expected failure that names no check, and where
    hypothesis is missing; UnknownName for a name that no plugin has.
    """
    need_hypothesis()
    if not 1 <= version <= CHECKS_VERSION:
        there = f"the versions are 1 to {CHECKS_VERSION}"
        raise UsageError(f"version {version} of the checks", there, "Choose one of these, or upgrade seqgen")
    plugins = find() if plugins is None else plugins
    name = _loaded(plugin, plugins)
    search = Search(plugins, name, effort, tuple(files))
    _expect_read(search)
    tried = _tried(name, search)
    found = [
        Check(of, law, case, limit=effort.limit)
        for kind, of, case, text in tried
        for law in LAWS
        if law.kind == kind and law.since <= version and (text or not law.text_alone)
    ]
    if not found:
        there = f"it offers no {', '.join(KINDS[:-1])} or {KINDS[-1]}"
        raise UsageError(f"the checks of the plugin {name!r}", there, "Check a plugin that does")
    return _expecting(found, name, plugins)


def examine(plugin: Any, **options: Any) -> list[Result]:
    """What came of every check of a plugin; the options are those of `checks`."""
    return list(results(checks(plugin, **options)))


def results(checks: Iterable[Check]) -> Iterator[Result]:
    """What comes of each check, one by one."""
    for check in checks:
        begun = perf_counter()
        fault = check.fault()
        outcome: Outcome = "passed" if fault is None else "skipped" if isinstance(fault, Unmet) else "failed"
        message = "" if fault is None else f"{fault.there}. {fault.remedy}."
        if check.expected:
            outcome = "passed unexpectedly" if fault is None else "failed as expected"
            message = check.expected
        yield Result(check.name, check.about, outcome, message, perf_counter() - begun)


def _loaded(plugin: Any, plugins: Plugins) -> str:
    """The name of the plugin, once it is loaded."""
    name = plugin if isinstance(plugin, str) else str(getattr(plugin, "__name__", type(plugin).__name__))
    if not isinstance(plugin, str):
        plugins.add(plugin, name)
    if name not in plugins.names():
        raise UnknownName("the plugin", name, plugins.names())
    plugins.load(name)
    for held, why in plugins.broken.items():
        if plain_name(held) == name:
            module = next((entry.module for entry in plugins.entries if full_name(entry) == held), name)
            at = place(why, module.partition(".")[0])
            remedy = f"Mend it; python -c 'import {module}' may show more"
            there = f"it is broken: {reason(why)}{f' ({at})' if at else ''}"
            raise UsageError(f"the plugin {name!r}", there, remedy) from why
    return name


def _expect_read(search: Search) -> None:
    """Raise UsageError for a file that nothing of the plugin reads."""
    plugins, name = search.plugins, search.plugin
    kinds = of_plugin(plugins, "seqgen_tokenizers", name)
    suffixes = {kind.suffix for kind in kinds if kind.suffix}
    suffixes.update(suffix for kind in kinds for suffix in search.domain(kind.domain).suffixes)
    suffixes.update(suffix for reader in of_plugin(plugins, "seqgen_readers", name) for suffix in reader.suffixes)
    for file in search.files:
        if not {file.suffix, file.suffix.lower()} & suffixes:
            there = f"nothing of the plugin {name!r} is for files that end in {file.suffix!r}"
            known = ", ".join(sorted(suffixes)) or "none at all"
            raise UsageError(f"the sample {str(file)!r}", there, f"Give one that ends in one of these: {known}")


def _tried(name: str, search: Search) -> Iterator[Tried]:
    """All that a plugin offers."""
    records = {hook: of_plugin(search.plugins, hook, name) for hook in search.plugins.records}
    for specimens in records["seqgen_specimens"]:
        yield "specimens", specimens.name, partial(_specimens, search, specimens), True
    for domain in records["seqgen_domains"]:
        yield "domain", domain.name, partial(_domain, search, domain.name), domain.form.text
    tokenizer = cache(partial(_tokenizer, search))
    for kind in records["seqgen_tokenizers"]:
        yield "tokenizer", kind.name, partial(tokenizer, kind), _is_text(search, kind.domain)
    for rule in records["seqgen_constraints"]:
        for each in rule.tokenizers:
            case = partial(_constraint, search, tokenizer, rule, each)
            yield "constraint", f"{rule.name} of {each}", cache(case), True
    for metric in records["seqgen_metrics"]:
        yield "metric", metric.name, cache(partial(_metric, search, tokenizer, metric)), True
    for cell in records["seqgen_cells"]:
        yield "cell", cell.name, cache(partial(CellCase, cell)), True
    for reader in records["seqgen_readers"]:
        yield "reader", reader.name, partial(_reader, search, reader), True


def _is_text(search: Search, domain: str) -> bool:
    try:
        return search.domain(domain).form.text
    except UsageError:
        return False


def _specimens(search: Search, specimens: Any) -> SpecimensCase:
    return SpecimensCase(specimens, search.domain(specimens.domain))


def _domain(search: Search, name: str) -> DomainCase:
    domain = search.domain(name)
    return DomainCase(search.stock(domain), lacking=_lacking(search, domain))


def _lacking(search: Search, domain: Domain) -> str:
    """What is wrong with the tokenizer that a domain names, if anything."""
    try:
        search.tokenizer(domain.tokenizer, domain.name)
    except UsageError as why:
        return f"{why.asked} is its tokenizer: {why.there}"
    return ""


def _reader(search: Search, reader: Any) -> ReaderCase:
    return ReaderCase(search.stock(search.domain(reader.domain)), reader)


def _tokenizer(search: Search, kind: Any) -> TokenizerCase:
    return TokenizerCase(kind, search.stock(search.domain(kind.domain), kind))


def _constraint(search: Search, tokenizer: Callable[[Any], TokenizerCase], rule: Any, of: str) -> ConstraintCase:
    return ConstraintCase(rule, tokenizer(search.tokenizer(of, rule.domain)))


def _metric(search: Search, tokenizer: Callable[[Any], TokenizerCase], metric: Any) -> MetricCase:
    domain = search.domain(metric.domain)
    if not metric.tokenizers and (lacking := _lacking(search, domain)):
        raise Unmet("a law", lacking, f"See the check `domain {domain.name}: plain words` first")
    of = next(iter(metric.tokenizers), domain.tokenizer)
    return MetricCase(metric, tokenizer(search.tokenizer(of, metric.domain)))


def _expecting(found: list[Check], name: str, plugins: Plugins) -> list[Check]:
    """The checks with the failures that the plugin expects."""
    held = of_plugin(plugins, "seqgen_specimens", name)
    expected = {of: why for record in held for of, why in record.expected.items()}
    for of in expected:
        if of not in {check.name for check in found}:
            raise UnknownName(f"among the expected failures of the plugin {name!r}, the check", of, map(str, found))
    return [replace(check, expected=expected.get(check.name, "")) for check in found]

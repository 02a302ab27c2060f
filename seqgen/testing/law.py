"""What a law and a check are: a law holds for all records of a kind, a check asks it of one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from seqgen.errors import CheckFailed
from seqgen.plugins.containing import LeftOut, contained
from seqgen.plugins.limit import TookTooLong, within_seconds

CHECKS_VERSION = 1
"""The newest version of the checks; a law says since which it is asked."""
Kind = Literal["specimens", "domain", "tokenizer", "constraint", "metric", "cell", "reader"]
KINDS: tuple[Kind, ...] = get_args(Kind)
READ = "The page `Checking a plugin` of the documentation says more"
PATIENCE = 0.5
"""Seconds that Hypothesis has to put things in order when a law takes too long."""
Hold = Callable[[Any], None]


@dataclass(frozen=True)
class Effort:
    """How hard the checks try: Hypothesis `examples` a law, the `seconds` that content must take for its time to count,
    whether other `processes` are asked too, and the seconds that a law may take at most, its `limit`."""

    examples: int = 200
    seconds: float = 0.02
    processes: bool = True
    limit: float = 120.0


FULL = Effort()
"""For `seqgen plugin check`."""
QUICK = Effort(12, 0.001, processes=False, limit=30.0)
"""For tests that run often."""


class Unmet(CheckFailed):
    """What a check needs is not there, as another check says: it was not asked."""


@dataclass(frozen=True)
class Law:
    """What must hold for every record of a kind, or with `text_alone` for those whose content is text.

    `about` says it in a sentence, `hold` raises CheckFailed for a case that breaks it. The `name` is one of its kind;
    `since` is the version of the checks that first had it.
    """

    kind: Kind
    name: str
    about: str
    hold: Hold
    since: int = 1
    text_alone: bool = False


def law(kind: Kind, name: str, *, since: int = 1, text_alone: bool = False) -> Callable[[Hold], Law]:
    """Make a function a law of that kind; the first paragraph of its docstring says what must hold."""

    def made(hold: Hold) -> Law:
        about = " ".join((hold.__doc__ or "").partition("\n\n")[0].split())
        return Law(kind, name, about, hold, since, text_alone)

    return made


@dataclass(frozen=True)
class Check:
    """A law, asked of one record of a plugin, which `case` makes ready.

    The `name` is like `tokenizer codons: round trip`. `expected` says why it is expected to fail, if it is; then
    it fails if it holds. The law may take so many seconds as its `limit`.
    """

    of: str
    law: Law
    case: Callable[[], Any]
    expected: str = ""
    limit: float = FULL.limit

    @property
    def name(self) -> str:
        """The kind and the name of the record, and the name of the law."""
        return f"{self.law.kind} {self.of}: {self.law.name}"

    @property
    def about(self) -> str:
        """What must hold, in a sentence."""
        return self.law.about

    @property
    def since(self) -> int:
        """The version of the checks that first had this one."""
        return self.law.since

    def run(self) -> None:
        """Raises CheckFailed if the law does not hold, or if it holds where it is expected not to."""
        found = self.fault()
        if found is not None and not self.expected:
            raise found
        if found is None and self.expected:
            there = f"it holds, and was expected to fail: {self.expected}"
            raise CheckFailed(self.name, there, "Take it out of `expected` of the plugin's specimens")

    def fault(self) -> CheckFailed | None:
        """How the law is broken, if it is. What the plugin prints meanwhile goes to stderr."""
        try:
            contained(self._held, seconds=0)
        except Unmet as found:
            return Unmet(self.name, found.there, found.remedy)
        except CheckFailed as found:
            return CheckFailed(self.name, found.there, f"{self.about} {found.remedy}. {READ}")
        except KeyboardInterrupt:
            raise
        except BaseException as why:  # Whatever a plugin raises is a finding, SystemExit too.
            there = str(why) if isinstance(why, LeftOut) else f"it raised {type(why).__name__}: {why}"
            return CheckFailed(self.name, there, f"{self.about} {READ}")
        return None

    def _held(self) -> None:
        try:
            within_seconds(self.limit, lambda: self.law.hold(self.case()), patience=PATIENCE)
        except TookTooLong as why:
            there = ", ".join([*_notes(why), f"it did not end within {self.limit:g} s"])
            remedy = "Look for an expression that tries again and again, or a loop without an end"
            raise CheckFailed(self.name, there, remedy) from None

    def __str__(self) -> str:
        return self.name


def require(holds: bool, there: str, remedy: str) -> None:
    """Raise CheckFailed with what was tried and came back, and what to do, unless it holds."""
    if not holds:
        raise CheckFailed("a law", there, remedy)


def _notes(why: BaseException | None) -> list[str]:
    """What was noted of an error, or of the one that it came of."""
    while why is not None and not getattr(why, "__notes__", None):
        why = why.__context__
    return [] if why is None else why.__notes__[:1]

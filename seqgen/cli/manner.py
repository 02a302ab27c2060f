"""How seqgen behaves towards the person at the terminal: what it tells, in what colour, and how much of an error."""

import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, Self

from seqgen.environment import is_on
from seqgen.errors import UnknownName

COLOURS = ("auto", "always", "never")
DUMB = ("dumb", "unknown")
"""What a terminal calls itself that knows no control characters."""
DEBUG, QUIET, COLOUR, NO_PLUGINS = ("--debug",), ("--quiet", "-q"), "--color", "--no-plugins"
ENVIRONMENT = {
    "SEQGEN_MIRROR": "a folder to take corpora from, as `--mirror`",
    "SEQGEN_CACHE_DIR": "the folder where corpora and prepared stores are kept",
    "SEQGEN_OFFLINE": "1 keeps seqgen from the network: what is neither in the cache nor in a mirror is refused",
    "SEQGEN_PLUGINS": "the plugins allowed, separated by commas; empty for none",
    "SEQGEN_NO_PLUGINS": "1 leaves out all plugins but those that come with seqgen, as `--no-plugins`",
    "SEQGEN_PLUGIN_TIMEOUT": "seconds that importing a plugin may take",
    "SEQGEN_DEBUG": "1 shows where an error came from, as `--debug`",
    "SEQGEN_QUIET": "1 leaves nothing but errors on stderr, as `--quiet`",
    "SEQGEN_COLOR": "auto, always or never, as `--color`",
    "NO_COLOR": "anything keeps the progress bar without colour, if `--color` does not say otherwise",
    "FORCE_COLOR": "anything gives it colour where the terminal does not say that it has any, unless NO_COLOR is set",
    "TERM": "on a terminal called dumb there are plain lines and no bar",
}
"""Every environment variable that seqgen heeds, and what it does."""

SWITCHES = ("SEQGEN_OFFLINE", "SEQGEN_NO_PLUGINS", "SEQGEN_DEBUG", "SEQGEN_QUIET")
"""Those that are on or off: `seqgen.environment` says how."""


@dataclass(frozen=True)
class Manner:
    """What was asked for before the command, or by the environment."""

    debug: bool = False
    quiet: bool = False
    colour: str = "auto"

    @classmethod
    def read(cls, arguments: Sequence[str], environment: Mapping[str, str]) -> Self:
        """The manner of a command line; its options go before the environment.

        Raises UnknownName for a colour, UsageError for a switch of the environment that is neither on nor off.
        """
        words = before_command(arguments)
        colour = environment.get("SEQGEN_COLOR") or "auto"
        for word, following in pairwise([*words, ""]):
            name, equals, value = word.partition("=")
            if name == COLOUR:
                colour = value if equals else following
        if colour not in COLOURS:
            raise UnknownName("the colour", colour, COLOURS)
        on = {name for name in SWITCHES if is_on(name, environment)}
        return cls(
            debug="SEQGEN_DEBUG" in on or any(word in DEBUG for word in words),
            quiet="SEQGEN_QUIET" in on or any(word in QUIET for word in words),
            colour=colour,
        )

    def colours(self, environment: Mapping[str, str]) -> Literal["auto", "standard"] | None:
        """The colours of the bar, in the words of rich: those that the terminal says it has, some anyway, or none."""
        if self.colour == "never" or (self.colour == "auto" and environment.get("NO_COLOR")):
            return None
        return "standard" if self.colour == "always" or environment.get("FORCE_COLOR") else "auto"


_now = Manner()


def now() -> Manner:
    """The manner of the command that is being run; all threads share it."""
    return _now


@contextmanager
def behaving(manner: Manner) -> Iterator[None]:
    """Behave so within."""
    global _now
    before, _now = _now, manner
    try:
        with warnings.catch_warnings():
            vars(warnings)["showwarning"] = _note
            yield
    finally:
        _now = before


def _note(message: Warning | str, category: type[Warning], *where: Any) -> None:
    """What seqgen warns of is a note; what others do, as Python shows it."""
    own = category is UserWarning
    say(f"Note: {message}." if own else warnings.formatwarning(message, category, *where[:2]).rstrip())


def before_command(arguments: Sequence[str]) -> list[str]:
    """The options that stand before the command, with their values."""
    return [*arguments[: len(arguments) - len(after_options(arguments))]]


def after_options(arguments: Sequence[str]) -> list[str]:
    """The arguments from the command on."""
    rest = [*arguments]
    while rest and rest[0].startswith("-"):
        rest = rest[2 if rest[0] == COLOUR else 1 :]
    return rest


def say(message: str) -> None:
    """A word to the person at the terminal, unless they asked for quiet; data goes to stdout and nothing else does."""
    if not _now.quiet:
        tell(message)


def tell(message: str) -> None:
    """A word that must be said: an error, or a question."""
    print(message, file=sys.stderr, flush=True)


def has_bar() -> bool:
    """Whether progress is shown as a bar."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in DUMB and not _now.quiet

"""The errors of seqgen.

    SeqgenError              anything a caller may want to catch           exit 1
    ├── UsageError           what was asked cannot be done                 exit 2
    │   └── UnknownName      no such plugin, corpus, level, option ...     exit 2
    ├── CheckFailed          a check that was asked for did not hold       exit 3
    ├── InputError           a file that is broken, or not what it should be   exit 4
    │   ├── TextError        bytes that are not text in that encoding      exit 4
    │   ├── CorpusError      a corpus that changed, or holds too little    exit 4
    │   └── CheckpointError  a checkpoint that must not be loaded          exit 4
    ├── FetchError           the network, or what it brought               exit 5
    └── LimitError           more than this machine or a limit allows      exit 6

Every message says what was asked, what is there, and what to do.
"""

import difflib
from collections.abc import Iterable

LONGEST = 120
"""Characters of a foreign value that a message shows."""
MANY = 15
"""Known names above which a message does not list them behind the nearest one."""
MOST, MOST_ADVICE = 500, 4000
"""Characters of what was asked and of what is there, and of a remedy, which may list names."""


def shown(value: object) -> str:
    """A value as a message shows it: escaped, and cut where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def shortened(text: str, most: int) -> str:
    """The text, if it is longer than that cut in the middle."""
    kept = (most - 5) // 2
    return text if len(text) <= most else f"{text[:kept]} ... {text[-kept:]}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """`Did you mean 'x'? ` for the nearest known name, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1) if len(name) <= LONGEST else []
    return f"Did you mean {near[0]!r}? " if near else ""


def counted(count: int, noun: str) -> str:
    """So many of something: `1 file`, `2,000 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The remedy for a name that nobody has: the nearest known one, and all of them if they are few or none is near."""
    names = sorted(known)
    near = suggestion(name, names)
    if near and len(names) > MANY:
        return near.rstrip()
    return f"{near}Known: {', '.join(names) if names else 'none at all'}"


class SeqgenError(Exception):
    """The root of the tree: `asked: there. remedy.`; each is cut in the middle where it is very long."""

    exit_code = 1

    def __init__(self, asked: str, there: str, remedy: str) -> None:
        self.asked, self.there = shortened(asked, MOST), shortened(there, MOST)
        self.remedy = shortened(remedy, MOST_ADVICE)
        last = "" if self.remedy.endswith("?") else "."
        super().__init__(f"{self.asked}: {self.there.rstrip('.')}. {self.remedy.rstrip('.')}{last}")


class UsageError(SeqgenError):
    """What was asked cannot be done."""

    exit_code = 2


class UnknownName(UsageError):
    """No such name; the message suggests the nearest one, and lists the others if they are few."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"{kind} {shown(name)}", "there is none of that name", nearest(name, known))


class CheckFailed(SeqgenError):
    """A check that was asked for did not hold."""

    exit_code = 3


class InputError(SeqgenError):
    """A file that is broken, or not what it should be."""

    exit_code = 4


def no_number(held: object) -> InputError:
    """The error of a model whose output is no number."""
    return InputError("the model's output", f"it holds {held}", "Train the model anew, at a lower rate")


class TextError(InputError):
    """Bytes that are not text in that encoding."""


class CorpusError(InputError):
    """A corpus that changed, or holds too little."""


class CheckpointError(InputError):
    """A checkpoint that must not be loaded."""


class FetchError(SeqgenError):
    """The network, or what it brought."""

    exit_code = 5


class LimitError(SeqgenError):
    """More than this machine or a limit allows."""

    exit_code = 6

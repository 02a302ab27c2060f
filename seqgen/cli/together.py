"""Which options of `generate` do not go together, and why: what is not in this table does.

The Python API has refusals of its own, for who has no options.
"""

import inspect
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from seqgen.errors import UsageError
from seqgen.records import flag

APART = (
    ("--adapt", ("--draft",), "what has learnt writes symbol by symbol"),
    ("--adapt", ("--weights",), "weights of 8 bits do not learn"),
    ("--adapt", ("--mix",), "one model alone learns from its prompt"),
    ("--adapt", ("--from-state", "--save-state"), "a state is that of the trained weights"),
    ("--draft", ("--mix",), "heads propose for their own model"),
    ("--draft", ("--from-state", "--save-state"), "a state is that of a model that reads as it was trained to"),
    ("--from-state", ("--mix",), "a state is that of one model"),
    ("--save-state", ("--mix",), "a state is that of one model"),
    ("--interactive", ("--best-of", "--beam"), "the person is the one who searches"),
    ("--interactive", ("--stop",), "the person ends the text, with q"),
    ("--out", ("--json",), "JSON goes to standard output"),
    ("--free", ("--constraint",), "one of them undoes the other"),
    ("--prompt", ("--prompt-file",), "a text has one beginning"),
)
"""An option, those that do not go with it, and the reason."""


def kept_apart(command: Callable[..., None]) -> Callable[..., None]:
    """The command for Typer, which does nothing before it has looked whether the options given go together."""
    known = inspect.signature(command).parameters

    @wraps(command)
    def run(**values: Any) -> None:
        require({flag(name.removeprefix("as_")) for name, value in values.items() if value != known[name].default})
        command(**values)

    return run


def require(given: Collection[str]) -> None:
    """Raise UsageError for two of these options that do not go together."""
    for option, others, why in APART:
        for other in others:
            if option in given and other in given:
                raise UsageError(option, f"{other} is given too, and {why}", "Leave one of them out")

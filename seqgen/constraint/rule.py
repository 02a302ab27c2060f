"""A constraint that a plugin offers by name."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from seqgen.constraint.constraint import Constraint
from seqgen.errors import UsageError

NAME = "[a-z0-9][a-z0-9_-]*"


@dataclass(frozen=True)
class Rule:
    """How a constraint is made for a model, and for which: those whose tokenizer is one of `tokenizers`.

    With `default`, models of a tokenizer that comes from the same plugin keep to it unless they are told otherwise.
    `options`, a frozen dataclass whose fields are options of `generate`, is what more may be asked of it: an instance
    is handed to `make` too. Raises UsageError for a name that cannot be typed, or without tokenizers.
    """

    name: str
    domain: str
    """The name of the domain."""
    tokenizers: tuple[str, ...]
    make: Callable[..., Constraint]
    summary: str
    """What it promises, in a line of help."""
    default: bool = True
    options: type | None = None

    def __post_init__(self) -> None:
        asked = f"the constraint {self.name!r}"
        if not re.fullmatch(NAME, self.name):
            raise UsageError(asked, "that is no name", "Use small letters, digits, hyphens and underscores")
        if not self.tokenizers or isinstance(self.tokenizers, str):
            raise UsageError(asked, "it has no tuple of tokenizers", "Name those whose symbols it constrains")

"""The tokenizers of other languages than Python."""

from dataclasses import dataclass

from seqgen.errors import UnknownName
from seqgen.records import option
from seqgen_code.lexers.json import JSON
from seqgen_code.source import Source

PLAIN_LEVELS = ("statement", "line")
"""The levels of a language whose blocks are no matter of indentation."""


@dataclass(frozen=True)
class Plain(Source):
    """A language whose blocks are told by brackets. What stands in no bracket, a line at a time, is a statement."""

    levels: tuple[str, ...] = option((), "The levels of structure to mark, strongest first: statement, line")

    def __post_init__(self) -> None:
        """Check the levels."""
        for level in self.levels:
            if level not in PLAIN_LEVELS:
                raise UnknownName("the level", level, PLAIN_LEVELS)


@dataclass(frozen=True)
class Json(Plain):
    """JSON: brackets, keywords and numbers; strings known whole or in pieces; the indentation foretold."""

    name = "json"
    domain = "code"
    version = 1
    suffix = ".json"
    language = JSON

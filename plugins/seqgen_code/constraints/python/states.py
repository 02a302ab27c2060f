"""Where a document stands, for the constraint of Python."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from seqgen_code.grammar.stack import Node
from seqgen_code.spelling import Spelled

NO_GAP, EMPTY, BLANK, CONTINUED = range(4)
"""What gap was said to come next: none, no characters, some, or some with a backslash at a line's end."""
PLAIN, WANTING, MARKED, START = range(4)
"""What stands last: anything; a boundary that code must follow; one that a comment may follow, too; or nothing yet."""
SIGN, WORD, NUMBER, TEXT, DOT, CONVERTED = range(6)
"""What a lexeme is to the one beside it; CONVERTED is the conversion in a field, behind which no gap stands."""
LEXEME, NOTE, STRING, FORMATTED, FORMAT = range(5)
"""What is in pieces: a name or a number, a comment, a string, an f-string, the format of a field."""


class Scope(NamedTuple):
    """The names of the parameters and keywords so far of the innermost bracket, or `function` without a name; and the
    links around it."""

    names: frozenset[str]
    function: bool
    below: Scope | None
    links: int


class Open(NamedTuple):
    """What is being spelled, and how far. `banned` are names that it must not be, `scoped` if it becomes one of them;
    `quote` is that of an f-string."""

    kind: int
    spelled: Spelled
    state: Any
    quote: str = ""
    banned: frozenset[str] = frozenset()
    scoped: bool = False


class Outer(NamedTuple):
    """What goes on when a field closes: a text, within strings of these quotes."""

    text: Open
    inside: str
    below: Outer | None


class Spot(NamedTuple):
    """A place in a line: what the last lexeme was, whether the line holds none yet, and what was said since."""

    before: int = SIGN
    fresh: bool = False
    gap: int = NO_GAP
    gaps: int = 0
    begun: int = PLAIN


class Frame(NamedTuple):
    """What is around: how many brackets are open, and blocks, names that are taken, f-strings, and their quotes.

    `lines` counts the lines as far as 2, which it also is from the first code on; `links` what is chained around and
    before this place in the expression, as in `a.b(c)[d] + e`; `elifs` those so far. `sort` is all of it that matters
    to what is allowed, but for `links`.
    """

    brackets: int = 0
    blocks: int = 0
    scopes: Scope | None = None
    outer: Outer | None = None
    inside: str = ""
    lines: int = 0
    links: int = 0
    elifs: int = 0
    sort: tuple[Any, ...] = ()


class At(NamedTuple):
    """A state: the grammar's, what is being spelled, the place, what is around, the last name (as far as it is
    spelled), and the names spelled last. The node is behind the lexeme that is being spelled."""

    node: Node
    text: Open | None
    spot: Spot
    frame: Frame
    name: str
    recent: tuple[str, ...]


NOTHING: Final[frozenset[str]] = frozenset()

"""What is named on the command line as a file, and what is a text by itself."""

import shlex

from seqgen.domain import Domain
from seqgen.errors import LONGEST


def looks_like_a_file(text: str, domain: Domain) -> bool:
    """Whether this is more likely the name of a file than a text: no space, and a separator or a known suffix."""
    suffixes = (*domain.suffixes, *domain.form.written)
    return bool(text) and text.split() == [text] and ("/" in text or text.lower().endswith(suffixes))


def piping(text: str, command: str) -> str:
    """How a text reaches a command that reads standard input."""
    return f"printf '%s' {shlex.quote(text) if len(text) <= LONGEST else 'TEXT'} | {command}"

"""The plugin for text, a character at a time."""

from collections.abc import Iterable

from seqgen.domain import Domain
from seqgen.hookspecs import hookimpl
from seqgen.tokenizer import Tokenizer
from seqgen_chars.domain import DOMAIN
from seqgen_chars.tokenizer import Chars

__all__ = ["DOMAIN", "Chars", "seqgen_domains", "seqgen_tokenizers"]


@hookimpl
def seqgen_domains() -> Iterable[Domain]:
    """Text."""
    return [DOMAIN]


@hookimpl
def seqgen_tokenizers() -> Iterable[type[Tokenizer]]:
    """Characters."""
    return [Chars]

"""The plugin for source code."""

from collections.abc import Iterable

from seqgen.domain import Domain
from seqgen.hookspecs import hookimpl
from seqgen.tokenizer import Tokenizer
from seqgen_code.domain import DOMAIN
from seqgen_code.source import Python

__all__ = ["DOMAIN", "Python", "seqgen_domains", "seqgen_tokenizers"]


@hookimpl
def seqgen_domains() -> Iterable[Domain]:
    """Source code."""
    return [DOMAIN]


@hookimpl
def seqgen_tokenizers() -> Iterable[type[Tokenizer]]:
    """Python."""
    return [Python]

"""Text, a character at a time."""

from collections.abc import Iterable

from seqgen.domain import Domain
from seqgen.hookspecs import hookimpl
from seqgen.metric import Metric
from seqgen.text.metrics import text_metrics
from seqgen.tokenizer import Tokenizer
from seqgen_chars.domain import DOMAIN
from seqgen_chars.tokenizer import Chars

__all__ = ["DOMAIN", "Chars", "seqgen_domains", "seqgen_metrics", "seqgen_tokenizers"]


@hookimpl
def seqgen_domains() -> Iterable[Domain]:
    """Text."""
    return [DOMAIN]


@hookimpl
def seqgen_tokenizers() -> Iterable[type[Tokenizer]]:
    """Characters."""
    return [Chars]


@hookimpl
def seqgen_metrics() -> Iterable[Metric]:
    """Those of text."""
    return text_metrics(DOMAIN.name)

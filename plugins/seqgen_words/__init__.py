"""Text, a word at a time."""

from collections.abc import Iterable

from seqgen.domain import Domain
from seqgen.hookspecs import hookimpl
from seqgen.metric import Metric
from seqgen.text.metrics import text_metrics
from seqgen.tokenizer import Tokenizer
from seqgen_words.bpe import Bpe
from seqgen_words.domain import DOMAIN
from seqgen_words.words import Words

__all__ = ["DOMAIN", "Bpe", "Words", "seqgen_domains", "seqgen_metrics", "seqgen_tokenizers"]


@hookimpl
def seqgen_domains() -> Iterable[Domain]:
    """Text."""
    return [DOMAIN]


@hookimpl
def seqgen_tokenizers() -> Iterable[type[Tokenizer]]:
    """Words and byte pairs."""
    return [Words, Bpe]


@hookimpl
def seqgen_metrics() -> Iterable[Metric]:
    """Those of text."""
    return text_metrics(DOMAIN.name)

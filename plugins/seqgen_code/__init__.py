"""Source code, a lexeme at a time."""

from collections.abc import Iterable

from seqgen.constraint import Rule
from seqgen.domain import Domain
from seqgen.hookspecs import hookimpl
from seqgen.metric import Metric
from seqgen.specimens import Specimens
from seqgen.tokenizer import Tokenizer
from seqgen_code.constraints import brackets, json, markup, python
from seqgen_code.domain import DOMAIN
from seqgen_code.metrics import METRICS
from seqgen_code.specimens import SPECIMENS
from seqgen_code.tokenizers.languages import Json, Markup, OtherSource
from seqgen_code.tokenizers.source import Python

__all__ = [
    "DOMAIN",
    "Json",
    "Markup",
    "OtherSource",
    "Python",
    "seqgen_constraints",
    "seqgen_domains",
    "seqgen_metrics",
    "seqgen_specimens",
    "seqgen_tokenizers",
]


@hookimpl
def seqgen_domains() -> Iterable[Domain]:
    """Source code."""
    return [DOMAIN]


@hookimpl
def seqgen_tokenizers() -> Iterable[type[Tokenizer]]:
    """Python, and other languages."""
    return [Python, Json, Markup, OtherSource]


@hookimpl
def seqgen_constraints() -> Iterable[Rule]:
    """What the tokenizers' models are kept to."""
    return [python.RULE, json.RULE, markup.RULE, brackets.RULE]


@hookimpl
def seqgen_metrics() -> Iterable[Metric]:
    """What of it is sound, which names are nowhere bound, and what is copied under other names."""
    return METRICS


@hookimpl
def seqgen_specimens() -> Iterable[Specimens]:
    """Files in each language."""
    return SPECIMENS

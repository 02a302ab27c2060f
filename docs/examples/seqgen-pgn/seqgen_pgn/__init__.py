"""The plugin for games of chess: a domain, a tokenizer, a constraint, two metrics, and specimens for the checks."""

from collections.abc import Iterable

from seqgen.constraint import Rule
from seqgen.domain import Domain
from seqgen.hookspecs import hookimpl
from seqgen.metric import Metric
from seqgen.specimens import Specimens
from seqgen.tokenizer import Tokenizer
from seqgen_pgn.domain import DOMAIN
from seqgen_pgn.legal import RULE
from seqgen_pgn.metrics import METRICS
from seqgen_pgn.san import San
from seqgen_pgn.specimens import SPECIMENS


@hookimpl
def seqgen_domains() -> Iterable[Domain]:
    return [DOMAIN]


@hookimpl
def seqgen_tokenizers() -> Iterable[type[Tokenizer]]:
    return [San]


@hookimpl
def seqgen_constraints() -> Iterable[Rule]:
    return [RULE]


@hookimpl
def seqgen_metrics() -> Iterable[Metric]:
    return METRICS


@hookimpl
def seqgen_specimens() -> Iterable[Specimens]:
    return [SPECIMENS]

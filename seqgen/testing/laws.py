"""All laws, in the order in which they are asked."""

from seqgen.testing import anew, cells, constraints, domains, metrics, readers, timing, tokenizers
from seqgen.testing.law import Law

LAWS: tuple[Law, ...] = tuple(
    each
    for module in (domains, tokenizers, anew, timing, constraints, metrics, cells, readers)
    for each in vars(module).values()
    if isinstance(each, Law)
)
"""Every law."""

"""All laws, in the order in which they are asked."""

from seqgen.testing import anew, cells, constraints, domains, metrics, readers, samples, timing, tokenizers
from seqgen.testing.law import Law

MODULES = (samples, domains, tokenizers, anew, timing, constraints, metrics, cells, readers)
"""The modules of the laws. One may ask a law of another."""
LAWS: tuple[Law, ...] = tuple(
    dict.fromkeys(each for module in MODULES for each in vars(module).values() if isinstance(each, Law))
)
"""Every law."""

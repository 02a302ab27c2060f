"""Writes genes.fa: sequences that look like genes, drawn from fixed random numbers."""

import random
from pathlib import Path

from seqgen_dna import CODONS, write

STOPS = ("TAA", "TAG", "TGA")
chance = random.Random(1)
within = [codon for codon in CODONS if codon not in STOPS]
fond = [chance.random() ** 3 for _ in within]


def gene() -> str:
    """A start, a few dozen codons, and a stop."""
    return "".join(["ATG", *chance.choices(within, fond, k=chance.randint(20, 60)), chance.choice(STOPS)])


write((f"{gene()}\n" for _ in range(120)), Path("genes.fa"))

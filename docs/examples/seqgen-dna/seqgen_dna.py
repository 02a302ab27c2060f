"""DNA, a codon a symbol."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import product

from seqgen.domain import Document, Domain, Form, Selection
from seqgen.errors import UsageError
from seqgen.hookspecs import hookimpl
from seqgen.metric import Metric
from seqgen.records import option
from seqgen.specimens import Specimens
from seqgen.text import TextOptions, read_text, show, write_text
from seqgen.tokenizer import Tokenizer

CODONS = tuple(map("".join, product("ACGT", repeat=3)))
LETTERS = tuple("ACGTUNRYSWKMBDHV-")
"""What stands for a base, or for one of several, or for none (IUPAC)."""


def read(path, options, notes):
    """A document a record of FASTA, in large letters."""
    records = "".join(read_text(path, TextOptions(), notes)).split(">")
    for number, record in enumerate(records):
        header, _, lines = record.partition("\n") if number else ("", "", record)
        bases = "".join(lines.split())
        notes["bases in small letters made large"] += len(re.findall("[a-z]", bases))
        if bases:
            yield Document(f"{path.name}:{header or number}", bases.upper())


def write(pieces, path):
    """A record a sequence, with sixty bases a line."""
    sequences = enumerate("".join(pieces).split(), start=1)
    write_text((f">{number}\n" + re.sub("(.{1,60})", r"\1\n", bases) for number, bases in sequences), path)


@dataclass(frozen=True)
class Codons(Tokenizer):
    """One symbol for three bases; one for each letter that is in no codon."""

    name = "codons"
    domain = "dna"
    version = 1

    frame: int = option(0, "The letters before the first codon: 0, 1 or 2")

    def __post_init__(self):
        if self.frame not in (0, 1, 2):
            raise UsageError("the reading frame", f"{self.frame} is none", "Choose 0, 1 or 2")

    def split(self, content):
        bases = "".join(content)
        yield from bases[: self.frame]
        yield from re.findall("[ACGT]{3}|(?s:.)", bases[self.frame :])

    def join(self, symbols):
        yield from symbols

    def alphabet(self):
        return CODONS + LETTERS


def gc(excerpts, material):
    """The share of G and C among the bases; None if there are none."""
    counts = Counter(base for each in excerpts for piece in each.pieces for base in piece)
    known = sum(counts[base] for base in "ACGT")
    return (counts["G"] + counts["C"]) / known if known else None


def usage(contents):
    """The share of each codon."""
    counts = Counter(piece for pieces in contents for piece in pieces if piece in CODONS)
    return {codon: count / counts.total() for codon, count in counts.items()}


def codon_distance(excerpts, material):
    """How much of the use of codons would have to change to be that of training: 0 for none of it, 1 for all."""
    here = usage(each.pieces for each in excerpts)
    there = material.once("codons of training", lambda: usage(material.training()))
    return sum(abs(here.get(c, 0) - there.get(c, 0)) for c in CODONS) / 2 if here and there else None


DNA = Domain(
    name="dna",
    summary="DNA in FASTA files, a codon at a time",
    suffixes=(".fa", ".fasta", ".fna"),
    levels=("document",),
    tokenizer="codons",
    options=Selection,
    read=read,
    write=write,
    show=show,
    form=Form(unit="base", document="record"),
)


@hookimpl
def seqgen_domains():
    return [DNA]


@hookimpl
def seqgen_tokenizers():
    return [Codons]


@hookimpl
def seqgen_metrics():
    return [
        Metric("gc", "dna", "share", "like held-out", gc, "of G and C among the bases"),
        Metric("codon_distance", "dna", "share", "lower", codon_distance, "of codons used otherwise than in training"),
    ]


def any_bases():
    """A Hypothesis strategy, for the checks."""
    from hypothesis import strategies

    return strategies.text(LETTERS, min_size=1)


@hookimpl
def seqgen_specimens():
    return [Specimens("dna", contents=lambda: ["ATGGCC" * 50, "ATGANNGCCT"], strategy=any_bases)]

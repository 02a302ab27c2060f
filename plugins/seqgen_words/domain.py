"""Text, a word at a time."""

from seqgen.domain import Domain
from seqgen.text import TextOptions, read_documents, show, write_text
from seqgen_words.segments import LEVELS

DOMAIN = Domain(
    name="words",
    summary="text, a word at a time",
    suffixes=(".txt", ".text", ".md", ".rst"),
    levels=LEVELS,
    tokenizer="words",
    options=TextOptions,
    read=read_documents,
    write=write_text,
    show=show,
)

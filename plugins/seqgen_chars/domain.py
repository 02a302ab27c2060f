"""Text, a character at a time."""

from seqgen.domain import Domain
from seqgen.text import TextOptions, read_documents, show, write_text
from seqgen.text.levels import LEVELS

DOMAIN = Domain(
    name="chars",
    summary="text, a character at a time",
    suffixes=(".txt", ".text", ".md", ".rst"),
    levels=LEVELS,
    tokenizer="chars",
    options=TextOptions,
    read=read_documents,
    write=write_text,
    show=show,
)

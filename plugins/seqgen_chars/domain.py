"""Text, a character at a time."""

from seqgen.domain import Domain
from seqgen.text import TextOptions, read_documents, write_text
from seqgen_chars.levels import LEVELS


def show(text: str) -> str:
    """A symbol, or a few, as a person can read them: bare where that is plain, else quoted and escaped."""
    plain = text.isprintable() and text == text.strip() and text[:1] not in ("", "'", '"')
    return text if plain else repr(text)


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

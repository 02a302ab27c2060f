"""Source code: files, definitions, blocks, statements and lines."""

from seqgen.domain import Domain
from seqgen.text import show
from seqgen_code.reading import CodeOptions, read_code, write_code
from seqgen_code.tokenizers.source import LEVELS

DOMAIN = Domain(
    name="code",
    summary="source code, a lexeme at a time",
    suffixes=(".py", ".pyi"),
    levels=LEVELS,
    tokenizer="python",
    options=CodeOptions,
    read=read_code,
    write=write_code,
    show=show,
    corpus="stdlib",
)

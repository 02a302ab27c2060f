"""The classes of lexemes as their first characters tell them."""

from collections.abc import Callable, Collection
from functools import lru_cache

from seqgen_code.language import END, LINE, SIGN, TEXT
from seqgen_code.tokenizers.layout import spelt_kind


def classes(operators: Collection[str], *, is_text: Callable[[str], bool]) -> Callable[[str], str]:
    """The classes of a language with these operators, `is_text` saying of others whether they are string literals."""
    signs = frozenset(operators)

    @lru_cache(1 << 16)
    def class_of(lexeme: str) -> str:
        """The class of a lexeme."""
        if not lexeme:
            return END
        if lexeme in signs:
            return SIGN
        if lexeme[0] in "\r\n":
            return LINE
        return TEXT if is_text(lexeme) else spelt_kind(lexeme)

    return class_of

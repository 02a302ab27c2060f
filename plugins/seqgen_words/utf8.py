"""Symbols that stand for bytes of UTF-8, and the text that they make.

A symbol is the text of its bytes; a byte that belongs to no whole character in it is a surrogate, U+DC80 to U+DCFF, as
Python has it (PEP 383). So symbols can be read, and no two stand for the same bytes.
"""

from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from typing import cast

from seqgen.text.pieces import REPLACEMENT, decoded
from seqgen.tokenizer import Writer
from seqgen_words.structured import Structured

BYTES = tuple(bytes([value]).decode("utf-8", "surrogateescape") for value in range(256))
"""The symbols of single bytes."""


class ByteTokenizer(Structured):
    """A tokenizer of text whose symbols stand for bytes of UTF-8; lone surrogates have three bytes, as others there."""

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        """The text of the bytes, a symbol at a time; what is no UTF-8 becomes U+FFFD."""
        held = b""
        for symbol in symbols:
            text, held = _written(held, symbol)
            if text:
                yield text
        if held:
            yield decoded(held, final=True)[0]

    def writer(self) -> Writer:
        """One whose state is the bytes of a character that is not complete."""
        return ByteWriter()

    def length(self, symbol: str) -> int:
        """How many characters begin with the bytes of the symbol."""
        return sum(byte & 0xC0 != 0x80 for byte in bytes_of(symbol))


class ByteWriter(Writer):
    """What `ByteTokenizer.join` writes; a character is written once its last byte is there."""

    begun: Hashable = b""

    def write(self, state: Hashable, symbol: str) -> tuple[str, Hashable]:
        """The characters that the symbol completes, and the bytes behind them."""
        return _written(cast(bytes, state), symbol)

    def finish(self, state: Hashable) -> str:
        """U+FFFD for bytes that make no character."""
        return decoded(cast(bytes, state), final=True)[0]

    def fits(self, state: Hashable, content: str) -> bool:
        """Whether a text may begin with the bytes of the state; U+FFFD may, for the bytes that follow may not fit."""
        held, first = cast(bytes, state), content[:1]
        return not first or first == REPLACEMENT or first.encode("utf-8", "surrogatepass").startswith(held)


def symbol_of(data: bytes) -> str:
    """The symbol of these bytes. The reverse of `bytes_of`."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(symbol: str) -> bytes:
    """The bytes that a symbol stands for; of a string that is no symbol, those of its UTF-8."""
    try:
        return symbol.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return symbol.encode("utf-8", "surrogatepass")


@lru_cache(1 << 15)
def _written(held: bytes, symbol: str) -> tuple[str, bytes]:
    return decoded(held + bytes_of(symbol), final=False)

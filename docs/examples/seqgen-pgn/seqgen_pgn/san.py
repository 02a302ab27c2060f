"""Games as symbols: a half-move a symbol, in standard algebraic notation, and the result at the end."""

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from seqgen.records import option
from seqgen.tokenizer import Boundary, Tokenizer, Writer

NUMBER = re.compile(r"\d+\.+")
RESULTS = ("1-0", "0-1", "1/2-1/2", "*")


class Sheet(Writer):
    """Half-moves with the number of the move before White's; the state counts what was written."""

    begun = 0

    def write(self, state: Any, symbol: str) -> tuple[str, Hashable]:
        number = f"{state // 2 + 1}. " if state % 2 == 0 and symbol not in RESULTS else ""
        return f"{' ' if state else ''}{number}{symbol}", state + 1


@dataclass(frozen=True)
class San(Tokenizer):
    """One symbol a half-move; numbers of moves are left out, and written again."""

    name = "san"
    domain = "pgn"
    version = 2

    levels: tuple[str, ...] = option((), "The levels to mark: move, where White is to move again")

    def split(self, content: Iterable[str]) -> Iterator[str | Boundary]:
        for place, symbol in enumerate(NUMBER.sub(" ", "".join(content)).split()):
            if place and place % 2 == 0 and "move" in self.levels:
                yield Boundary("move")
            yield symbol

    def join(self, symbols: Iterable[str]) -> Iterator[str]:
        sheet = Sheet()
        for place, symbol in enumerate(symbols):
            yield sheet.write(place, symbol)[0]

    def writer(self) -> Writer:
        return Sheet()

    def alphabet(self) -> tuple[str, ...]:
        return RESULTS

    def length(self, symbol: str) -> int:
        return 1

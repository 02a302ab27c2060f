"""Where a sample ends."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from seqgen.generation.settings import LIMIT, GenerateSettings
from seqgen.store import MARK
from seqgen.tokenizer import Boundary
from seqgen.vocabulary import Vocabulary


class Drawn(NamedTuple):
    """One symbol of a sample; `probability` is the model's own, before any sampler."""

    id: int
    symbol: str | Boundary
    probability: float


def cut(drawn: Iterable[Drawn], settings: GenerateSettings, vocabulary: Vocabulary) -> Iterator[Drawn]:
    """The symbols up to the length asked for, or with the boundary that ends the sample.

    Raises UnknownName for a level that the vocabulary lacks.
    """
    level = -1 if settings.length else MARK
    if settings.until:
        level = vocabulary.level_id(settings.until)
    return _cut(islice(drawn, 2 * settings.length or LIMIT), level, length=settings.length, first=vocabulary.unknown)


def _cut(drawn: Iterable[Drawn], level: int, *, length: int, first: int) -> Iterator[Drawn]:
    count = 0
    for each in drawn:
        yield each
        count += each.id > first
        if each.id <= level or count == length > 0:
            return


def hold_back(drawn: Iterable[Drawn], stops: Sequence[str]) -> Iterator[Drawn]:
    """The symbols before the first stop, which is found across symbols and boundaries.

    A symbol in which it begins is left out whole. Symbols are held back only while a stop may have begun in them.
    """
    held: deque[Drawn] = deque()
    text = ""
    for each in drawn:
        held.append(each)
        text += _spelling(each)
        found = min((at for at in map(text.find, stops) if at >= 0), default=None)
        free = len(text) - max(_begun(text, stop) for stop in stops) if found is None else found
        for released in _release(held, free):
            text = text[len(_spelling(released)) :]
            yield released
        if found is not None:
            return
    yield from held


def _release(held: deque[Drawn], free: int) -> Iterator[Drawn]:
    """The symbols that lie within the first `free` characters."""
    while held and len(_spelling(held[0])) <= free:
        free -= len(_spelling(held[0]))
        yield held.popleft()


def _begun(text: str, stop: str) -> int:
    """How much of the stop the text ends with."""
    return max(size for size in range(len(stop)) if text.endswith(stop[:size]))


def _spelling(drawn: Drawn) -> str:
    return drawn.symbol if isinstance(drawn.symbol, str) else ""

"""Where a sample ends."""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from seqgen.codec import Codec
from seqgen.generation.settings import BEAM_LIMIT, LIMIT, GenerateSettings
from seqgen.store import MARK
from seqgen.tokenizer import Boundary, Writer
from seqgen.vocabulary import Vocabulary

if TYPE_CHECKING:
    from seqgen.generation.generate import Course

PLAIN = Writer()


class Drawn(NamedTuple):
    """One symbol of a sample; `probability` is the model's own, before any sampler."""

    id: int
    """Its id in the vocabulary."""
    symbol: str | Boundary
    probability: float


def bounded(drawn: Iterable[Drawn], codec: Codec, settings: GenerateSettings, *, course: "Course") -> Iterator[Drawn]:
    """The symbols drawn on this course, to where the sample ends.

    Raises UnknownName for a level that the vocabulary lacks.
    """
    ended = stopped(drawn, codec, settings, course=course)
    return course.ended(ended) if course.gate else ended


def stopped(drawn: Iterable[Drawn], codec: Codec, settings: GenerateSettings, *, course: "Course") -> Iterator[Drawn]:
    """The same before the constraints have their say of the end."""
    ended = cut(drawn, settings, codec.vocabulary)
    if settings.stop:
        writer = codec.tokenizer.writer()
        ended = hold_back(ended, settings.stop, writer=writer, state=writer.behind(course.spoken))
    return ended


def cut(drawn: Iterable[Drawn], settings: GenerateSettings, vocabulary: Vocabulary) -> Iterator[Drawn]:
    """The symbols up to the length asked for, or with the boundary that ends the sample.

    Raises UnknownName for a level that the vocabulary lacks.
    """
    level = last_level(settings, vocabulary)
    return _cut(islice(drawn, most(settings)), level, length=settings.length, first=vocabulary.unknown)


def most(settings: GenerateSettings) -> int:
    """How many symbols are drawn at most, boundaries and all."""
    return 2 * settings.length or (LIMIT if settings.search.beam == 1 else BEAM_LIMIT)


def last_level(settings: GenerateSettings, vocabulary: Vocabulary) -> int:
    """The highest id of the boundaries that end a sample, -1 if none does. Raises UnknownName."""
    if settings.until:
        return vocabulary.level_id(settings.until)
    return -1 if settings.length else MARK


def _cut(drawn: Iterable[Drawn], level: int, *, length: int, first: int) -> Iterator[Drawn]:
    count = 0
    for each in drawn:
        yield each
        count += each.id > first
        if each.id <= level or count == length > 0:
            return


def hold_back(
    drawn: Iterable[Drawn], stops: Sequence[str], *, writer: Writer = PLAIN, state: Hashable = PLAIN.begun
) -> Iterator[Drawn]:
    """The symbols before the first stop, which is found across symbols and boundaries.

    A symbol in which it begins is left out whole. Symbols are held back only while a stop may have begun in them. The
    text is what the writer, in this state at first, makes of them.
    """
    held: deque[tuple[Drawn, int]] = deque()
    text = ""
    for each, added in _written(drawn, writer, state):
        held.append((each, len(added)))
        text += added
        found = min((at for at in map(text.find, stops) if at >= 0), default=None)
        free = len(text) - max(_begun(text, stop) for stop in stops) if found is None else found
        while held and held[0][1] <= free:
            released, size = held.popleft()
            text, free = text[size:], free - size
            yield released
        if found is not None:
            return
    yield from (each for each, _ in held)


def _written(drawn: Iterable[Drawn], writer: Writer, state: Hashable) -> Iterator[tuple[Drawn, str]]:
    """The symbols, each with the text that it adds."""
    for each in drawn:
        text, state = written(each, writer, state)
        yield each, text


def written(each: Drawn, writer: Writer, state: Hashable) -> tuple[str, Hashable]:
    """The text that a symbol adds, or the end of its document, and the state of the writer behind it."""
    if isinstance(each.symbol, str):
        return writer.write(state, each.symbol)
    return (writer.finish(state), writer.begun) if each.id == MARK else ("", state)


def _begun(text: str, stop: str) -> int:
    """How much of the stop the text ends with."""
    return max(size for size in range(len(stop)) if text.endswith(stop[:size]))

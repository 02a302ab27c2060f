"""A sample, symbol by symbol."""

import copy
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Self, cast

from seqgen import labels
from seqgen.codec import Codec, Prompt
from seqgen.constraint import Ban, Constraint, Every, Follow, Spoken
from seqgen.generation import searching
from seqgen.generation.drafting import Scout, drafted
from seqgen.generation.draw import Draw, probability, uniforms
from seqgen.generation.gate import Gate
from seqgen.generation.samplers import Logits
from seqgen.generation.settings import GenerateSettings
from seqgen.generation.stopping import Drawn, bounded
from seqgen.generation.voice import Reading, Voice, read_all
from seqgen.tokenizer import DOCUMENT_BOUNDARY, Boundary

NOTHING = Prompt()


def generate(
    voice: Voice,
    codec: Codec,
    settings: GenerateSettings,
    *,
    prompt: Prompt = NOTHING,
    constraint: Constraint | None = None,
    sample: int = 0,
) -> Iterator[Drawn]:
    """The symbols that follow a prompt at the start of a document, as they are drawn, with the boundary that ends them.

    The prompt may begin with the ids of labels; where one is missing, a value is drawn as often as training has it.
    What stands before the prompt, if it says so, the voice has read. The random number of each comes from (seed,
    sample, position) alone; the position counts the prompt, and what was read before. The voice is left as it is, so
    samples may be drawn side by side. Raises UnknownName for a level that the vocabulary lacks, UsageError for a prompt
    that a constraint does not bear, and when it allows nothing.
    """
    told = settings.search.told(sample)
    course = Course(voice, codec, settings, prompt=prompt, constraint=constraint, sample=told)
    if settings.search.wanted:
        return searching.found(course, codec, settings, sample=sample)
    return bounded(course.drawn(uniforms(settings.seed, sample, start=course.position)), codec, settings, course=course)


def limits(codec: Codec, settings: GenerateSettings, prompt: Prompt, *, constraint: Constraint | None) -> Every | None:
    """All that constrains a sample, if anything does: the rest of the prompt, the banned words, and the constraint."""
    parts = [] if constraint is None else [*constraint.parts] if isinstance(constraint, Every) else [constraint]
    if prompt.follow and not any(isinstance(part, Follow) for part in parts):
        parts.insert(0, Follow(prompt.follow, codec, within=constraint))
    if settings.ban:
        parts.append(Ban(settings.ban, codec.tokenizer.writer()))
    return Every(parts) if parts else None


class Course:
    """A sample in the making: what reads it, what draws it, and what constrains it; `position` is that of its first
    symbol."""

    def __init__(
        self,
        voice: Voice,
        codec: Codec,
        settings: GenerateSettings,
        *,
        prompt: Prompt = NOTHING,
        constraint: Constraint | None = None,
        sample: int = 0,
    ) -> None:
        self._voice, self._vocabulary = voice, codec.vocabulary
        given = labels.named(codec.vocabulary, prompt.ids)
        self._labels = labels.drawn(codec, given, seed=settings.seed, sample=sample)
        self._prompt = prompt.ids[len(given) :]
        self.position = prompt.read + len(self._prompt)
        self.reader, self._draw = self._reader(), Draw(settings, codec.vocabulary)
        heard = (*(prompt.before or ()), *self._prompt)
        for id in heard:
            self._draw.note(id, given=True)
        found = map(codec.vocabulary.symbol_of, heard)
        self.spoken = [symbol for symbol in found if isinstance(symbol, str | Boundary)]
        bound = limits(codec, settings, prompt, constraint=constraint)
        begun = bound and bound.begin(self.spoken, follow=prompt.follow)
        self.gate = Gate(bound, codec.vocabulary, begun) if bound else None
        self._count, self._lent = 0, False
        self._states: deque[object] = deque([begun])

    def copy(self, reader: Reading | None = None) -> Self:
        """A sample with the same beginning, which goes its own way from here, with a reader that is lent to it or one
        of its own."""
        twin = copy.copy(self)
        twin.reader, twin._lent = reader or self.reader.copy(), reader is not None
        twin._draw, twin.gate = self._draw.copy(), copy.copy(self.gate)
        twin._states = self._states.copy()
        return twin

    def drawn(self, numbers: Iterable[float]) -> Iterator[Drawn]:
        """One symbol for each random number, without end; a reader that drafts takes more numbers than symbols."""
        if isinstance(self.reader, Scout):
            yield from self._verified(self.reader, iter(numbers))
            return
        symbol_of, reader, draw, gate = self._vocabulary.symbol_of, self.reader, self._draw, self.gate
        for number in numbers:
            id, probability = draw.draw(reader.logits(), number, gate=gate)
            if gate:
                gate.take(id)
                self._states.append(gate.state)
                self._count += 1
            yield Drawn(id, cast(Spoken, symbol_of(id)), probability)
            draw.note(id)
            reader.read(id)

    def _verified(self, scout: Scout, numbers: Iterator[float]) -> Iterator[Drawn]:
        """What the heads propose and the network lets stand; the reader goes further than what has been drawn."""
        for id, share in drafted(scout, self._draw, numbers, gate=self.gate):
            if self.gate:
                self.gate.take(id)
                self._states.append(self.gate.state)
            yield Drawn(id, cast(Spoken, self._vocabulary.symbol_of(id)), share)
            self._draw.note(id)

    @property
    def pending(self) -> str:
        """What is still to be written of the prompt."""
        parts = zip(self.gate.limits.parts, self.gate.state, strict=True) if self.gate else ()
        return "".join(at.rest for part, at in parts if isinstance(part, Follow))

    def take(self, id: int, *, share: float | None = None) -> Drawn:
        """Go on with a symbol that someone has chosen, whose probability may be known already.

        Raises UsageError if it is not allowed.
        """
        if self.gate:
            self.gate.take(id)
            self._states.append(self.gate.state)
        share = probability(self.reader.logits(), id) if share is None else share
        found = Drawn(id, cast(Spoken, self._vocabulary.symbol_of(id)), share)
        self._draw.note(id)
        self.reader.read(id)
        return found

    def draw(self, number: float) -> Drawn:
        """Go on with a symbol drawn by a random number."""
        id, _ = self._draw.draw(self.reader.logits(), number, gate=self.gate)
        return self.take(id)

    def shares(self, reader: Reading, gate: Gate | None) -> Logits:
        """How likely each symbol is behind what was read, among those that the gate admits, (V,)."""
        return self._draw.shares(reader.logits(), gate=gate)

    def ended(self, drawn: Iterable[Drawn]) -> Iterator[Drawn]:
        """The symbols drawn up to the last place where the constraints let a sample end, and the way to its end.

        A symbol is held back only while none has come behind which it might end.
        """
        ids, way = list[int](), cast(Iterable[Spoken], ())
        for free, onward in self.freed(drawn):
            way = onward
            ids += (each.id for each in free)
            yield from free
        reader: Reading | None = None
        for symbol in way:
            reader = reader or self._behind(ids)
            id = self._vocabulary.id_of(symbol)
            yield Drawn(id, symbol, probability(reader.logits(), id))
            reader.read(id)

    def freed(self, drawn: Iterable[Drawn]) -> Iterator[tuple[Sequence[Drawn], Iterable[Spoken]]]:
        """What is held back no longer, time after time, and the way from behind it to the end of the sample."""
        complete = cast(Gate, self.gate).limits.complete
        yield (), complete(self._states.popleft()) or ()
        held = list[Drawn]()
        for each in drawn:
            held.append(each)
            state = self._states.popleft()
            # A document that has ended is whole, even if the next must not be empty.
            way = () if each.symbol == DOCUMENT_BOUNDARY else complete(state)
            if way is not None:
                yield held, way
                held = []

    def _behind(self, ids: Sequence[int]) -> Reading:
        """A reader that has read all these: the one that drew them, unless it went further."""
        if 0 < len(ids) == self._count and not self._lent:
            self.reader.read(ids[-1])
            return self.reader
        return self._reader(ids)

    def _reader(self, drawn: Sequence[int] = ()) -> Reading:
        reader = self._voice.begin(self._labels)
        read_all(reader, self._prompt)
        reader.begin_block()
        for id in drawn:
            reader.read(id)
        return reader

"""A trained model in the hand: load it, let it write, ask it about a text."""

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain, takewhile
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from seqgen.api.constraining import OWN, Asked, Constraints, settled
from seqgen.api.doors import expect_content
from seqgen.api.many import streams
from seqgen.api.memory import Memory, agree, finished, onward, opened, reading, resumed
from seqgen.api.readers import Readers
from seqgen.api.stacks import knowing
from seqgen.api.tracing import charged, row_of, shown
from seqgen.checkpoint import Checkpoint
from seqgen.codec import Codec, OnUnknown, Prompt
from seqgen.domain import TEXT, Document, Domain, Form
from seqgen.errors import UnknownName, UsageError
from seqgen.generation import Drawn, GenerateSettings, Solo, Voice, generate
from seqgen.labels import drawn as drawn_labels
from seqgen.labels import named, require
from seqgen.plan import AdaptSettings
from seqgen.playing import Player
from seqgen.plugins import Plugins, find
from seqgen.records import expect, from_json, within
from seqgen.store import MARK, fingerprint

if TYPE_CHECKING:
    from seqgen.api.evaluating import Evaluation

MOST = 10**9
"""Samples asked for at most."""


@dataclass(frozen=True)
class Sample:
    """One sequence that a model wrote; `content` begins with the prompt. `new` is None unless it is a whole document.

    Behind a memory, `content` is what was written since; where content is no text, it is the whole of its document.

    `labels` says what the model was told about the document.
    """

    content: Any
    symbols: tuple[Drawn, ...]
    """What was drawn, with the probability of each."""
    new: bool | None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> Any:
        """The content, for domains of text."""
        return self.content


class Surprisal(NamedTuple):
    """What a symbol of a text costs under the model, in bits, and how many characters it stands for."""

    symbol: str
    bits: float
    length: int
    """How many characters it stands for."""


class Model:
    """A checkpoint ready to play, without torch.

    Wherever a `constraint` may be given, it is a `Constraint`, the name of one that a plugin offers for the model's
    tokenizer, or None to write freely; where none is given the tokenizer's own holds, if it has one.
    """

    def __init__(self, checkpoint: Checkpoint, domain: Domain, codec: Codec, *, path: Path, plugins: Plugins) -> None:
        self.checkpoint, self.domain, self.codec, self.path = checkpoint, domain, codec, path
        self.constraints = Constraints(codec, domain.name, plugins)
        self._plugins = plugins

    @cached_property
    def player(self) -> Player:
        """The network, prepared for one symbol at a time."""
        return Player(self.checkpoint.model, self.checkpoint.params)

    @cached_property
    def voice(self) -> Voice:
        """What is played: the network, read as the model's strategy says, unless the model has been given another."""
        return Solo(self.player, self.checkpoint.strategy)

    def with_voice(self, voice: Voice) -> Self:
        """The same model, with another voice to generate and to score with."""
        twin = copy(self)
        twin.voice = voice
        return twin

    def generate(
        self,
        prompt: Any = "",
        *,
        count: int = 1,
        labels: Mapping[str, str] = {},
        constraint: Asked = OWN,
        on_unknown: OnUnknown = "replace",
        memory: Memory | None = None,
        **options: Any,
    ) -> Iterator[Sample]:
        """Samples, one after the other; the options are the fields of `GenerateSettings`, and those of the constraint.

        A value for a key that `labels` leaves out is drawn for each sample, as often as training documents have it; all
        samples of a beam have the values of sample 0. Sample k is the same however many are drawn, but for the rounding
        of products in float32, at which, rarely, a sample drawn beside others parts from itself drawn alone. A `memory`
        is what `read` gave: the samples go on from there, each by itself.
        Raises UnknownName for a label, or a constraint, that the model does not know, UsageError for the memory of
        another model.
        """
        expect(count, Integral, asked="the count of samples", wanted="a whole number")
        within("count", count, 0, MOST)
        playing = self if memory is None else resumed(self, memory)
        if prompt is not None:
            expect_content(self.domain, prompt, asked="the prompt")
        begin = self.begin if memory is None else partial(memory.prompt, self)
        begun = begin(prompt, on_unknown=on_unknown)
        for message in begun.messages:
            warnings.warn(f"the prompt: {message}", stacklevel=2)
        wishes = {name: options.pop(name) for name in self.constraints.wishes(constraint) & options.keys()}
        settings = GenerateSettings.of(**options)
        settings.search.require_room(count)
        held = self.constraints.of(constraint, wishes)
        if memory:
            memory.require(held)
        told = map(settings.search.told, range(count))
        prompts = [labelled(self.codec, begun, labels, seed=settings.seed, sample=k) for k in told]
        drawn = streams(playing, prompts, settings, constraint=held)
        yield from (playing.sample(whole, tuple(each)) for whole, each in zip(prompts, drawn, strict=True))

    def read(
        self,
        content: Any,
        *,
        memory: Memory | None = None,
        labels: Mapping[str, str] = {},
        constraint: Asked = OWN,
        on_unknown: OnUnknown = "replace",
    ) -> Memory:
        """What the model remembers of a content at the start of a document, or behind what it remembers already.

        The constraint is the one that samples behind it are to keep to. Raises UnknownName for a label that the model
        does not know, UsageError for another than was read, and for another model's memory.
        """
        expect_content(self.domain, content, asked="what is to be read")
        before = opened(self, memory, labels)
        prompt = before.prompt(self, content, on_unknown=on_unknown)
        for message in prompt.messages:
            warnings.warn(f"the text: {message}", stacklevel=2)
        return finished(reading(self, before, prompt, constraint=constraint))

    def begin(self, prompt: Any, *, on_unknown: OnUnknown = "replace") -> Prompt:
        """The content that a sample is to begin with, as the model reads it; None, or an empty text, for no content."""
        nothing = prompt is None or (prompt == "" and not self.domain.form.text)
        return Prompt() if nothing else self.codec.ids_of_prompt(prompt, on_unknown=on_unknown)

    def stream(
        self, prompt: Prompt, settings: GenerateSettings, *, sample: int = 0, constraint: Asked = OWN
    ) -> Iterator[Drawn]:
        """The symbols of one sample as they are drawn, the ids of the prompt left out."""
        held = self.constraints.of(constraint)
        limits = self.constraints.behind(prompt, held)
        settings = settled(settings, held, text=self.domain.form.text)
        return generate(self.voice, self.codec, settings, prompt=prompt, constraint=limits, sample=sample)

    def sample(self, prompt: Prompt, drawn: tuple[Drawn, ...]) -> Sample:
        """What was drawn after a prompt, as content, and whether it is new."""
        before, ids = prompt.before, [*prompt.ids, *(each.id for each in drawn)]
        whole = ids[-1:] == [MARK] and MARK not in ids[:-1] and before is None
        vocabulary = self.codec.vocabulary
        own = fingerprint(ids, boundaries=vocabulary.unknown, labels=vocabulary.first_label)
        known = np.isin(np.uint64(own), self.checkpoint.documents)
        content = content_of(self.codec, ids, form=self.domain.form, before=before or ())
        return Sample(content, drawn, not known if whole else None, named(vocabulary, prompt.ids))

    def score(self, content: Any, *, labels: Mapping[str, str] = {}) -> list[Surprisal]:
        """What each symbol of a document with these labels costs; an unknown one costs a choice among all code points.

        Raises UnknownName for a label that the model does not know.
        """
        charges = charged(self, row_of(self, content, labels))
        symbol_of = self.codec.vocabulary.symbol_of
        return [Surprisal(shown(symbol_of(id)), bits, length) for id, bits, length, _ in charges]

    def documents(self, path: Path, **reading: Any) -> Iterator[Document]:
        """The documents of a file, read as the model's corpus was; `reading` changes some of the domain's options."""
        request = self.checkpoint.provenance.get("request", {})
        own, reader = request.get("reading", {}), request.get("choices", {}).get("reader", "")
        options: Any = from_json(self.domain.options, {**own, **reading}, where="reading")
        readers = Readers.of(self.domain, self._plugins, asked=reader, suffix=self.codec.tokenizer.suffix)
        return readers.of_file(path).read(path, options, Counter())

    def evaluate(
        self,
        *,
        corpus: str = "",
        part: str = "validation",
        samples: int = 20,
        mirror: Path | None = None,
        adapt: AdaptSettings | None = None,
        seed: int = 0,
    ) -> "Evaluation":
        """Score a part of the corpus that the model was trained on, found again by its hashes, or the whole of
        another; with `adapt` also by the model as it learns from what it has read. `seed` is that of the samples."""
        from seqgen.api.evaluating import evaluate, find_source, require_fit

        require_fit(self, adapt)
        source = find_source(self, self.path, part=part, corpus=corpus, mirror=mirror)
        return evaluate(self, source, samples=samples, seed=seed, adapt=adapt, plugins=self._plugins)


def load(path: str | Path, *, plugins: Plugins | None = None) -> Model:
    """The model in a run's folder or in a file.

    Raises CheckpointError, and UsageError where there is none, or its plugin is not installed.
    """
    expect(path, str | Path, asked="loading a model", wanted="the path of a run's folder or of a file")
    plugins = plugins or find()
    checkpoint = Checkpoint.load(Path(path), knowing=knowing(plugins))
    home, name = str(checkpoint.provenance.get("domain")), str(checkpoint.codec.get("tokenizer", {}).get("name"))
    try:
        domain, kind = plugins.domain(home), plugins.tokenizer(name, domain=home)
    except UnknownName as why:
        there = f"it was made with {why.asked}, of a plugin that is not installed, or left out"
        remedy = "`seqgen plugins` shows what is here; --no-plugins and SEQGEN_PLUGINS leave plugins out"
        raise UsageError(f"the model {path}", there, remedy) from why
    codec = Codec.from_json(checkpoint.codec, {name: kind})
    return Model(checkpoint, domain, codec, path=Path(path), plugins=plugins)


def labelled(codec: Codec, prompt: Prompt, labels: Mapping[str, str], *, seed: int, sample: int) -> Prompt:
    """The prompt behind its labels, which are drawn for that sample where they are not given; or were read before."""
    if prompt.before is not None:
        require(codec.vocabulary, labels)
        agree(labels, named(codec.vocabulary, prompt.ids))
        return prompt
    own = drawn_labels(codec, labels, seed=seed, sample=sample)
    return replace(prompt, ids=(*own, *prompt.ids))


def pieces(codec: Codec, ids: Iterable[int], *, before: Sequence[int] = ()) -> Iterator[Any]:
    """The content of ids, in pieces that never change, as they come; a new line between a document and the next.

    Others may stand before them in the document in which they begin.
    """
    rest = iter(ids)
    for count, first in enumerate(rest):
        if count:
            yield "\n"
        own = takewhile(lambda id: id != MARK, chain([first], rest))
        yield from onward(codec, before, own) if before and not count else codec.decode(own)


def content_of(codec: Codec, ids: Iterable[int], *, form: Form = TEXT, before: Sequence[int] = ()) -> Any:
    """The content of these ids: as one text, or that of the first document, where content is no text, and then with
    that of the ids that stand before them."""
    if form.text:
        return one_text(codec, ids, before=before)
    return form.whole(codec.decode(takewhile(lambda id: id != MARK, chain(before, ids))))


def one_text(codec: Codec, ids: Iterable[int], *, before: Sequence[int] = ()) -> str:
    """The pieces of these ids as one text."""
    return "".join(pieces(codec, ids, before=before))

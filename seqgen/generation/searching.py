"""Looking for a likely sample rather than taking the first that is drawn: best of n, and beam search.

Both fork the state behind the prompt, which is read once. Shapes: H hypotheses, V vocabulary.
"""

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from seqgen.codec import Codec
from seqgen.constraint import Spoken
from seqgen.errors import UsageError
from seqgen.generation.draw import log_probabilities, never_drawn, peak_of, uniforms
from seqgen.generation.samplers import Logits
from seqgen.generation.settings import GenerateSettings
from seqgen.generation.stopping import Drawn, bounded, last_level, most, stopped, written

if TYPE_CHECKING:
    from seqgen.generation.generate import Course


def found(course: "Course", codec: Codec, settings: GenerateSettings, *, sample: int) -> Iterator[Drawn]:
    """The symbols of the sample that the search finds, all at once at its end. Raises UsageError, UnknownName."""
    settings.search.require_room(sample + 1)
    if settings.search.beam > 1:
        return Beam(codec, settings).best(course, sample)
    return best(course, codec, settings, sample=sample)


def best(course: "Course", codec: Codec, settings: GenerateSettings, *, sample: int) -> Iterator[Drawn]:
    """Of `best_of` samples the one with the highest mean log-probability of a symbol, the first of equals.

    The probabilities are the model's own, before any sampler. Candidate 0 is the sample that is drawn without a search;
    the others have random numbers of their own, by (seed, sample, candidate, position) alone. Source: the rank by
    length-normalised likelihood of Adiwardana et al., arXiv 2001.09977, section 2 (sample-and-rank).
    """

    def candidate(number: int) -> tuple[Drawn, ...]:
        fork, numbers = course.copy(), uniforms(settings.seed, sample, start=course.position, candidate=number)
        return tuple(bounded(fork.drawn(numbers), codec, settings, course=fork))

    yield from max(map(candidate, range(settings.search.best_of)), key=mean)


def mean(drawn: Sequence[Drawn]) -> float:
    """The mean log-probability of a symbol, boundaries and all; of none, less than of any."""
    logs = [math.log(each.probability) if each.probability else -math.inf for each in drawn]
    return sum(logs) / len(logs) if logs else -math.inf


@dataclass(frozen=True)
class Hypothesis:
    """A sample on its way: `score` is the sum of the log-probabilities of its symbols, of which `count` are no
    boundaries."""

    course: "Course"
    writer: Hashable
    drawn: tuple[Drawn, ...] = ()
    score: float = 0.0
    count: int = 0
    tail: str = ""
    """The end of the text, in which a stop may have begun."""
    ended: bool = False
    said: tuple[Spoken, ...] = ()
    """The sample that comes of it where it has ended: without its stop, and completed as the constraints wish."""


class Beam:
    """Beam search: a step continues every hypothesis with every symbol, and keeps the `beam` of them with the highest
    scores.

    A score is the sum of the model's own log-probabilities; what the constraints forbid, the unknown symbol and labels
    are never tried, and what is left is not scaled up. One that has ended, as a sample does, leaves the beam (Sutskever
    et al., arXiv 1409.3215, section 3.2), with what ended it in its score, even a stop, which is then cut off. The
    ended are ranked by score / ((5 + length) / 6) ** length_penalty, the length in symbols drawn, boundaries and all
    (Wu et al., arXiv 1609.08144, equation 14, without coverage); of those that come to the same sample, as where the
    stop alone is another, the best counts. Sample k is the k-th of them: the search is over when
    no hypothesis could overtake it any more, as no score ever rises. Of equals, that comes first which ended first, or
    whose hypothesis was the better, then the lower id. Law: a beam as wide as there are samples finds the best.
    """

    def __init__(self, codec: Codec, settings: GenerateSettings) -> None:
        self._codec, self._settings, self._width = codec, settings, settings.search.beam
        self._vocabulary, self._writer = codec.vocabulary, codec.tokenizer.writer()
        self._never = never_drawn(codec.vocabulary)
        self._level, self._most = last_level(settings, codec.vocabulary), most(settings)
        self._kept = max(map(len, settings.stop), default=1) - 1

    def best(self, course: "Course", rank: int) -> Iterator[Drawn]:
        """The symbols of the ended hypothesis of that rank, the best of which is 0. Raises UsageError if it is not
        there, or nothing is allowed."""
        live, ended = [Hypothesis(course, self._writer.behind(course.spoken))], list[Hypothesis]()
        while live and not self._settled(live, ended, rank):
            kept = self._step(live)
            if not kept and not ended:
                asked = str(course.gate.limits) if course.gate else "a beam"
                raise UsageError(asked, "it allows nothing that the model can say here", "Loosen it")
            ended = self._ranked([*ended, *(replace(each, said=self._said(each)) for each in kept if each.ended)])
            live = [each for each in kept if not each.ended]
        if len(ended) <= rank:
            there = f"there are but {len(ended)} that the beam can end"
            raise UsageError(f"the sample of rank {rank + 1}", there, "Ask for fewer")
        yield from bounded(ended[rank].drawn, self._codec, self._settings, course=ended[rank].course)

    def _ranked(self, ended: list[Hypothesis]) -> list[Hypothesis]:
        """The best of them, best first; of those that say the same the best."""
        best = dict[tuple[Spoken, ...], Hypothesis]()
        for each in sorted(ended, key=self._value, reverse=True):
            best.setdefault(each.said, each)
        return [*best.values()][: self._width]

    def _said(self, each: Hypothesis) -> tuple[Spoken, ...]:
        """The sample that comes of it."""
        stopping = stopped(each.drawn, self._codec, self._settings, course=each.course)
        if not each.course.gate:
            return tuple(one.symbol for one in stopping)
        said, way = list[Spoken](), cast(Iterable[Spoken], ())
        for free, onward in each.course.copy(each.course.reader).freed(stopping):
            way = onward
            said += (one.symbol for one in free)
        return (*said, *way)

    def _settled(self, live: list[Hypothesis], ended: list[Hypothesis], rank: int) -> bool:
        """Whether none of these can overtake the ended one of that rank."""
        bound = max(each.score for each in live) / self._divisor(self._most)
        return len(ended) > rank and bound <= self._value(ended[rank])

    def _value(self, each: Hypothesis) -> float:
        return each.score / self._divisor(len(each.drawn))

    def _divisor(self, length: int) -> float:
        return float(((5 + length) / 6) ** self._settings.search.length_penalty)

    def _step(self, live: list[Hypothesis]) -> list[Hypothesis]:
        """The best continuations of these, best first. The last of each takes over its course."""
        chosen: list[tuple[int, int, float]] = []
        score_HV = np.stack([each.score + self._shares(each.course) for each in live])
        for place in falling(score_HV.ravel(), 4 * self._width):
            parent, id = divmod(place, self._vocabulary.size)
            gate = live[parent].course.gate
            if gate is None or gate.admits(id):
                chosen.append((parent, id, score_HV.item(place)))
                if len(chosen) == self._width:
                    break
        last = {parent: id for parent, id, _ in chosen}
        return [self._continued(live[at], id, score=score, fork=last[at] != id) for at, id, score in chosen]

    def _shares(self, course: "Course") -> Logits:
        """The log-probability of each symbol that may come next, (V,); -inf of what is known not to."""
        log_V = log_probabilities(course.reader.logits())
        peak_of(log_V, self._never)
        if course.gate:
            course.gate.shut(log_V)
        return log_V

    def _continued(self, parent: Hypothesis, id: int, *, score: float, fork: bool) -> Hypothesis:
        """The hypothesis with one symbol more."""
        course, settings = parent.course.copy() if fork else parent.course, self._settings
        each = course.take(id, share=math.exp(score - parent.score))
        drawn, count = (*parent.drawn, each), parent.count + (id > self._vocabulary.unknown)
        added, state = written(each, self._writer, parent.writer)
        text = parent.tail + added
        full = count == settings.length > 0 or len(drawn) == self._most
        ended = full or id <= self._level or any(stop in text for stop in settings.stop)
        tail = text[max(len(text) - self._kept, 0) :]
        return Hypothesis(course, state, drawn, score=score, count=count, tail=tail, ended=ended)


def falling(scores: Logits, first: int) -> Iterator[int]:
    """The places of all scores above -inf, the highest first, of equals the first; so many are looked for at first."""
    least = np.partition(scores, -first)[-first] if first < len(scores) else -np.inf
    for among in (scores >= least, scores < least):
        places = np.flatnonzero(among & (scores > -np.inf))
        yield from places[np.argsort(-scores[places], kind="stable")].tolist()

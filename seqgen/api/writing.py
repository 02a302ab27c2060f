"""A text that a person writes with a model, a word at a time."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from seqgen.api.constraining import OWN, Asked, settled
from seqgen.api.memory import continued
from seqgen.api.models import Model, Sample, one_text
from seqgen.api.tracing import BEGINS
from seqgen.codec import OnUnknown, Prompt
from seqgen.errors import UsageError
from seqgen.generation import Course, Drawn, GenerateSettings, last_level, uniforms
from seqgen.generation.wording import Offer, Wording
from seqgen.store import MARK


class Page(NamedTuple):
    """What stands there: a prompt, with what a person added, and what was drawn behind it."""

    prompt: Prompt
    drawn: tuple[Drawn, ...] = ()


class Writing:
    """The text so far, the words that may follow, and the way back. `page` is what stands there.

    Raises UnknownName and UsageError as `Model.generate` does.
    """

    def __init__(self, model: Model, prompt: Prompt, settings: GenerateSettings, *, constraint: Asked = OWN) -> None:
        if settings.search.wanted:
            there = "a search for samples is asked for, and a person chooses here"
            raise UsageError("a text that a person writes", there, "Leave out --best-of and --beam")
        self._model, self._constraint = model, model.constraints.of(constraint)
        self._settings = settings = settled(settings, self._constraint)
        self._wording = Wording(model.codec, mark=BEGINS)
        self._last_level = last_level(settings, model.codec.vocabulary)
        self._past: list[tuple[Page, Course]] = []
        self.page, self._before = Page(prompt), prompt.before or ()
        self._course = self._begin(self.page)
        self._numbers = uniforms(settings.seed, 0, start=self._course.position)

    @property
    def text(self) -> str:
        """What stands there, with what is still to be drawn of a word that was begun."""
        return one_text(self._model.codec, self._ids(), before=self._before) + self._course.pending

    @property
    def ended(self) -> bool:
        """Whether the sample is as long as it was to be, or ends with a boundary that was to end it."""
        drawn, first = self.page.drawn, self._model.codec.vocabulary.unknown
        full = 0 < self._settings.length <= sum(each.id > first for each in drawn)
        return full or bool(drawn and drawn[-1].id <= self._last_level)

    def offers(self, count: int = 9) -> list[Offer]:
        """The likeliest words, each begun by another symbol and gone on with in the likeliest way, likeliest first."""
        course, state, offer = self._course, self._wording.written((*self._before, *self._ids())), self._wording.offer
        p_V = course.shares(course.reader, course.gate)
        firsts = [id for id in np.argsort(-p_V, kind="stable")[:count].tolist() if p_V[id] > 0]
        words = [offer(course, state, first=id, share=p_V.item(id)) for id in firsts]
        found: dict[str, Offer] = {}
        for each in sorted(words, key=lambda each: -each.probability):
            found.setdefault(each.text, each)
        return list(found.values())

    def take(self, offer: Offer) -> None:
        """Go on with what was offered."""
        course = self._course.copy()
        self._turn(course, Page(self.page.prompt, (*self.page.drawn, *(course.take(id) for id in offer.ids))))

    def draw(self) -> None:
        """Go on with a word that is drawn. Raises UsageError where nothing is allowed, and leaves all as it was."""
        course = self._course.copy()
        drawn = self._wording.draw(course, self._wording.written((*self._before, *self._ids())), self._numbers)
        self._turn(course, Page(self.page.prompt, (*self.page.drawn, *drawn)))

    def add(self, text: str, *, on_unknown: OnUnknown = "replace") -> tuple[str, ...]:
        """Go on with a text of one's own, as it stands; the messages about what the model does not know of it."""
        codec, ids = self._model.codec, self._ids()
        first_label = codec.vocabulary.first_label
        begin = max((at + 1 for at, id in enumerate(ids) if id == MARK or id >= first_label), default=0)
        before = () if MARK in ids else self._before
        whole = one_text(codec, ids[begin:], before=before) + self._course.pending + text
        prompt = continued(codec, before, whole, on_unknown=on_unknown)
        page = Page(replace(prompt, ids=(*ids[:begin], *prompt.ids), before=self.page.prompt.before))
        self._turn(self._begin(page), page)
        return prompt.messages

    def undo(self) -> bool:
        """Go back to what stood there before the last step; whether there was one."""
        if not self._past:
            return False
        self.page, self._course = self._past.pop()
        return True

    def finish(self) -> Sample:
        """The whole as a sample, up to where the constraints let it end."""
        prompt, drawn = self.page
        course = self._begin(self.page)
        return self._model.sample(prompt, tuple(course.ended(drawn)) if course.gate else drawn)

    def _ids(self) -> list[int]:
        return [*self.page.prompt.ids, *(each.id for each in self.page.drawn)]

    def _turn(self, course: Course, page: Page) -> None:
        """Go on to a page, with the course that stands behind it."""
        self._past.append((self.page, self._course))
        self.page, self._course = page, course

    def _begin(self, page: Page) -> Course:
        model, limit = self._model, self._constraint
        course = Course(
            model.voice,
            model.codec,
            self._settings,
            prompt=page.prompt,
            constraint=limit,
        )
        for each in page.drawn:
            course.take(each.id)
        return course

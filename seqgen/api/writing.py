"""A text that a person writes with a model, a word at a time."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from seqgen.api.constraining import OWN, Asked, settled
from seqgen.api.models import BEGINS, Model, Sample, one_text
from seqgen.codec import OnUnknown, Prompt
from seqgen.errors import UsageError
from seqgen.generation import Course, Drawn, GenerateSettings, last_level, uniforms
from seqgen.generation.wording import Offer, Wording
from seqgen.store import MARK


class Page(NamedTuple):
    """What stands there: a prompt, and what was drawn behind it."""

    prompt: Prompt
    drawn: tuple[Drawn, ...] = ()


class Writing:
    """The text so far, the words that may follow, and the way back.

    Raises UnknownName and UsageError as `Model.generate` does.
    """

    def __init__(self, model: Model, prompt: Prompt, settings: GenerateSettings, *, constraint: Asked = OWN) -> None:
        if settings.search.wanted:
            there = "a search for samples is asked for, and a person chooses here"
            raise UsageError("a text that a person writes", there, "Leave out best_of and beam")
        self._model, self._constraint = model, model.constraints.of(constraint)
        self._settings = settings = settled(settings, self._constraint)
        self._wording = Wording(model.codec, mark=BEGINS)
        self._last_level = last_level(settings, model.codec.vocabulary)
        self._numbers = uniforms(settings.seed, 0)
        self._past: list[Page] = []
        self._page = Page(prompt)
        self._course = self._begin(self._page)

    @property
    def text(self) -> str:
        """What stands there, with what is still to be drawn of a word that was begun."""
        return one_text(self._model.codec, self._ids()) + self._course.pending

    @property
    def ended(self) -> bool:
        """Whether the sample is as long as it was to be, or ends with a boundary that was to end it."""
        drawn, first = self._page.drawn, self._model.codec.vocabulary.unknown
        full = 0 < self._settings.length <= sum(each.id > first for each in drawn)
        return full or bool(drawn and drawn[-1].id <= self._last_level)

    def offers(self, count: int = 9) -> list[Offer]:
        """The likeliest words, each begun by another symbol and gone on with in the likeliest way, likeliest first."""
        course, state, offer = self._course, self._wording.written(self._ids()), self._wording.offer
        p_V = course.shares(course.reader, course.gate)
        firsts = [id for id in np.argsort(-p_V, kind="stable")[:count].tolist() if p_V[id] > 0]
        words = [offer(course, state, first=id, share=p_V.item(id)) for id in firsts]
        found: dict[str, Offer] = {}
        for each in sorted(words, key=lambda each: -each.probability):
            found.setdefault(each.text, each)
        return list(found.values())

    def take(self, offer: Offer) -> None:
        """Go on with what was offered."""
        self._note([self._course.take(id) for id in offer.ids])

    def draw(self) -> None:
        """Go on with a word that is drawn. Raises UsageError where nothing is allowed, and leaves all as it was."""
        try:
            self._note([*self._wording.draw(self._course, self._wording.written(self._ids()), self._numbers)])
        except UsageError:
            self._course = self._begin(self._page)
            raise

    def add(self, text: str, *, on_unknown: OnUnknown = "replace") -> tuple[str, ...]:
        """Go on with a text of one's own, as it stands; the messages about what the model does not know of it."""
        codec, ids = self._model.codec, self._ids()
        first_label = codec.vocabulary.first_label
        begin = max((at + 1 for at, id in enumerate(ids) if id == MARK or id >= first_label), default=0)
        prompt = codec.ids_of_prompt(one_text(codec, ids[begin:]) + self._course.pending + text, on_unknown=on_unknown)
        page = Page(replace(prompt, ids=(*ids[:begin], *prompt.ids)))
        self._course = self._begin(page)
        self._past.append(self._page)
        self._page = page
        return prompt.messages

    def undo(self) -> bool:
        """Go back to what stood there before the last step; whether there was one."""
        if not self._past:
            return False
        self._page = self._past.pop()
        self._course = self._begin(self._page)
        return True

    def finish(self) -> Sample:
        """The whole as a sample, up to where the constraints let it end."""
        prompt, drawn = self._page
        course = self._begin(self._page)
        return self._model.sample(prompt, tuple(course.ended(drawn)) if course.gate else drawn)

    def _ids(self) -> list[int]:
        return [*self._page.prompt.ids, *(each.id for each in self._page.drawn)]

    def _note(self, drawn: list[Drawn]) -> None:
        self._past.append(self._page)
        self._page = Page(self._page.prompt, (*self._page.drawn, *drawn))

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

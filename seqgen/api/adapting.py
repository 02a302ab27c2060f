"""A model that has read the beginning of a text, and learnt from it, before it goes on writing."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from seqgen.api.doors import A_MODEL, expect_content, require_plain
from seqgen.codec import Prompt
from seqgen.errors import UsageError
from seqgen.generation import Solo
from seqgen.generation.turning import Turning
from seqgen.labels import behind_resets, named
from seqgen.plan import AdaptSettings
from seqgen.playing import Player
from seqgen.records import expect
from seqgen.store import MARK

if TYPE_CHECKING:
    from seqgen.api.models import Model

ASKED = "adapting to a prompt"


def adapted(
    model: "Model",
    content: Any,
    *,
    settings: AdaptSettings = AdaptSettings(),  # noqa: B008
    labels: Mapping[str, str] = {},
) -> "Model":
    """The model with a voice that has learnt from the content, to generate with that content as its prompt.

    What was learnt holds up to the next reset, where the trained weights come back, unless `settings.adapt_across`.
    The checkpoint stays the trained one. A label that is left out is drawn, as for the first sample of seed 0. Raises
    UsageError for many-to-one, for content without symbols, and for a model with another voice already, or with weights
    of 8 bits.
    """
    from seqgen.api.models import Model, labelled

    expect(model, Model, asked=ASKED, wanted=A_MODEL)
    expect(settings, AdaptSettings, asked="how to adapt", wanted="an AdaptSettings")
    if content is not None:
        expect_content(model.domain, content, asked=ASKED)
    return adapted_to(model, labelled(model.codec, model.begin(content), labels, seed=0, sample=0), settings)


def adapted_to(model: "Model", prompt: Prompt, settings: AdaptSettings) -> "Model":
    """The same for a prompt behind the ids of its labels."""
    given = len(named(model.codec.vocabulary, prompt.ids))
    own, ids = prompt.ids[:given], np.array([MARK, *prompt.ids[given:]])
    _check(model, prompt, len(ids) - 1)
    found, strategy = model.checkpoint.model, model.checkpoint.strategy
    row = np.asarray(behind_resets(ids, list(own), max(found.reset_level, MARK)))
    voice = Solo(Player(found, _learnt(model, row, settings)), strategy)
    level = -1 if settings.adapt_across else found.reset_level
    return model.with_voice(Turning(model.voice, voice, level, int((ids[1:] <= level).sum())))


def _learnt(model: "Model", row: np.ndarray, settings: AdaptSettings) -> dict[str, np.ndarray]:
    """The parameters of the model behind that row of ids."""
    from seqgen import adapting
    from seqgen.evaluation import Held
    from seqgen.nn import Stack, keep_memory

    keep_memory()
    stack = Stack.from_arrays(model.checkpoint.model, model.checkpoint.params)
    return adapting.learnt(stack, Held.of(row, model.codec), model.checkpoint.strategy, settings)


def _check(model: "Model", prompt: Prompt, symbols: int) -> None:
    if symbols == 0:
        remedy = "Give a prompt, such as some pages with --prompt-file"
        raise UsageError(ASKED, "it has no symbols", remedy)
    require_plain(model, ASKED, learning=True)
    if prompt.before is not None:
        there = "the prompt is read behind a state, which is that of the trained weights"
        raise UsageError(ASKED, there, "Begin at the start of a document")

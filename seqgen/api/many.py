"""Several samples of a model, side by side where that is faster."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from seqgen.api.constraining import OWN, Asked, settled
from seqgen.codec import Prompt
from seqgen.constraint import Constraint
from seqgen.generation import LIMIT, Drawn, GenerateSettings, Resumed, Solo

if TYPE_CHECKING:
    from seqgen.api.models import Model
    from seqgen.generation.readers import Lanes

FEW = 12
"""Fewer samples are drawn one after the other as fast."""
LANES = 64
"""Samples drawn at once at most, but on a GPU."""
LARGE = 1 << 21
"""Symbols for which it is worth looking for a GPU, which takes two seconds."""


def streams(
    model: "Model", prompts: Sequence[Prompt], settings: GenerateSettings, *, constraint: Asked = OWN
) -> Iterator[Iterator[Drawn]]:
    """For each prompt the symbols of its sample as they are drawn, the ids of the prompt left out.

    Sample k is the one that `Model.stream` gives, but for the rounding of products in float32 where several are drawn
    at once: at a random number that falls within it of the border between two symbols, they part.
    """
    voice = model.voice
    alike = isinstance(voice, Solo | Resumed) and voice.player is model.player
    if not alike or len(prompts) < FEW or settings.search.wanted:
        for number, prompt in enumerate(prompts):
            yield model.stream(prompt, settings, sample=number, constraint=constraint)
        return
    from seqgen.generation.many import Many

    held = model.constraints.of(constraint)
    settings = settled(settings, held, text=model.domain.form.text)
    limits = [model.constraints.behind(prompt, held) for prompt in prompts]
    drawn = Many(
        cast(Solo | Resumed, voice),
        _lanes(model, prompts, settings, limits),
        model.codec,
        settings,
        prompts=prompts,
        constraints=limits,
    )
    for number in range(len(prompts)):
        yield drawn.sample(number)


def _lanes(
    model: "Model", prompts: Sequence[Prompt], settings: GenerateSettings, limits: Sequence[Constraint | None]
) -> "Lanes":
    """Lanes in numpy; or on a GPU that is there, where enough is to be drawn and nothing has to be looked up for it."""
    from seqgen.generation.many import draws_apart
    from seqgen.playing.many import Players

    network, params = model.checkpoint.model, model.checkpoint.params
    large = len(prompts) * (settings.length or LIMIT // 100) >= LARGE
    if large and not draws_apart(settings, prompts, constraints=limits) and find_spec("torch"):
        import torch

        if torch.cuda.is_available():
            from seqgen.nn.many import Captured, lanes_within
            from seqgen.nn.picking import chain

            vocabulary, (free, _) = model.codec.vocabulary, torch.cuda.mem_get_info()
            lanes = min(len(prompts), lanes_within(free, vocabulary.size))
            shut = [vocabulary.unknown, *range(vocabulary.first_label, vocabulary.size)]
            return Captured(network, params, lanes, chain=chain(settings.samplers), shut=shut, device="cuda")
    return Players(network, params, min(len(prompts), LANES))

"""Several samples of a model, side by side where that is faster."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from seqgen.api.constraining import OWN, Asked, settled
from seqgen.codec import Prompt
from seqgen.constraint import Constraint, Every, Follow
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
    settings, limits = settled(settings, held, text=model.domain.form.text), list(_limits(model, prompts, held))
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


def _limits(model: "Model", prompts: Sequence[Prompt], held: Constraint | None) -> Iterator[Constraint | None]:
    """What holds for each sample: the constraint, and the rest of its prompt; one for those that begin alike."""
    last, both = None, None
    for prompt in prompts:
        if not prompt.follow:
            yield held
            continue
        if last is None or prompt.follow != last:
            last, parts = prompt.follow, [held] if held else []
            both = Every([Follow(last, model.codec, within=held), *parts])
        yield both


def _lanes(
    model: "Model", prompts: Sequence[Prompt], settings: GenerateSettings, limits: Sequence[Constraint | None]
) -> "Lanes":
    """Lanes in numpy; or on a GPU that is there, where enough is to be drawn and nothing has to be looked up for it."""
    from seqgen.playing.many import Players

    network, params = model.checkpoint.model, model.checkpoint.params
    alone = settings.samplers.look_back or settings.ban or any(limits) or any(prompt.follow for prompt in prompts)
    large = len(prompts) * (settings.length or LIMIT // 100) >= LARGE
    if large and not alone and find_spec("torch"):
        import torch

        if torch.cuda.is_available():
            from seqgen.nn.many import Captured, lanes_within
            from seqgen.nn.picking import chain

            vocabulary, (free, _) = model.codec.vocabulary, torch.cuda.mem_get_info()
            lanes = min(len(prompts), lanes_within(free, vocabulary.size))
            shut = [vocabulary.unknown, *range(vocabulary.first_label, vocabulary.size)]
            return Captured(network, params, lanes, chain=chain(settings.samplers), shut=shut, device="cuda")
    return Players(network, params, min(len(prompts), LANES))

"""`generate`: let a model write; the text goes to stdout as it is drawn."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqgen.cli.arguments import Json, LabelPairs, ModelPath, OnUnknown, say
from seqgen.cli.config import configured
from seqgen.cli.mixing import Mix, mixture
from seqgen.cli.options import with_given, with_options, without
from seqgen.cli.own import asked, loaded, made, opening, own_options
from seqgen.cli.playing import AdaptToPrompt, Draft, Weights, adapting, attuned, drafting, weighed
from seqgen.cli.remembering import (
    FromState,
    SaveState,
    behind,
    gathered,
    recalled,
    remember,
    require_place,
    whole_documents,
)
from seqgen.cli.showing import Order, say_what_is_new, say_what_was_cut, writer
from seqgen.cli.together import kept_apart
from seqgen.domain import Domain, Finish
from seqgen.generation import GenerateSettings
from seqgen.plan import AdaptSettings
from seqgen.plugins import Plugins

if TYPE_CHECKING:
    from seqgen.api.memory import Memory
    from seqgen.api.models import Model
    from seqgen.codec import Prompt as Opening

Prompt = Annotated[str, typer.Option(help="What the text begins with")]
PromptFile = Annotated[
    Path | None, typer.Option(help="A file that holds what the text begins with, read as the corpus was")
]
Count = Annotated[int, typer.Option("-n", "--count", min=1, help="How many samples")]
Interactive = Annotated[
    bool, typer.Option("--interactive", help="Offer the next words, with their probabilities, and let a person choose")
]

Free = Annotated[
    bool, typer.Option("--free", help="Let the model write whatever it likes, without the constraint of its tokenizer")
]
Named = Annotated[
    str, typer.Option("--constraint", metavar="NAME", help="Keep to this constraint, where the tokenizer has several")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="PATH", help="Write the sample to this new file, or several to numbered files in this folder"
    ),
]

OF_TEXT = ("prompt", "prompt_file", "on_unknown", "interactive", "stop", "ban")
"""Options of the command that are for text alone."""


def generate_command(domain: Domain, plugins: Plugins) -> Callable[..., None]:
    """The command for one domain."""
    bound = update_wrapper(partial(generate, domain=domain, plugins=plugins), generate)
    command = without(bound, ("domain", "plugins"))
    whole = with_options(with_given(command, [*own_options(domain, plugins), AdaptSettings]), settings=GenerateSettings)
    return configured(kept_apart(whole if domain.form.text else without(whole, OF_TEXT)))


def generate(
    model: ModelPath,
    *,
    domain: Domain,
    plugins: Plugins,
    settings: GenerateSettings,
    given: dict[str, Any],
    prompt: Prompt = "",
    prompt_file: PromptFile = None,
    count: Count = 1,
    label: LabelPairs = [],  # noqa: B006
    mix: Mix = [],  # noqa: B006
    adapt: AdaptToPrompt = False,
    draft: Draft = False,
    weights: Weights = "float32",
    on_unknown: OnUnknown = "replace",
    free: Free = False,
    constraint: Named = "",
    out: Out = None,
    interactive: Interactive = False,
    from_state: FromState = None,
    save_state: SaveState = None,
    as_json: Json = False,
) -> None:
    """Let a model write."""
    require_place(save_state, count=count, others=[out, *given.values()])
    found, named = mixture(weighed(loaded(model, domain, plugins), weights), mix, label, domain=domain, plugins=plugins)
    settings.search.require_room(count)
    before = recalled(found, from_state)
    limit = asked(found, constraint, free=free, given=given)
    begun = opening(found, given) if domain.form.prompt else _prompt(found, prompt, prompt_file)
    told = [0 if adapt else settings.search.told(number) for number in range(count)]
    prompts = _prompts(found, begun, told, on_unknown=on_unknown, labels=named, seed=settings.seed, before=before)
    _say_alike(prompts, settings)
    found = drafting(attuned(found, prompts, adapting(adapt, given)), draft)
    finish = made(domain.form.finish, given)(count, given) if domain.form.finish else Finish()
    order = Order(behind(found, before, limit), prompts, settings, limit, finish)
    written = writer(found, count, out=out, interactive=interactive, as_json=as_json)(order)
    samples = gathered(written, partial(remember, order, path=save_state, before=before), saved=save_state)
    say_what_was_cut(order, samples)
    say_what_is_new(samples)


def _say_alike(prompts: "Sequence[Opening]", settings: GenerateSettings) -> None:
    """That samples which nothing is drawn for are the same, but for labels that are drawn."""
    drawn = settings.samplers.temperature or settings.samplers.temperature_end or settings.search.beam > 1
    if len(prompts) > 1 and not drawn:
        which = "all samples" if len({prompt.ids for prompt in prompts}) == 1 else "samples with the same labels"
        say(f"At temperature 0 {which} are the same.")


def _prompts(
    model: "Model",
    begun: Any,
    told: Sequence[int],
    *,
    on_unknown: Any,
    labels: Mapping[str, str],
    seed: int,
    before: "Memory | None",
) -> "list[Opening]":
    """What each sample begins with, before it the labels drawn as for the sample of that number; says what the model
    does not know of it."""
    from seqgen.api.models import labelled

    own = model.begin if before is None else partial(before.prompt, model)
    prompt = own(begun, on_unknown=on_unknown)
    for message in prompt.messages:
        say(f"The prompt: {message}.")
    return [labelled(model.codec, prompt, labels, seed=seed, sample=k) for k in told]


def _prompt(model: "Model", prompt: str, file: Path | None) -> Any:
    """The prompt itself, or all that is in the file, the end of its last line too."""
    if file is None:
        return prompt
    return next((document.content for document in whole_documents(model, file)), "")

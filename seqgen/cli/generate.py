"""`generate`: let a model write; the text goes to stdout as it is drawn."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqgen.cli.adapting import AdaptToPrompt, adapting, attuned
from seqgen.cli.arguments import Json, LabelPairs, ModelPath, say
from seqgen.cli.mixing import Mix, mixture
from seqgen.cli.options import with_given, with_options, without
from seqgen.cli.own import asked, loaded, made, opening, own_options, require_text
from seqgen.cli.showing import Order, say_what_is_new, writer
from seqgen.domain import Domain, Finish
from seqgen.errors import UsageError
from seqgen.generation import GenerateSettings
from seqgen.plan import AdaptSettings
from seqgen.plugins import Plugins

if TYPE_CHECKING:
    from seqgen.api.models import Model
    from seqgen.codec import Prompt as Opening

Prompt = Annotated[str, typer.Option(help="What the text begins with")]
PromptFile = Annotated[
    Path | None, typer.Option(help="A file that holds what the text begins with, read as the corpus was")
]
Count = Annotated[int, typer.Option("-n", "--count", min=1, help="How many samples")]
OnUnknown = Annotated[
    str, typer.Option(help="What to do with a symbol that the model does not know: error, skip or replace")
]

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

OF_TEXT = ("prompt", "prompt_file", "on_unknown", "interactive")
"""Parameters of the command that are for text alone."""
WHOLE: dict[str, Any] = {"documents": "file", "text_column": "", "label_columns": (), "label_prefix": ""}
"""The options of reading with which a file is one document."""


def generate_command(domain: Domain, plugins: Plugins) -> Callable[..., None]:
    """The command for one domain."""

    def generate(
        model: ModelPath,
        *,
        settings: GenerateSettings,
        given: dict[str, Any],
        prompt: Prompt = "",
        prompt_file: PromptFile = None,
        count: Count = 1,
        label: LabelPairs = [],  # noqa: B006
        mix: Mix = [],  # noqa: B006
        adapt: AdaptToPrompt = False,
        on_unknown: OnUnknown = "replace",
        free: Free = False,
        constraint: Named = "",
        out: Out = None,
        interactive: Interactive = False,
        as_json: Json = False,
    ) -> None:
        """Let a model write."""
        found, labels = mixture(loaded(model, domain, plugins), mix, label, domain=domain, plugins=plugins)
        require_text(domain, settings)
        settings.search.require_room(count)
        limit = asked(found, constraint, free=free, given=given)
        begun = opening(found, given) if form.prompt else _prompt(found, prompt, prompt_file)
        prompts = _prompts(found, begun, count, on_unknown=on_unknown, labels=labels, seed=settings.seed)
        found = attuned(found, prompts, adapting(adapt, given), beside={"--mix": mix})
        finish = made(form.finish, given)(count, given) if form.finish else Finish()
        write = writer(found, count, out=out, interactive=interactive, as_json=as_json)
        order = Order(found, prompts, settings, limit, finish)
        whole = [sample for sample in write(order) if sample.new is not None]
        if whole:
            say_what_is_new(whole)

    form = domain.form
    command = generate if form.text else without(generate, OF_TEXT)
    return with_options(with_given(command, [*own_options(domain, plugins), AdaptSettings]), settings=GenerateSettings)


def _prompts(
    model: "Model", begun: Any, count: int, *, on_unknown: str, labels: Mapping[str, str], seed: int
) -> "list[Opening]":
    """What each sample begins with, its labels before it; says what the model does not know of it."""
    from seqgen.api.models import labelled

    prompt = model.begin(begun, on_unknown=on_unknown)  # type: ignore[arg-type]
    for message in prompt.messages:
        say(f"The prompt: {message}.")
    return [labelled(model.codec, prompt, labels, seed=seed, sample=k) for k in range(count)]


def _prompt(model: "Model", prompt: str, file: Path | None) -> Any:
    """The prompt itself, or all that is in the file, the end of its last line too."""
    if file is None:
        return prompt
    if prompt:
        raise UsageError("a prompt", "both --prompt and --prompt-file are given", "Give one of them")
    whole = {name: value for name, value in WHOLE.items() if hasattr(model.domain.options, name)}
    return next((document.content for document in model.documents(file, **whole)), "")

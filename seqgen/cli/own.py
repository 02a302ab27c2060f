"""Options of `generate` that only some domains have: what a sample begins with, what it keeps to, what it becomes."""

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqgen.domain import Asking, Domain
from seqgen.errors import UsageError
from seqgen.plugins import Plugins

if TYPE_CHECKING:
    from seqgen.api.constraining import Asked
    from seqgen.api.models import Model


def own_options(domain: Domain, plugins: Plugins) -> list[type]:
    """The options that only this domain has: of its constraints, of what a sample begins with, of what it becomes."""
    rules = plugins.rules(domain.tokenizer, domain=domain.name)
    askings = [asking.options for asking in (domain.form.prompt, domain.form.finish) if asking]
    return [*dict.fromkeys(rule.options for rule in rules if rule.options), *askings]


def loaded(path: Path, domain: Domain, plugins: Plugins, *, any_text: bool = False) -> "Model":
    """The model there. Raises UsageError for one of another domain; with `any_text`, of another kind of content."""
    from seqgen.api.models import load

    model = load(path, plugins=plugins)
    alike = any_text and model.domain.form.text and domain.form.text
    if model.domain.name != domain.name and not alike:
        there, own = f"it is a model of {model.domain.name}", f"seqgen {model.domain.name}"
        raise UsageError(f"the model {path}", there, f"Use the commands of `{own}`")
    return model


def named(kind: type, given: dict[str, Any]) -> dict[str, Any]:
    """Those of the options given that are fields of this kind."""
    return {field.name: given[field.name] for field in fields(kind) if field.name in given}


def made(asking: Asking, given: dict[str, Any]) -> Callable[..., Any]:
    """What is to be made of the options given."""
    return partial(asking.make, asking.options(**named(asking.options, given)))


def opening(model: "Model", given: dict[str, Any]) -> Any:
    """What a sample begins with, by the options of the domain."""
    prompt = model.domain.form.prompt
    content = made(prompt, given)(model.codec, given) if prompt else None
    if content is not None and not model.begin(content).ids:
        there = f"the tokenizer {model.codec.tokenizer.name} has nothing to say of it"
        raise UsageError("what the sample begins with", there, "Begin with something else")
    return content


def asked(model: "Model", constraint: str, *, free: bool, given: dict[str, Any]) -> "Asked":
    """The constraint asked for, None for none. Raises UsageError where there is nothing to choose."""
    wished = {name for rule in model.constraints.rules if rule.options for name in named(rule.options, given)}
    wishes = {name: given[name] for name in sorted(wished)}
    if free and model.constraints.own is None:
        there = f"models of the tokenizer {model.codec.tokenizer.name} are free anyway"
        raise UsageError("--free", there, "Leave it out")
    return model.constraints.of(None if free else constraint, wishes)

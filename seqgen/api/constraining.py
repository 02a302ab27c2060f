"""Which constraint a model keeps to: its tokenizer's own, another by name, any that is handed in, or none."""

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cached_property
from typing import Any, Final

from seqgen.codec import Codec, Prompt
from seqgen.constraint import Constraint, Every, Follow, Rule
from seqgen.errors import UnknownName, UsageError
from seqgen.generation import GenerateSettings
from seqgen.plugins import Plugins
from seqgen.records import canonical, flag, from_json
from seqgen.tokenizer import DOCUMENT_BOUNDARY

Asked = Constraint | str | None
"""A constraint, the name of one, or None to write freely."""
OWN: Final = ""
"""The name that stands for the tokenizer's own constraint, if it has one."""


def settled(settings: GenerateSettings, held: Constraint | None, *, text: bool = True) -> GenerateSettings:
    """The settings of a sample that keeps to a constraint: one document, if it must be alone or is no text.

    Raises UsageError for what can be asked of text alone.
    """
    for name in ("stop", "ban"):
        if not text and getattr(settings, name):
            raise UsageError(flag(name), "it is looked for in text, and what is written here is none", "Leave it out")
    alone = (not text or (held is not None and held.alone)) and not settings.until
    return replace(settings, until=DOCUMENT_BOUNDARY.level) if alone else settings


class Constraints:
    """The constraints that plugins offer for a codec, each made when it is asked for, once."""

    def __init__(self, codec: Codec, domain: str, plugins: Plugins) -> None:
        self._codec, self._domain, self._plugins = codec, domain, plugins
        self._made: dict[tuple[str, bytes], Constraint] = {}
        self._last = Follow("", codec), Every([])

    @cached_property
    def own(self) -> Rule | None:
        """What the tokenizer's plugin has its models keep to. Raises UsageError if that is more than one thing."""
        return self._plugins.own_constraint(self._codec.tokenizer.name, domain=self._domain)

    def of(self, asked: Asked, wishes: Mapping[str, Any] = {}) -> Constraint | None:
        """The constraint that is asked for, with these values of its options.

        Raises UsageError for a name that there is not for this tokenizer, and for wishes without a constraint;
        UnknownName for an option that it does not have.
        """
        rule = None if not isinstance(asked, str) else self._named(asked) if asked else self.own
        if wishes and (rule is None or rule.options is None):
            there = f"a free sample, or one of this constraint, knows nothing of {', '.join(wishes)}"
            raise UsageError("a sample that keeps to a wish", there, f"Leave {' and '.join(wishes)} out")
        if rule is None:
            return None if isinstance(asked, str) else asked
        key = rule.name, canonical(dict(wishes))
        if key not in self._made:
            given = () if rule.options is None else (from_json(rule.options, dict(wishes), where=rule.name),)
            self._made[key] = rule.make(self._codec, *given)
            self._made[key].called = rule.name
        return self._made[key]

    def behind(self, prompt: Prompt, held: Constraint | None) -> Constraint | None:
        """What holds behind a prompt: the constraint, and the rest of the prompt; one for samples that begin alike."""
        if not prompt.follow:
            return held
        follow, both = self._last
        if (follow.text, follow.within) != (prompt.follow, held):
            follow = Follow(prompt.follow, self._codec, within=held)
            self._last = _, both = follow, Every([follow, held] if held else [follow])
        return both

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those that come with the tokenizer."""
        return self._plugins.rules(self._codec.tokenizer.name, domain=self._domain)

    def wishes(self, asked: Asked) -> set[str]:
        """The names of the options of the constraint that is asked for."""
        rule = None if not isinstance(asked, str) else self._named(asked) if asked else self.own
        return {each.name for each in fields(rule.options)} if rule and rule.options else set()

    def _named(self, name: str) -> Rule:
        tokenizer = self._codec.tokenizer.name
        rules = self._plugins.constraints(self._domain, asked=name)
        found = next((rule for rule in rules if rule.name == name), None)
        fitting = [rule.name for rule in rules if tokenizer in rule.tokenizers]
        if found is None:
            raise UnknownName("the constraint", name, fitting)
        if name not in fitting:
            there = f"it is for {', '.join(found.tokenizers)}, and the model's tokenizer is {tokenizer}"
            remedy = f"Choose among: {', '.join(sorted(fitting))}" if fitting else "Leave it out"
            raise UsageError(f"the constraint {name!r}", there, remedy)
        return found

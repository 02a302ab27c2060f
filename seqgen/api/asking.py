"""What a user asks for, sorted: one flat set of options, each given to the record that has a field of that name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, cast, get_args

from seqgen import plan
from seqgen.api.stacks import know
from seqgen.domain import Domain
from seqgen.errors import UnknownName, UsageError
from seqgen.lanes import NEVER, STRATEGIES, WINDOW, Strategy
from seqgen.plugins import Plugins, find
from seqgen.records import flag, from_json, option, within
from seqgen.store import Missing, Split
from seqgen.tokenizer import Tokenizer


@dataclass(frozen=True)
class Choices:
    """Options that belong to no other record: how the corpus is dealt out, and what a model reads and predicts."""

    strategy: str = option("one-to-one", "What is read and what predicted: one-to-one, many-to-one or one-to-many")
    context: int = option(0, "Symbols that many-to-one reads, from a fresh state, to predict one")
    horizon: int = option(1, "Symbols that one-to-many predicts at each step")
    reset: str = option("document", "Where the state is cleared: a level of the domain, window, or never")
    split: str = option("90,5,5", "Shares of training, validation and test; a named corpus has its own")
    seed: int = option(0, "What random numbers are drawn from")
    missing: Missing = option(
        "keep", "A document without a label that others have: keep it, drop it, or call it an error"
    )
    tokenizer: str = option("", "The tokenizer, where the domain has several")
    reader: str = option("", "The reader of files, where plugins bring others than the domain has")


@dataclass(frozen=True)
class Request:
    """What was asked for and nothing else, as plain values: a run keeps it, and resuming compares it.

    `corpus` is what finds the corpus again. `choices` holds options of `Choices`, `reading` those of the domain,
    `tokenizing` those of the tokenizer, `settings` those of the run (`plan.names`).
    """

    corpus: str
    domain: str
    choices: dict[str, Any] = field(default_factory=dict)
    reading: dict[str, Any] = field(default_factory=dict)
    tokenizing: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def sort(
        cls, corpus: str | Path, domain: str, options: Mapping[str, Any], *, plugins: Plugins | None = None
    ) -> Self:
        """The request that these options make; None counts as not given. Raises UnknownName for one that nobody has."""
        plugins = plugins or find()
        kinds = Kinds.of(domain, str(options.get("tokenizer") or ""), plugins=plugins)
        groups: dict[str, dict[str, Any]] = {"choices": {}, "reading": {}, "tokenizing": {}, "settings": {}}
        homes = kinds.homes()
        for name, value in options.items():
            if name not in homes:
                raise UnknownName("the option", name, homes)
            if value is not None:
                groups[homes[name]][name] = kinds.level(value) if name in ("reset", "levels") else value
        know(groups["settings"].get("cell"), plugins)
        made = cls(str(corpus), domain, **groups)
        made.check(kinds.domain)
        return made

    def check(self, domain: Domain) -> None:
        """Raise UsageError for choices that cannot be."""
        known = (*domain.levels, WINDOW, NEVER)
        if self.reset not in known:
            raise UnknownName("the reset", self.reset, known)
        if self.missing not in get_args(Missing):
            raise UnknownName("what is done about a missing label,", self.missing, get_args(Missing))
        within(flag("seed"), self.choices.get("seed"), 0, 2**63 - 1)
        if self.choices.get("split"):
            Split.parse(self.choices["split"])

    @property
    def strategy(self) -> Strategy:
        """A context or a horizon alone says which strategy is meant."""
        context, horizon = self.choices.get("context", 0), self.choices.get("horizon", 1)
        implied = "many-to-one" if context else "one-to-many" if horizon != 1 else "one-to-one"
        name = self.choices.get("strategy", implied)
        if name not in STRATEGIES:
            raise UnknownName("the strategy", name, STRATEGIES)
        value = {"name": name, "context": context, "horizon": horizon}
        return from_json(Strategy, value, where="the strategy")

    @property
    def reset(self) -> str:
        """The name of the reset policy: what was chosen, or what the strategy goes with."""
        return str(self.choices.get("reset", WINDOW if self.strategy.context else "document"))

    @property
    def seed(self) -> int:
        """The seed of all that is drawn in training; 0 unless another was chosen."""
        return int(self.choices.get("seed", 0))

    @property
    def missing(self) -> Missing:
        """What becomes of documents that lack a label."""
        return cast(Missing, self.choices.get("missing", "keep"))

    @property
    def reader(self) -> str:
        """The reader by its name; empty where files are read as their suffixes say."""
        return str(self.choices.get("reader", ""))

    @property
    def tokenizer(self) -> str:
        """The name of the tokenizer that was chosen, empty for that of the domain."""
        return str(self.choices.get("tokenizer", ""))


def _no_tokenizer(domain: str, name: str, plugins: Plugins) -> UnknownName:
    own = [each.name for _, each in plugins.records["seqgen_tokenizers"] if each.domain == domain]
    return UnknownName(f"the tokenizer of {domain}", name, own)


@dataclass(frozen=True)
class Kinds:
    """The domain and the tokenizer that a request names, found."""

    domain: Domain
    tokenizer: type[Tokenizer]
    plugins: Plugins = field(default_factory=Plugins)

    @classmethod
    def of(cls, domain: str, tokenizer: str = "", *, plugins: Plugins | None = None) -> Self:
        """The domain and its tokenizer of that name, by default the domain's own."""
        plugins = plugins or find()
        found = plugins.domain(domain)
        try:
            kind = plugins.tokenizer(tokenizer or found.tokenizer, domain=domain)
        except UnknownName as why:  # what it lists are those of all domains
            raise _no_tokenizer(domain, tokenizer, plugins) from why
        if kind.domain != domain and not (found.form.text and plugins.domain(kind.domain).form.text):
            raise _no_tokenizer(domain, kind.name, plugins)
        return cls(found, kind, plugins)

    def level(self, asked: Any) -> Any:
        """The levels asked for, by the core's names: what the domain calls a document is `document`."""
        own = self.domain.form.document
        if isinstance(asked, tuple | list):
            return tuple(each for each in asked if each != own or own == "document")
        return "document" if asked == own else asked

    def homes(self) -> dict[str, str]:
        """Every option by name, with the group of the request that takes it."""
        own = dict.fromkeys(plan.names(), "settings") | {f.name: "choices" for f in fields(Choices)}
        tokenizing = {f.name: "tokenizing" for f in fields(self.tokenizer) if f.init}
        reading = {f.name: "reading" for f in fields(self.domain.options) if f.init}
        for name in [*tokenizing, *reading]:
            if (name in own) + (name in tokenizing) + (name in reading) > 1:
                there = "two settings have that name"
                raise UsageError(f"the option {name!r}", there, "Rename the field of the plugin's options")
        return own | tokenizing | reading

    def made(self, request: Request) -> Tokenizer:
        """The tokenizer of a request; unless told otherwise, it marks the level of the reset and the stronger ones, and
        those that it always marks."""
        options, known = dict(request.tokenizing), self.domain.levels
        levels = options.get("levels")
        if levels is None:
            own = self.tokenizer.levels
            reset = known[1 : known.index(request.reset) + 1] if request.reset in known else ()
            levels = {*own, *reset}
        options["levels"] = sorted(levels, key=lambda level: (*known, level).index(level))
        return from_json(self.tokenizer, options, where=f"the tokenizer {self.tokenizer.name!r}")
